"""A run that dies at any statement it writes: whatever it was doing, the next runs finish it and do nothing twice."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import DAY, prepared
from tests.crashes import died, dying
from tests.stages.office import Office, lead, open_office

Step = Callable[[Office], Awaitable[object]]


async def each_death(folder: Path, begin: Step, act: Step) -> AsyncIterator[Office]:
    """An office for every statement at which ``act`` can die, after its death; at last the one that lived."""
    lived, at = False, 0
    while not lived:
        at += 1
        office = open_office(folder / str(at), lasting=True)
        try:
            await begin(office)
            try:
                with dying(office.ledger, at=at):
                    await act(office)
                lived = True
            except BaseException as error:
                if not died(error):
                    raise
            yield office
        finally:
            office.close()
    assert at > 5


def requested_before_accepted(office: Office) -> bool:
    """Invariant I5 over the journal: an intent stands before every acceptance."""
    intents: Counter[str] = Counter()
    for row in office.ledger.questions.journal_of_kinds(["send.sending", "send.accepted"]):
        if row["kind"] == "send.sending":
            intents[row["subject"]] += 1
        elif not intents[row["subject"]]:
            return False
    return True


@pytest.mark.rule("A7")
@pytest.mark.rule("B5")
async def test_sending_that_dies_anywhere_sends_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    """Invariants I1, I5 and I8 at every statement of a run."""

    async def begin(office: Office) -> None:
        for number in (1, 2):
            prepared(office.ledger, number)

    outcomes: Counter[tuple[str, ...]] = Counter()
    async for office in each_death(tmp_path, begin, Office.send):
        office.later(minutes=6)
        await office.send()
        await office.hear()
        office.later(days=1)
        await office.hear()
        await office.send()

        assert max(Counter(office.accepted).values()) == 1
        states = sorted(row["state"] for row in office.ledger.sends.of_day(DAY))
        assert set(states) <= {"accepted", "presumed"}
        assert states.count("accepted") == len(office.accepted)
        assert requested_before_accepted(office)
        assert office.ledger.verify() > 0
        outcomes[tuple(states)] += 1

    assert outcomes[("accepted", "accepted")] > 10
    assert set(outcomes) <= {("accepted", "accepted"), ("accepted", "presumed")}


@pytest.mark.rule("B20")
@pytest.mark.rule("B36")
async def test_writing_that_dies_anywhere_pays_for_nothing_twice(tmp_path: Path) -> None:
    """One answer can be lost: the one that had arrived and was not yet written down."""
    first = open_office(tmp_path)
    first.add(lead(1))
    await first.receive()
    rows, people = await first.picked(), await first.people()
    first.close()

    async def begin(_: Office) -> None:
        return

    async def write(office: Office) -> None:
        await office.research(rows, people)
        await office.draft(rows, people)

    lost = 0
    async for office in each_death(tmp_path, begin, write):
        office.later(minutes=6)  # whatever the dead process was asking is nobody's now
        await write(office)
        await write(office)

        assert [row["state"] for row in office.ledger.sends.of_day(DAY)] == ["ready"]
        assert Counter(call["stage"] for call in office.ledger.work.calls()) == {"research": 1, "drafts": 1}
        assert [row.outcome.state for row in office.ledger.work.outcomes("drafts")] == ["done"]
        lost += office.paid - 2

    assert lost == 4  # two answers, each of which two statements write down


@pytest.mark.rule("A10")
async def test_events_that_were_stored_are_obeyed_wherever_their_run_died(tmp_path: Path) -> None:
    """Invariants I2 and I6: an unsubscription must not get lost between two transactions."""

    async def begin(office: Office) -> None:
        prepared(office.ledger, 1)
        office.world.script("person1@firm1.example", "unsubscribe", after=timedelta(minutes=5))
        await office.send()
        office.later(hours=1)

    facts = set()
    async for office in each_death(tmp_path, begin, Office.hear):
        await office.hear()
        await office.hear()
        facts.add(tuple(sorted((row["key"], row["reason"]) for row in office.ledger.suppressions.all())))
        assert len(office.ledger.events.of_day(DAY)) == len(office.world.provider.events)

    assert len(facts) == 1
    assert {reason for _, reason in facts.pop()} == {"unsubscribed"}


@pytest.mark.rule("A10")
async def test_a_reply_is_obeyed_wherever_its_run_died(tmp_path: Path) -> None:
    async def begin(office: Office) -> None:
        prepared(office.ledger, 1)
        office.world.script("person1@firm1.example", "reply_positive", after=timedelta(minutes=5))
        await office.send()
        office.later(days=2)

    facts = set()
    async for office in each_death(tmp_path, begin, Office.read):
        await office.read()
        facts.add(tuple(sorted((row["kind"], row["reason"]) for row in office.ledger.suppressions.all())))
        assert len(office.ledger.questions.replies_of("rec1")) == 1

    assert facts == {(("address", "replied"), ("company", "colleague_replied"))}
