"""Copies of events become one row, whatever order they come in: on every engine."""

import random
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ledger.event_rows import EventRow, EventSource, distinct, joined
from resources.ledger.events import CHUNK
from resources.ledger.ledger import Ledger
from tests.builders import DAY, HOUR, MONDAY
from tests.events import NewEvent, hear

POLL, WEBHOOK = EventSource.POLL, EventSource.WEBHOOK


def copy(**changes: Any) -> NewEvent:
    values: dict[str, Any] = {
        "event_key": "e1", "day": DAY, "kind": "clicked", "message_id": "<m@relay>", "send_key": None,
        "address_hash": "hash", "at": MONDAY, "reason": None, "link": "https://firm.example", "raw": '{"event":"x"}',
    }  # fmt: skip
    return NewEvent(**(values | changes))


def stored(ledger: Ledger) -> list[tuple[Any, ...]]:
    with ledger.transactions.read() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT event_key, at, raw, source, agent, send_key FROM provider_event ORDER BY event_key"
            )
        ]


COPIES = (
    copy(source=WEBHOOK, raw='{"event":"click","user_agent":"curl"}', agent="curl/8.0"),
    copy(source=POLL, at=MONDAY + timedelta(milliseconds=364), send_key="spring.opener.1"),
    copy(source=POLL, at=MONDAY + timedelta(milliseconds=120)),
)


def test_the_polls_copy_is_the_truth_whatever_came_first(ledger: Ledger) -> None:
    told = [("e1", "2026-11-23T10:00:00.120000Z", '{"event":"x"}', "poll", "curl/8.0", "spring.opener.1")]
    for order in permutations(COPIES):
        with ledger.transactions.write() as (connection, _):
            connection.exec_driver_sql("DELETE FROM provider_event")
        for each in order:
            hear(ledger, [each], now=MONDAY)
        assert stored(ledger) == told
    assert ledger.events.merge([each.row for each in COPIES], now=MONDAY + HOUR).improved == ()


def test_a_better_copy_is_news_and_the_same_copy_is_not(ledger: Ledger) -> None:
    first = ledger.events.merge([COPIES[0].row], now=MONDAY)
    assert (first.new, first.improved) == (("e1",), ())
    assert ledger.events.unconfirmed(before=MONDAY + HOUR, after=MONDAY - HOUR) == 1

    better = ledger.events.merge([COPIES[1].row, COPIES[0].row], now=MONDAY + HOUR)
    assert (better.new, better.improved) == ((), ("e1",))
    assert ledger.events.unconfirmed(before=MONDAY + 2 * HOUR, after=MONDAY - HOUR) == 0
    assert [row["received_at"] for row in ledger.events.of_day(DAY)] == [MONDAY + HOUR]

    again = ledger.events.merge([COPIES[0].row], now=MONDAY + 2 * HOUR)
    assert (again.new, again.improved) == ((), ())


TEXT = st.one_of(st.none(), st.sampled_from(["", "a", "b"]))
ROWS = st.builds(
    EventRow, st.sampled_from("xyz"), st.just(DAY), st.just("clicked"), st.just("<m@relay>"), TEXT, st.just("hash"),
    st.sampled_from(["1", "2"]), TEXT, TEXT, st.sampled_from(["{}", "{1}"]), st.sampled_from([POLL, WEBHOOK]), TEXT,
)  # fmt: skip


@given(st.lists(ROWS, max_size=8), st.randoms(use_true_random=False))
def test_joining_depends_on_neither_order_nor_repetition_nor_grouping(rows: list[EventRow], chance: Any) -> None:
    """Invariant I6: copies form a semilattice."""
    shuffled = [*rows, *rows[: len(rows) // 2]]
    chance.shuffle(shuffled)
    half = len(shuffled) // 2
    parts = {**distinct(shuffled[:half])}
    for key, row in distinct(shuffled[half:]).items():
        parts[key] = joined(parts[key], row) if key in parts else row
    assert distinct(rows) == distinct(shuffled) == parts


def test_more_events_than_a_chunk_are_merged_in_several_transactions(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CHUNK >= 10_000
    monkeypatch.setattr("resources.ledger.events.CHUNK", 100)
    many = [copy(event_key=f"e{number:04}").row for number in range(350)]
    random.Random(7).shuffle(many)
    assert len(ledger.events.merge([*many, *many[:50]], now=MONDAY).new) == 350
    assert ledger.events.merge(many, now=MONDAY).new == ()
    assert len(stored(ledger)) == 350


def test_words_that_no_database_can_hold_cost_no_event(ledger: Ledger) -> None:
    hear(ledger, [copy(reason="No\x00mailbox \ud83d", link="https://firm.example/\x00")], now=MONDAY)
    (row,) = ledger.events.of_day(DAY)
    assert (row["reason"], row["link"]) == ("No\ufffdmailbox ?", "https://firm.example/\ufffd")


def test_people_who_opted_out_are_counted_once(ledger: Ledger) -> None:
    for number, person in enumerate(("a", "a", "b")):
        gone = copy(event_key=f"e{number}", kind="unsubscribed", address_hash=person)
        hear(ledger, [gone], now=MONDAY + number * HOUR)
    assert ledger.events.opted_out(since=MONDAY) == 2
    assert ledger.events.opted_out(since=MONDAY + 2 * HOUR) == 1


def test_calls_are_counted_by_the_hour_over_all_processes(ledger: Ledger, second: Ledger) -> None:
    ledger.api_calls.note("brevo", {"statistics": 3, "account": 0}, now=MONDAY)
    second.api_calls.note("brevo", {"statistics": 4}, now=MONDAY + timedelta(minutes=59))
    second.api_calls.note("brevo", {}, now=MONDAY)
    assert ledger.api_calls.used("brevo", "statistics", now=MONDAY) == 7
    assert ledger.api_calls.used("brevo", "statistics", now=MONDAY + HOUR) == 0
    assert ledger.api_calls.used("brevo", "account", now=MONDAY) == 0
