"""Whole small things that tests of several rooms are made of: a campaign, a mail that may be sent, an answer.

What must hold: everything has a sensible default, so that a test names only what it is about.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.ledger.ledger import Ledger
from resources.ledger.sends import Claim, NewSend
from resources.models.gateway import Finish, ModelAnswer, SearchResult, Usage
from rules.campaign import Campaign
from rules.hashing import address_hash, canonical, send_key
from rules.mail import Mail
from rules.place.zones import Confidence, Zones
from rules.sending import Decision, SendFacts

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""Eleven in the morning in Berlin, on a working day."""
DAY = "2026-11-23"
PEPPER = "a pepper of the tests"
BERLIN = Zones(("Europe/Berlin",), Confidence.HIGH, "stated: DE", "DE")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

_CAMPAIGN: Mapping[str, Any] = {
    "id": "spring",
    "starts": "2026-11-01",
    "sender": {
        "name": "Ada Marsh", "email": "ada@outreach.example", "reply_to": "replies@outreach.example",
        "company": "Lantern Analytics", "postal_address": "12 Harbour Street, Hamburg",
        "unsubscribe_url": "http://127.0.0.1:8027/unsubscribe",
    },
    "offer": {
        "what": "a one-page review of how your team answers questions", "for_whom": "people who run support",
        "reason": "we keep finding the same three causes of slow answers", "forbidden": ["guarantee", "act now"],
    },
    "cadence": {
        "steps": [
            {"name": "opener", "day": 0, "brief": "Ask one small question.", "variants": ["first", "second"]},
            {"name": "bump", "day": 6, "brief": "Add one thought."},
            {"name": "breakup", "day": 14, "brief": "Say kindly that this is the last mail."},
        ]
    },
    "operator": {
        "email": "operator@outreach.example", "timezone": "Europe/Berlin",
        "telegram_chat": 700100200, "telegram_users": [700100200],
    },
}  # fmt: skip


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A nested document with some of its keys replaced."""
    whole = dict(base)
    for key, value in changes.items():
        below = whole.get(key)
        whole[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return whole


def campaign_document(**changes: Any) -> dict[str, Any]:
    """A campaign as a file would hold it."""
    return merged(_CAMPAIGN, changes)


def campaign(**changes: Any) -> Campaign:
    """A campaign; sections are given as mappings and merged into the defaults."""
    return Campaign.model_validate(campaign_document(**changes))


def new_send(number: int = 1, **changes: Any) -> NewSend:
    """An approved opener to the person of this number, ready on Monday."""
    address = str(changes.pop("address", f"person{number}@firm{number}.example"))
    step = str(changes.get("step", "opener"))
    campaign_id = str(changes.get("campaign", "spring"))
    values: dict[str, Any] = {
        "send_key": send_key(campaign_id, step, address), "campaign": campaign_id, "step": step, "address": address,
        "address_hash": address_hash(address, PEPPER), "lead_id": f"rec{number}", "to_name": f"Person {number}",
        "company_key": f"firm{number}.example", "variant": "first", "day": DAY, "places": BERLIN,
        "mail": Mail("A question about your harbour", f"Hello Person {number},\n\nhow do ships find you?"),
        "not_before": MONDAY,
    }  # fmt: skip
    return NewSend(**(values | changes))


def go(facts: SendFacts) -> Decision:
    """A guard that lets everything pass."""
    del facts
    return Decision.go()


def prepared(ledger: Ledger, number: int = 1, *, now: datetime = MONDAY, **changes: Any) -> NewSend:
    """A ready send in the ledger."""
    send = new_send(number, **{"not_before": now, **changes})
    assert ledger.sends.prepare([send], now=now) == 1
    return send


def claimed(ledger: Ledger, number: int = 1, *, now: datetime = MONDAY, **changes: Any) -> Claim:
    """A send that is held."""
    send = prepared(ledger, number, now=now, **changes)
    (claim,) = ledger.sends.claim([send.send_key], holder="worker", now=now)
    return claim


def sending(ledger: Ledger, number: int = 1, *, now: datetime = MONDAY, day: str = DAY, **changes: Any) -> Claim:
    """A send of a day whose intent is durable."""
    claim = claimed(ledger, number, now=now, day=day, **changes)
    assert ledger.sends.intend(claim, now=now, day=day, decide=go) == Decision.go()
    return claim


def accepted(ledger: Ledger, number: int = 1, *, now: datetime = MONDAY, **changes: Any) -> Claim:
    """A send that the provider took."""
    claim = sending(ledger, number, now=now, **changes)
    ledger.sends.accepted(claim, message_id=f"<{claim.send_key}@relay.example>", now=now)
    return claim


def used(ledger: Ledger, *, now: datetime, day: str) -> tuple[int, int]:
    """What is used up of the hour's and of the day's cap."""
    counts = ledger.sends.counts(now=now, day=day)
    return counts.hour, counts.today


def state_of(ledger: Ledger, send_key: str) -> str:
    """Where a send stands."""
    return str(send_row(ledger, send_key)["state"])


def send_row(ledger: Ledger, send_key: str) -> dict[str, Any]:
    """A send's row."""
    (row,) = [row for row in ledger.sends.of_day(DAY) if row["send_key"] == send_key]
    return row


def answer(
    value: Any, *, finish: Finish = Finish.COMPLETE, cost: float = 0.01, detail: str | None = None
) -> ModelAnswer:
    """A model's answer; a text stands as it is, everything else becomes JSON."""
    text = value if value is None or isinstance(value, str) else canonical(value)
    return ModelAnswer(
        raw=canonical({"output": text}),
        text=text,
        finish=finish,
        detail=detail,
        model="model-1",
        usage=Usage(1200, 800, 300, 1, cost),
        sources=(SearchResult("https://firm.example/about", "About", "We build quays.", None),),
    )
