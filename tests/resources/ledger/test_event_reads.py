"""Events with their mails, read in bulk: the same rows on every engine."""

from dataclasses import replace

from resources.ledger.changes import changed_days
from resources.ledger.event_reads import CONTEXT_COLUMNS, DAY_COLUMNS
from resources.ledger.ledger import Ledger
from rules.classification.kinds import CONTEXT
from rules.mail import Mail
from tests.builders import DAY, HOUR, MONDAY, accepted
from tests.events import NewEvent, hear

LINKED = Mail("A question", "Look: https://firm.example/a and http://firm.example/b")


def event(key: str, message: str, **changes: object) -> NewEvent:
    plain = NewEvent(key, DAY, "opened", message, None, "hash", MONDAY, None, None, "{}")
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test names what it changes


def test_an_event_belongs_to_its_message_and_only_else_to_its_tag(ledger: Ledger) -> None:
    claim = accepted(ledger, 1, mail=LINKED)
    other = accepted(ledger, 2)
    message = f"<{claim.send_key}@relay.example>"
    hear(
        ledger,
        [
            event("by message", message, send_key=other.send_key),
            event("by tag", "<unheard@relay>", send_key=claim.send_key),
            event("parked", "<nobody@relay>", send_key="nothing"),
            event("another day", message, day="2026-11-25"),
        ],
        now=MONDAY,
    )
    rows = [dict(zip(DAY_COLUMNS, row, strict=True)) for row in ledger.event_reads.of_days(DAY, "2026-11-24")]
    assert {row["event_key"]: (row["lead_id"], row["links"]) for row in rows} == {
        "by message": ("rec1", 2), "by tag": ("rec1", 2), "parked": (None, None),
    }  # fmt: skip


def test_the_events_of_companies_are_read_whenever_they_happened(ledger: Ledger) -> None:
    for number in (1, 2, 3):
        claim = accepted(ledger, number, company_key="ours.example" if number < 3 else "theirs.example")
        message = f"<{claim.send_key}@relay.example>"
        hear(
            ledger,
            [event(f"{number} open", message, day="2026-12-24"), event(f"{number} sold", message, kind="deferred")],
            now=MONDAY,
        )
    rows = [
        dict(zip(CONTEXT_COLUMNS, row, strict=True))
        for row in ledger.event_reads.of_companies(["ours.example", "nobody.example"], CONTEXT)
    ]
    assert {row["event_key"] for row in rows} == {"1 open", "2 open"}


def test_what_changed_is_asked_of_the_day_it_happened_on(ledger: Ledger) -> None:
    claim = accepted(ledger)
    hear(ledger, [event("e1", f"<{claim.send_key}@relay.example>", day="2026-11-25")], now=MONDAY + HOUR)
    changed = changed_days(ledger.transactions, MONDAY + HOUR)
    assert (changed.events, changed.outcomes) == (("2026-11-25",), (DAY,))
    assert changed_days(ledger.transactions, MONDAY + 2 * HOUR).events == ()
