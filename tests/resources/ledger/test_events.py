"""Events and replies: keyed by content, parked while nobody knows their send, joined when it is read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from resources.ledger.ledger import Ledger
from resources.ledger.replies import NewReply
from tests.builders import DAY, HOUR, MONDAY, accepted
from tests.events import NewEvent, hear


def event(key: str, *, message: str = "<m@relay>", kind: str = "delivered", minutes: int = 0) -> NewEvent:
    at = MONDAY + timedelta(minutes=minutes)
    return NewEvent(key, DAY, kind, message, None, "hash", at, "reason", None, '{"event":"x"}')


def reply(uid: str, *, key: str = "k1") -> NewReply:
    return NewReply(
        key,
        DAY,
        uid,
        MONDAY,
        None,
        "rec1",
        "none",
        "hash",
        "neutral",
        "a person wrote",
        None,
        "Hello",
        b"\xff\x00raw",
        "1",
    )


def test_an_event_is_stored_once_however_often_it_is_told(ledger: Ledger) -> None:
    """Invariant I6: applying is idempotent."""
    many = [event(f"e{number}") for number in range(620)]
    assert len(hear(ledger, [*many, many[0]], now=MONDAY)) == 620
    assert hear(ledger, many, now=MONDAY + HOUR) == []
    assert hear(ledger, [], now=MONDAY) == []

    rows = ledger.events.of_day(DAY)
    assert len(rows) == 620
    assert {row["received_at"] for row in rows} == {MONDAY}


@pytest.mark.rule("B25")
def test_an_event_that_comes_before_its_send_is_parked_and_joined_when_it_is_read(ledger: Ledger) -> None:
    claim_key = "<spring@relay.example>"
    hear(ledger, [event("e1", message=claim_key)], now=MONDAY)
    assert [row["lead_id"] for row in ledger.events.of_day(DAY)] == [None]

    claim = accepted(ledger)
    hear(ledger, [replace(event("e2", kind="opened"), message_id=f"<{claim.send_key}@relay.example>")], now=MONDAY)

    assert [(row["event_key"], row["lead_id"], row["step"]) for row in ledger.events.of_day(DAY)] == [
        ("e1", None, None),
        ("e2", "rec1", "opener"),
    ]


def test_an_event_is_joined_by_the_tag_as_well(ledger: Ledger) -> None:
    claim = accepted(ledger)
    tagged = replace(event("e1", message="<unheard@relay>"), send_key=claim.send_key)
    hear(ledger, [tagged], now=MONDAY)

    assert [row["lead_id"] for row in ledger.events.of_day(DAY)] == ["rec1"]
    assert ledger.events.by_send_key([claim.send_key, "other"]) == {claim.send_key: "<unheard@relay>"}


def test_the_first_time_of_each_kind_is_known_by_message(ledger: Ledger) -> None:
    hear(
        ledger,
        [event("e1", kind="opened", minutes=9), event("e2", kind="opened", minutes=3), event("e3", kind="clicked")],
        now=MONDAY,
    )
    assert ledger.events.kinds_by_message(["<m@relay>", "<another@relay>"]) == {
        "<m@relay>": {"opened": MONDAY + timedelta(minutes=3), "clicked": MONDAY}
    }
    assert ledger.events.kinds_by_message([]) == ledger.events.kinds_by_message(["<another@relay>"]) == {}


def test_a_reply_is_stored_once_by_its_message_id_and_its_bytes_stay_as_they_were(ledger: Ledger) -> None:
    assert [item.uid for item in ledger.replies.receive([reply("1.1"), reply("1.2")], now=MONDAY)] == ["1.1"]
    assert ledger.replies.receive([reply("1.3")], now=MONDAY) == []
    assert ledger.replies.receive([], now=MONDAY) == []

    assert ledger.replies.known(["1.1", "1.2", *(f"9.{number}" for number in range(600))]) == {"1.1"}
    (row,) = ledger.replies.of_day(DAY)
    assert (row["lead_id"], row["class"], row["received_at"], "raw" in row) == ("rec1", "neutral", MONDAY, False)
    with ledger.transactions.read() as connection:
        assert bytes(connection.exec_driver_sql("SELECT raw FROM reply").scalar_one()) == b"\xff\x00raw"


def test_a_reply_with_a_nul_in_its_words_is_stored(ledger: Ledger) -> None:
    assert ledger.replies.receive([replace(reply("1.1"), excerpt="No\x00thing \ud83d")], now=MONDAY)
    assert ledger.replies.of_day(DAY)[0]["excerpt"] == "No\ufffdthing ?"
