"""Outcomes of stages: recorded as they happen, so that a killed run resumes without doing anything twice."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from resources.ledger.ledger import Ledger
from resources.ledger.schema import work, work_error
from resources.ledger.work import Item
from rules.failures import Failure, FailureKind
from rules.outcomes import Deferred, Done, Failed, Outcome, Rejected, Skipped, State
from tests.builders import DAY, MONDAY

ITEM = Item("drafts", "rec1:opener", "hash-1", DAY, "rec1")
FAILURE = Failure(FailureKind.TRANSIENT, "openai", "server_error", "the service stumbled")


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    "outcome",
    [
        Done({"subject": "A"}, 0.02),
        Deferred("the budget is spent", MONDAY + timedelta(days=1)),
        Skipped("its company is not researched"),
        Rejected("a placeholder", 0.03),
    ],
)
def test_an_outcome_is_read_back_as_it_was(ledger: Ledger, outcome: Outcome) -> None:
    ledger.work.record(ITEM, outcome, now=MONDAY)

    (entry,) = ledger.work.outcomes("drafts")
    assert (entry.item, entry.outcome, entry.attempts, entry.at) == (ITEM, outcome, 1, MONDAY)


@pytest.mark.rule("B16")
def test_errors_are_appended_with_their_time_and_survive_the_success_after_them(ledger: Ledger) -> None:
    other = Failure(FailureKind.TRANSIENT, "openai", "lost", "the connection broke")
    ledger.work.record(ITEM, Failed(FAILURE), now=MONDAY)
    ledger.work.record(ITEM, Failed(other), now=MONDAY + timedelta(hours=1))
    ledger.work.record(ITEM, Done({"subject": "A"}), now=MONDAY + timedelta(hours=2))

    with ledger.transactions.read() as connection:
        errors = connection.execute(work_error.select().order_by(work_error.c.id)).all()
    assert [(error.at, error.message) for error in errors] == [
        (MONDAY, str(FAILURE)),
        (MONDAY + timedelta(hours=1), str(other)),
    ]
    (entry,) = ledger.work.outcomes("drafts")
    assert (entry.outcome, entry.attempts) == (Done({"subject": "A"}), 3)


def test_a_failure_is_read_back_as_something_to_try_again(ledger: Ledger) -> None:
    ledger.work.record(ITEM, Failed(FAILURE), now=MONDAY)

    (entry,) = ledger.work.outcomes("drafts")
    assert entry.outcome == Skipped(f"failed: {FAILURE}")
    assert ledger.work.finished([ITEM]) == {}


def test_the_last_words_are_those_of_items_that_had_trouble(ledger: Ledger) -> None:
    fine, mended, refused = (Item("drafts", f"rec{number}:opener", "h", DAY) for number in range(3))
    ledger.work.record(fine, Done({"subject": "A"}), now=MONDAY)
    ledger.work.record(mended, Rejected("a placeholder"), now=MONDAY)
    later = Item(mended.stage, mended.key, "other inputs", DAY)
    ledger.work.record(later, Done({"subject": "A"}), now=MONDAY + timedelta(hours=1))
    ledger.work.record(refused, Rejected("too long"), now=MONDAY)

    words = ledger.work.last_words("drafts")
    assert words == {mended.key: (State.DONE, ""), refused.key: (State.REJECTED, "too long")}
    assert ledger.work.last_words("drafts", since=MONDAY + timedelta(minutes=1)) == {mended.key: (State.DONE, "")}


@pytest.mark.rule("B20")
@pytest.mark.rule("B30")
def test_an_item_is_finished_only_for_the_same_inputs(ledger: Ledger) -> None:
    changed = Item("drafts", ITEM.key, "hash-2", DAY, "rec1")
    ledger.work.record(ITEM, Done({"subject": "A"}), now=MONDAY)

    assert list(ledger.work.finished([ITEM])) == [ITEM.key]
    assert ledger.work.finished([changed]) == {}
    assert ledger.work.finished([]) == {}


def test_a_rejected_item_is_finished_and_a_deferred_one_is_not(ledger: Ledger) -> None:
    later = Item("drafts", "rec2:opener", "hash-2", DAY)
    ledger.work.record_many([(ITEM, Rejected("a placeholder")), (later, Deferred("no room", MONDAY))], now=MONDAY)

    assert list(ledger.work.finished([ITEM, later])) == [ITEM.key]


def test_outcomes_are_found_by_day_and_by_item(ledger: Ledger) -> None:
    many = [Item("drafts", f"rec{number:04}", "h", DAY if number % 2 else "2026-11-24") for number in range(600)]
    ledger.work.record_many([(item, Done({"n": item.key})) for item in many], now=MONDAY)

    assert len(ledger.work.outcomes("drafts", day=DAY)) == 300
    assert len(ledger.work.outcomes("drafts", keys=[item.key for item in many])) == 600
    assert [entry.item.key for entry in ledger.work.outcomes("drafts", keys=["rec0007"])] == ["rec0007"]
    assert ledger.work.outcomes("research") == []


@pytest.mark.rule("A11")
def test_every_outcome_about_a_lead_is_in_its_story(ledger: Ledger) -> None:
    ledger.work.record(ITEM, Failed(FAILURE), now=MONDAY)
    ledger.work.record(ITEM, Done({"subject": "A"}), now=MONDAY)
    ledger.work.record(Item("research", "firm.example", "h", DAY), Done({"facts": 3}), now=MONDAY)

    assert [entry["kind"] for entry in ledger.story("rec1")] == ["drafts.failed", "drafts.done"]


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("state", "value", "reason"),
    [("done", None, None), ("done", "{}", None), ("rejected", None, None), ("skipped", None, "  ")],
)
def test_the_database_itself_refuses_an_empty_outcome(
    ledger: Ledger, state: str, value: str | None, reason: str | None
) -> None:
    row = {
        "stage": "drafts", "item": "x", "input_hash": "h", "day": DAY, "state": state, "value": value,
        "reason": reason, "cost_usd": 0.0, "attempts": 1, "at": MONDAY,
    }  # fmt: skip
    with pytest.raises(IntegrityError), ledger.transactions.write() as (connection, _):
        connection.execute(work.insert().values(row))
