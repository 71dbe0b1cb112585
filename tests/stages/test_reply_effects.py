"""What a message stops: the end of an absence where the person is, and effects that never lift anything."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ledger.replies import NewReply
from resources.ledger.send_facts import places_text
from rules.place.zones import UNKNOWN, Confidence, Zones
from rules.replies import HUMAN, ReplyClass
from stages.reply_effects import back_at_work, effects
from tests.builders import MONDAY, campaign

REPLY = NewReply(
    "k1", "2026-11-23", "1.1", MONDAY, "s1", "rec1", "message_id", "writer", "out_of_office", "r", "2026-12-02", "",
    b"", "3",
)  # fmt: skip
ROW = {"address_hash": "person", "company_key": "harbour1.com", "places": places_text(UNKNOWN)}


def zones(*names: str, country: str | None = None) -> Zones:
    return Zones(names, Confidence.HIGH, "test", country, None)


@pytest.mark.rule("A5")
@pytest.mark.parametrize(
    ("places", "until"),
    [
        (zones("Australia/Sydney", country="AU"), datetime(2026, 12, 2, 22, 0, tzinfo=UTC)),
        (zones("America/Los_Angeles", country="US"), datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        (zones("America/New_York", "America/Los_Angeles", country="US"), datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        (zones("Asia/Dubai", country="AE"), datetime(2026, 12, 4, 5, 0, tzinfo=UTC)),
        (UNKNOWN, datetime(2026, 12, 2, 23, 0, tzinfo=UTC)),
    ],
)
def test_an_absence_ends_in_the_first_business_hours_after_it_on_the_persons_own_calendar(
    places: Zones, until: datetime
) -> None:
    assert back_at_work(REPLY, places, campaign=campaign()) == until


@given(
    label=st.sampled_from([label.value for label in ReplyClass]),
    joined=st.sampled_from(["message_id", "address", "report", "company", "none"]),
    day=st.none() | st.just("2026-12-02"),
)
def test_every_persons_answer_stops_somebody_and_nothing_of_a_company_alone_stops_for_good(
    label: str, joined: str, day: str | None
) -> None:
    reply = replace(REPLY, label=label, joined_by=joined, resume_on=day)
    facts = effects(reply, ROW if joined != "none" else None, campaign=campaign(), now=MONDAY)

    if joined == "company":
        assert [fact for fact in facts if fact.key != "writer" and fact.until is None] == []
    elif joined != "none" and ReplyClass(label) in HUMAN:
        assert [fact for fact in facts if fact.key == "person" and fact.until is None]
    assert all(fact.evidence == "k1" for fact in facts)
