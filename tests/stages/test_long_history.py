"""What is asked of a long history: the same answers as ever, from what is needed of it alone."""

from datetime import date, timedelta
from typing import Any

from resources.ledger.ledger import Ledger
from rules.inbound import read_message
from stages.joining import Joiner
from stages.outlook import outlook
from tests.builders import MONDAY, PEPPER, accepted, campaign
from tests.crashes import overheard
from tests.stages.office import Office

RAMP = [10, 20, 30, 40, 50, 60, 70, 80]


def mailed(ledger: Ledger, days_ago: int, number: int) -> Any:
    at = MONDAY - timedelta(days=days_ago)
    return accepted(ledger, number, now=at, day=at.date().isoformat())


def cap(ledger: Ledger) -> int:
    caps = {"ramp": RAMP, "per_day": 500, "per_hour": 500}
    return outlook(campaign(caps=caps, starts=date(2024, 1, 1)), ledger=ledger, now=MONDAY).policy.day_cap


def test_a_ramp_counts_green_days_however_far_apart_and_however_long_ago(office: Office) -> None:
    """Seven sending days within half a year: the last of them alone are within any short look back."""
    for number in range(7):
        mailed(office.ledger, 25 * (number + 1), number)
    assert cap(office.ledger) == RAMP[7]
    mailed(office.ledger, 25 * 8, 8)
    assert cap(office.ledger) == 500
    mailed(office.ledger, 25 * 8 + 40, 9)  # before a month of silence: does not count
    assert cap(office.ledger) == 500


def test_a_ramp_begins_anew_after_a_month_of_silence(office: Office) -> None:
    for number in range(4):
        mailed(office.ledger, 31 + number, number)
    assert cap(office.ledger) == RAMP[0]


def test_an_answer_is_joined_among_thousands_of_mails_by_reading_a_few(office: Office) -> None:
    claims = {number: mailed(office.ledger, number, number) for number in range(1, 60)}
    read: list[int] = []

    def note(statement: str, _values: Any) -> None:
        read.append("intent_at IS NOT NULL" in statement and " IN " not in statement)

    said = {
        "by id": f"From: x@elsewhere.example\nIn-Reply-To: <{claims[7].send_key}@relay.example>\n\nYes",
        "by address": "From: Person8@firm8.example\n\nYes",
        "by company": "From: someone@mail.firm9.example\n\nYes",
        "by nothing": "From: x@elsewhere.example\n\nYes",
    }
    raws = {name: text.encode() for name, text in said.items()}
    delivery = [(read_message(raw), raw) for raw in raws.values()]
    with overheard(office.ledger, note):
        joiner = Joiner(office.ledger, campaign(), PEPPER, delivery=delivery)
        found = {name: joiner.join(*one) for name, one in zip(said, delivery, strict=True)}

    assert {name: (row and row["lead_id"], how) for name, (row, how) in found.items()} == {
        "by id": ("rec7", "message_id"), "by address": ("rec8", "address"), "by company": ("rec9", "company"),
        "by nothing": (None, "none"),
    }  # fmt: skip
    assert len(joiner.by_key) == 3
    assert read
    assert not any(read)
