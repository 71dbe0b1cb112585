"""The campaign of a simulated run: small caps that are met every day, drawn from the seed."""

import random
from datetime import date
from typing import Any

from rules.campaign import Campaign, Caps
from sandbox import keys
from simulation.kinds import SCALES, Kind


def some_campaign(stream: random.Random, *, starts: date, numbered: int, kind: Kind) -> Campaign:
    """Draw a campaign: caps, ramp, hours, the operator's zone and a closed day or two are not the same in two runs.

    Args:
        stream: Draws it.
        starts: Its first day.
        numbered: Its number, in its name.
        kind: Of a denser run the sequence is over in a week.
    """
    bump, breakup = ((3, 6), (8, 14)) if kind is Kind.ORDINARY else ((1, 2), (3, 4))
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
            "caps": some_caps(stream, kind=kind),
            "hours": {"minutes_left": stream.choice((0, 15))},
            "airtable": {"requests_per_second": 0},
            "research": {"fresh_days": 90},
            "budget": {"per_run_usd": 1e6, "per_day_usd": 1e6, "per_lead_usd": 1e3},
        }
    )  # fmt: skip


def some_caps(stream: random.Random, *, kind: Kind) -> dict[str, Any]:
    """Draw caps that the leads of such a run are more than enough for."""
    times = SCALES[kind].times
    most = stream.randint(15, 60)
    ramp = sorted(stream.randint(2, most) for _ in range(stream.choice((0, 3, 5))))
    return {
        "per_hour": times * stream.randint(4, 20), "per_day": times * most, "ramp": tuple(times * day for day in ramp),
        "per_company_per_day": stream.choice((1, 2, 2)),
    }  # fmt: skip


def with_caps(campaign: Campaign, caps: dict[str, Any]) -> Campaign:
    """The campaign after its operator changed the caps."""
    return campaign.model_copy(update={"caps": Caps(**caps)})
