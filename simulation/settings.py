"""The campaign of a simulated run: small caps that are met every day, drawn from the seed."""

import random
from datetime import date
from typing import Any, Final

from rules.campaign import Campaign, Caps
from sandbox import keys

DENSER: Final = 25
"""How many times the people and the caps of an ordinary run a dense one has."""


def some_campaign(stream: random.Random, *, starts: date, numbered: int, dense: bool = False) -> Campaign:
    """Draw a campaign: caps, ramp, hours, the operator's zone and a closed day or two are not the same in two runs.

    Args:
        stream: Draws it.
        starts: Its first day.
        numbered: Its number, in its name.
        dense: Whether hundreds of mails go out in an hour, and a sequence is over in a week.
    """
    bump, breakup = ((1, 2), (3, 4)) if dense else ((3, 6), (8, 14))
    return Campaign.model_validate(
        {
            "id": f"sim-{numbered}", "starts": starts,
            "sender": {
                "name": keys.SANDBOX_SENDER_NAME, "email": keys.SANDBOX_SENDER_EMAIL,
                "reply_to": keys.SANDBOX_MAILBOX_USER, "company": "Lantern Analytics",
                "postal_address": "12 Harbour Street, Hamburg", "unsubscribe_url": "http://127.0.0.1:8027/unsubscribe",
            },
            "offer": {
                "what": "a one-page review of how your team answers questions", "for_whom": "people who run support",
                "reason": "we keep finding the same three causes of slow answers", "forbidden": ["guarantee"],
            },
            "cadence": {
                "steps": [
                    {"name": "opener", "day": 0, "brief": "Ask one small question.", "variants": ["first", "second"]},
                    {"name": "bump", "day": stream.choice(bump), "brief": "Add one thought."},
                    {"name": "breakup", "day": stream.choice(breakup), "brief": "Say kindly that this is the last."},
                ]
            },
            "operator": {
                "email": "operator@outreach.example", "telegram_chat": keys.SANDBOX_TELEGRAM_CHAT,
                "telegram_users": [keys.SANDBOX_TELEGRAM_CHAT],
                "timezone": stream.choice(("Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "UTC")),
            },
            "caps": some_caps(stream, dense=dense),
            "hours": {"minutes_left": stream.choice((0, 15))},
            "airtable": {"requests_per_second": 0},
            "research": {"fresh_days": 90},
            "budget": {"per_run_usd": 1e6, "per_day_usd": 1e6, "per_lead_usd": 1e3},
        }
    )  # fmt: skip


def some_caps(stream: random.Random, *, dense: bool = False) -> dict[str, Any]:
    """Draw caps that a few hundred leads run into, or a few thousand."""
    times = DENSER if dense else 1
    most = stream.randint(15, 60)
    ramp = sorted(stream.randint(2, most) for _ in range(stream.choice((0, 3, 5))))
    return {
        "per_hour": times * stream.randint(4, 20), "per_day": times * most, "ramp": tuple(times * day for day in ramp),
        "per_company_per_day": stream.choice((1, 2, 2)),
    }  # fmt: skip


def with_caps(campaign: Campaign, caps: dict[str, Any]) -> Campaign:
    """The campaign after its operator changed the caps."""
    return campaign.model_copy(update={"caps": Caps(**caps)})
