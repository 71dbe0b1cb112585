"""The start-up gate: a restored, cloned or foreign ledger refuses to send until somebody takes it over."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from resources.ledger.flags import FlagName
from resources.ledger.gate import Witness, machine_id
from resources.ledger.in_memory import InMemory
from resources.ledger.ledger import Ledger, Place
from rules.sending import Answer, Decision, SendFacts
from tests.builders import DAY, MONDAY, accepted, claimed, go


def told(ledger: Ledger) -> str:
    """Why the gate is closed; empty where it is open."""
    return ledger.gate(now=MONDAY) or ""


def file_of(place: Place) -> Path:
    assert place.witness is not None
    return place.witness


@contextmanager
def opened(place: Place) -> Iterator[Ledger]:
    ledger = Ledger.open(place)
    try:
        yield ledger
    finally:
        ledger.close()


def seen_by_the_witness(ledger: Ledger) -> int:
    recalled = Witness(ledger.place.witness).recall()
    assert recalled is not None
    return recalled.seq


@pytest.fixture
def on_file(tmp_path: Path) -> Place:
    return Place(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "witness.json", "spring", "machine-1")


def database(place: Place) -> Path:
    return Path(place.url.removeprefix("sqlite:///"))


def test_a_new_ledger_may_send_and_goes_on_doing_so(ledger: Ledger) -> None:
    assert ledger.gate(now=MONDAY) is None
    accepted(ledger)
    assert ledger.gate(now=MONDAY) is None
    ledger.witness()
    assert seen_by_the_witness(ledger) == 3
    assert ledger.gate(now=MONDAY) is None


def test_a_ledger_restored_from_a_backup_is_refused(on_file: Place, tmp_path: Path) -> None:
    """Otherwise it sends again what it has forgotten (I1)."""
    with opened(on_file) as ledger:
        assert told(ledger) == ""
        accepted(ledger, 1)
        assert told(ledger) == ""
    shutil.copy(database(on_file), tmp_path / "backup.db")
    with opened(on_file) as ledger:
        accepted(ledger, 2)
        assert told(ledger) == ""

    shutil.copy(tmp_path / "backup.db", database(on_file))

    with opened(on_file) as ledger:
        assert "the ledger was restored: journal entry 6 had been written" in told(ledger)
        assert "outbound reconcile --adopt" in told(ledger)


def test_a_restored_ledger_is_refused_even_after_it_has_grown_past_the_witness(on_file: Place, tmp_path: Path) -> None:
    """Intake runs every hour and writes to the journal; the next run that sends comes later."""
    with opened(on_file) as ledger:
        assert told(ledger) == ""
        accepted(ledger, 1)
        assert told(ledger) == ""
    shutil.copy(database(on_file), tmp_path / "backup.db")
    with opened(on_file) as ledger:
        accepted(ledger, 2)
        assert told(ledger) == ""
    shutil.copy(tmp_path / "backup.db", database(on_file))

    with opened(on_file) as ledger:
        for number in range(10, 20):
            accepted(ledger, number)
        assert "the ledger was restored" in told(ledger)


def test_a_process_that_comes_late_does_not_turn_the_witness_back(ledger: Ledger, place: Place) -> None:
    """Two senders: the one that had written less must not hide what the other has written since."""
    assert ledger.gate(now=MONDAY) is None
    other = Ledger(ledger.transactions, place)
    accepted(ledger, 1)
    ledger.witness()
    recalled = Witness(place.witness).recall()
    assert recalled is not None
    accepted(other, 2)
    other.witness()

    Witness(place.witness).remember(recalled)

    assert seen_by_the_witness(ledger) == recalled.seq + 3


def test_a_closed_gate_stands_in_the_way_of_every_intent(ledger: Ledger, place: Place) -> None:
    assert told(ledger) == ""
    claim = claimed(ledger)
    elsewhere = Ledger(ledger.transactions, replace(place, machine="machine-2"))
    assert "another machine" in told(elsewhere)

    def guard(facts: SendFacts) -> Decision:
        assert facts.halted is not None
        return Decision.later(facts.halted, None)

    assert ledger.sends.intend(claim, now=MONDAY, day=DAY, decide=guard).answer is Answer.LATER


@pytest.mark.parametrize(
    ("machine", "campaign", "words"),
    [
        ("machine-2", "spring", "bound to another machine"),
        ("machine-1", "autumn", "belongs to campaign 'spring', not to 'autumn'"),
    ],
)
def test_a_ledger_elsewhere_or_of_another_campaign_is_refused(
    ledger: Ledger, place: Place, machine: str, campaign: str, words: str
) -> None:
    assert ledger.gate(now=MONDAY) is None
    stranger = Ledger(ledger.transactions, replace(place, machine=machine, campaign=campaign))

    assert words in told(stranger)
    assert [flag.name for flag in ledger.flags.raised()] == [FlagName.GATE]


def test_a_ledger_in_memory_that_was_put_back_is_refused_too() -> None:
    with opened(Place("sqlite://", None, "spring", "machine-1")) as ledger:
        assert isinstance(ledger.transactions, InMemory)
        assert told(ledger) == ""
        accepted(ledger, 1)
        with closing(sqlite3.connect(":memory:")) as backup:
            ledger.transactions.database.backup(backup)
            accepted(ledger, 2)
            ledger.witness()
            assert told(ledger) == ""
            backup.backup(ledger.transactions.database)

        assert "the ledger was restored" in told(ledger)


def test_another_ledger_at_the_same_place_is_refused(on_file: Place) -> None:
    with opened(on_file) as ledger:
        assert told(ledger) == ""
    database(on_file).unlink()

    with opened(on_file) as ledger:
        assert "another ledger was used here" in told(ledger)


@pytest.mark.parametrize("left", [None, "", "{}", "no json", '{"ledger": "x", "machine": "m", "seq": 1}'])
def test_without_a_readable_witness_a_ledger_that_has_sent_is_refused(
    ledger: Ledger, place: Place, left: str | None
) -> None:
    assert ledger.gate(now=MONDAY) is None
    accepted(ledger)
    witness = file_of(place)
    if left is None:
        witness.unlink()
    else:
        witness.write_text(left)

    assert "the ledger's witness is gone" in told(ledger)


def test_without_a_witness_a_ledger_that_has_sent_nothing_is_a_new_one(ledger: Ledger, place: Place) -> None:
    claimed(ledger)
    assert not file_of(place).exists()
    assert ledger.gate(now=MONDAY) is None


def test_taking_a_ledger_over_opens_the_gate_and_is_written_down(ledger: Ledger, place: Place) -> None:
    assert ledger.gate(now=MONDAY) is None
    moved = Ledger(ledger.transactions, replace(place, machine="machine-2"))
    assert told(moved)

    moved.adopt(actor="ada", now=MONDAY)

    assert moved.gate(now=MONDAY) is None
    assert ledger.flags.raised() == []
    assert "another machine" in told(ledger)
    with ledger.transactions.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind, actor FROM journal ORDER BY seq").all()
    assert [tuple(row) for row in kinds] == [
        ("flag.on", "gate"), ("ledger.adopted", "ada"), ("flag.off", "ada"), ("flag.on", "gate"),
    ]  # fmt: skip


def test_the_gate_stays_closed_until_then_even_if_the_reason_went_away(ledger: Ledger, place: Place) -> None:
    assert ledger.gate(now=MONDAY) is None
    assert told(Ledger(ledger.transactions, replace(place, machine="machine-2")))

    ledger.gate(now=MONDAY)

    assert [flag.name for flag in ledger.flags.raised()] == [FlagName.GATE]
    claim = claimed(ledger)
    seen: list[str | None] = []

    def guard(facts: SendFacts) -> Decision:
        seen.append(facts.halted)
        return go(facts)

    ledger.sends.intend(claim, now=MONDAY, day=DAY, decide=guard)
    assert "another machine" in (seen[0] or "")


def test_a_machine_has_a_name_that_does_not_change() -> None:
    assert machine_id() == machine_id() != ""
