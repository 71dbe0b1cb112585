"""The checkers I6 and I8 to I11: silent over a lawful history, and not over one that is broken in one place."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulation import facts
from simulation.checkers import balance, conservation, events_applied, liveness, past_days
from simulation.history import History
from tests.simulation.hand_made import TUESDAY, Hand, changed, said_by, without

NIGHT = datetime(2026, 11, 25, 3, tzinfo=UTC)


def _event(kind: str = "delivered") -> dict[str, Any]:
    return {"kind": kind, "message_id": "<opener-1@m>", "happened_at": TUESDAY}


def _with_event(kind: str = "delivered", *, hours: float = 1.0, times: int = 1) -> Hand:
    hand = Hand()
    hand.mail(1)
    hand.add(facts.EventHeld, address="person1@firm1.example", visible_at=TUESDAY, **_event(kind))
    hand.later(hours=hours)
    for _ in range(times):
        hand.add(facts.EventApplied, **_event(kind))
    return hand


def lawful() -> History:
    """A mail, its event, the counts of its day, and a night's comparison."""
    hand = _with_event()
    hand.add(facts.StatesCounted, counts=(("accepted", 1),))
    hand.later(hours=17)
    hand.add(facts.ProcessStarted, job="nightly", partition="2026-11-25", today="2026-11-25", who="nightly-0#9")
    hand.add(facts.TallyDurable, day="2026-11-24", ours=1, theirs=1, verdict="equal", who="nightly-0#9")
    hand.add(facts.ProcessEnded, how="done", who="nightly-0#9")
    return hand.end(days=5)


def test_a_lawful_history_is_in_order() -> None:
    for module in (events_applied, conservation, liveness, balance, past_days):
        assert module.check(lawful()) == []
        assert module.check(History()) == []


# I6


def test_an_event_is_applied_within_a_day_and_once() -> None:
    assert "not applied a day later" in said_by(events_applied.check, without(lawful(), facts.EventApplied))[0]
    assert "not applied a day later" in said_by(events_applied.check, _with_event(hours=25).end(days=1))[0]
    assert "second time" in said_by(events_applied.check, _with_event(times=2).end(days=1))[0]


def test_an_event_that_was_shown_at_the_very_end_has_time_and_a_machine_that_stood_still_too() -> None:
    assert events_applied.check(_with_event(times=0).end(hours=20)) == []
    hand = Hand()
    hand.mail(1)
    hand.add(facts.EventHeld, address="person1@firm1.example", visible_at=TUESDAY, **_event())
    hand.add(facts.ProcessPaused, until=TUESDAY + timedelta(hours=15), where="suspended", who="the machine")
    hand.later(hours=30)
    hand.add(facts.EventApplied, **_event())
    assert events_applied.check(hand.end(days=2)) == []


def test_a_ledger_that_was_put_back_has_forgotten_and_must_hear_again() -> None:
    hand = _with_event()
    hand.add(facts.LedgerReplaced, how="restored", since=TUESDAY)
    assert "not applied a day later" in said_by(events_applied.check, hand.end(days=2))[0]
    again = _with_event()
    again.add(facts.LedgerReplaced, how="restored", since=TUESDAY)
    again.later(hours=3).add(facts.EventApplied, **_event())
    assert events_applied.check(again.end(days=2)) == []


@pytest.mark.parametrize("kind", ["unsubscribed", "hard_bounce", "complaint"])
def test_an_event_that_ends_it_suppresses_its_address(kind: str) -> None:
    assert "is not suppressed" in said_by(events_applied.check, _with_event(kind).end(days=2))[0]
    hand = _with_event(kind)
    whom = "person1@firm1.example"
    hand.add(facts.SuppressionDurable, kind="address", whom=whom, key="h", reason=kind, source="events")
    assert events_applied.check(hand.end(days=2)) == []


def test_whoever_answers_a_mail_of_ours_is_left_alone() -> None:
    def answered(kind: str = "person", sender: str = "person1@firm1.example") -> Hand:
        hand = Hand()
        hand.mail(1)
        hand.later(hours=1).add(facts.LetterHeld, uid="1.1", sender=sender, kind=kind)
        return hand

    assert "is not suppressed" in said_by(events_applied.check, answered().end(days=2))[0]
    assert events_applied.check(answered(kind="auto-replied").end(days=2)) == []
    assert events_applied.check(answered(sender="stranger@x.example").end(days=2)) == []
    heard = answered()
    whom = "person1@firm1.example"
    heard.add(facts.SuppressionDurable, kind="address", whom=whom, key="h", reason="replied", source="mailbox")
    assert events_applied.check(heard.end(days=2)) == []


# I8


def test_an_outcome_is_presumed_a_day_after_its_intent_at_the_earliest() -> None:
    def presumed(hours: float) -> History:
        hand = Hand()
        key = hand.approve(1)
        hand.intend(key)
        hand.state(key, "sending", "unknown")
        hand.later(hours=hours).state(key, "unknown", "presumed")
        return hand.history

    assert "presumed sent after 23:00:00 only" in said_by(conservation.check, presumed(23))[0]
    assert conservation.check(presumed(24)) == []


@pytest.mark.parametrize("counts", [(), (("accepted", 2),), (("ready", 1),), (("accepted", 1), ("ready", 1))])
def test_rows_and_their_changes_add_up(counts: tuple[tuple[str, int], ...]) -> None:
    broken = changed(lawful(), facts.StatesCounted, counts=counts)
    assert "differ" in said_by(conservation.check, broken)[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [("ready", "sending"), ("claimed", "unknown"), ("accepted", "ready"), ("unknown", "ready"), ("ready", "gone")],
)
def test_a_step_between_states_that_does_not_exist(before: str, after: str) -> None:
    hand = Hand()
    hand.state("k", "", "ready")
    if before != "ready":
        hand.add(facts.LedgerReplaced, how="restored", since=TUESDAY)
    hand.state("k", before, after)
    assert len(conservation.check(hand.history)) == 1


def test_a_change_that_nobody_saw() -> None:
    hand = Hand()
    hand.state("k", "", "ready")
    hand.state("k", "claimed", "sending")
    assert "was ready and is said to have been claimed" in said_by(conservation.check, hand.history)[0]


def test_a_ledger_that_was_put_back_has_the_rows_of_its_copy() -> None:
    hand = Hand()
    hand.mail(1)
    hand.add(facts.OperatorActed, action="backup")
    since = hand.now
    hand.later(hours=1).mail(2)
    hand.later(hours=1).add(facts.LedgerReplaced, how="restored", since=since)
    hand.add(facts.StatesCounted, counts=(("accepted", 1),))
    assert conservation.check(hand.history) == []
    hand.add(facts.StatesCounted, counts=(("accepted", 2),))
    assert len(conservation.check(hand.history)) == 1


# I9


@pytest.mark.parametrize(("state", "hours"), [("claimed", 3), ("sending", 3), ("unknown", 27), ("ready", 97)])
def test_nothing_stays_where_it_is_once_faults_are_gone(state: str, hours: int) -> None:
    def history(spent: float, *, calm: bool = True) -> History:
        hand = Hand(calm=calm)
        hand.state("k", "", state)
        return hand.end(hours=spent)

    assert f"has been {state} since" in said_by(liveness.check, history(hours))[0]
    assert liveness.check(history(hours - 2)) == []
    assert liveness.check(history(hours, calm=False)) == []


def test_a_switch_that_is_on_excuses_waiting() -> None:
    hand = Hand()
    hand.state("k", "", "ready")
    hand.add(facts.SwitchChanged, name="pause", on=True, reason="looking")
    assert liveness.check(hand.end(days=9)) == []
    hand = Hand()
    hand.state("k", "", "ready")
    hand.add(facts.SwitchChanged, name="pause", on=True, reason="looking")
    hand.later(hours=1).add(facts.SwitchChanged, name="pause", on=False, reason="looked")
    assert len(liveness.check(hand.end(days=9))) == 1


def test_what_a_restored_ledger_never_had_does_not_wait_and_what_its_copy_had_does() -> None:
    hand = Hand()
    hand.state("kept", "", "ready")
    since = hand.later(hours=1).now
    hand.later(hours=1).state("lost", "", "ready")
    hand.state("kept", "ready", "claimed")
    hand.later(hours=1).add(facts.LedgerReplaced, how="restored", since=since)
    assert [message.split()[0] for message in said_by(liveness.check, hand.end(days=9))] == ["kept"]
    assert "has been ready since" in said_by(liveness.check, hand.end(days=9))[0]
    again = Hand()
    first = again.now
    again.later(hours=1).state("lost", "", "ready")
    again.later(hours=1).add(facts.LedgerReplaced, how="restored", since=first)
    second = again.later(hours=1).now
    again.later(hours=1).add(facts.LedgerReplaced, how="restored", since=second)
    assert liveness.check(again.end(days=9)) == []
    twice = Hand()
    twice.state("kept", "", "ready")
    since = twice.later(hours=1).now
    twice.later(hours=1).state("kept", "ready", "claimed")
    twice.later(hours=1).add(facts.LedgerReplaced, how="restored", since=since)
    since = twice.later(hours=1).now
    twice.later(hours=1).add(facts.LedgerReplaced, how="restored", since=since)
    assert "has been ready since" in said_by(liveness.check, twice.end(days=9))[0]


# I10


def test_a_comparison_tells_the_providers_number_and_calls_equal_what_is() -> None:
    assert "it showed 1" in said_by(balance.check, changed(lawful(), facts.TallyDurable, theirs=2))[0]
    assert "it showed 1" in said_by(balance.check, changed(lawful(), facts.TallyDurable, theirs=0))[0]
    hand = Hand()
    hand.mail(1)
    for number in (2, 3):
        hand.take(f"orphan-{number}", number=number, settled=False)
    hand.now = NIGHT
    hand.add(facts.TallyDurable, day="2026-11-24", ours=1, theirs=3, verdict="equal", who="nightly-0#9")
    assert "was called equal" in said_by(balance.check, hand.history)[0]


def test_a_mail_that_the_providers_books_show_later_may_be_missing_from_a_comparison() -> None:
    hand = Hand()
    hand.mail(1)
    taken = hand.history.of(facts.ProviderAccepted)[0]
    hand.add(
        facts.EventHeld, kind="request", message_id=taken.message_id, address=taken.address, happened_at=taken.at,
        visible_at=NIGHT + timedelta(hours=3),
    )  # fmt: skip
    hand.now = NIGHT
    hand.add(facts.TallyDurable, day="2026-11-24", ours=1, theirs=0, verdict="missing", who="nightly-0#9")
    assert said_by(balance.check, hand.history) == []
    hand.now = NIGHT + timedelta(days=1)
    hand.add(facts.TallyDurable, day="2026-11-24", ours=1, theirs=0, verdict="missing", who="nightly-0#10")
    assert "it showed 1" in said_by(balance.check, hand.history)[0]


@pytest.mark.parametrize(("who", "counts"), [("the machine", True), ("nightly-0#9", True), ("outreach-1#3", False)])
def test_whoever_stood_still_wrote_down_what_the_books_had_shown_before(who: str, counts: bool) -> None:
    hand = Hand()
    hand.mail(1)
    taken = hand.history.of(facts.ProviderAccepted)[0]
    hand.add(
        facts.EventHeld, kind="request", message_id=taken.message_id, address=taken.address, happened_at=taken.at,
        visible_at=NIGHT + timedelta(hours=2),
    )  # fmt: skip
    hand.now = NIGHT
    hand.add(facts.ProcessPaused, until=NIGHT + timedelta(hours=6), where="ledger: committed", who=who)
    hand.later(hours=6)
    hand.add(facts.TallyDurable, day="2026-11-24", ours=1, theirs=0, verdict="missing", who="nightly-0#9")
    assert (said_by(balance.check, hand.history) == []) is counts


def test_an_unknown_outcome_may_be_in_the_providers_books_or_not() -> None:
    hand = Hand()
    hand.mail(1)
    key = hand.approve(2)
    hand.intend(key, number=2)
    hand.ask(key, number=2)
    hand.take(key, number=2, settled=False)
    hand.now = NIGHT
    hand.add(facts.TallyDurable, day="2026-11-24", ours=1, theirs=2, verdict="equal", who="nightly-0#9")
    assert balance.check(hand.history) == []


def test_a_day_that_is_never_compared() -> None:
    assert "never compared" in said_by(balance.check, without(lawful(), facts.TallyDurable))[0]


def _different(*, looked: bool) -> History:
    hand = Hand()
    hand.mail(1)
    hand.now = NIGHT
    hand.add(facts.TallyDurable, day="2026-11-24", ours=2, theirs=1, verdict="missing", who="nightly-0#9")
    hand.add(facts.ProcessEnded, how="done", who="nightly-0#9")
    if looked:
        hand.add(facts.OperatorActed, action="resume", about="imbalance")
    hand.later(hours=6).mail(2)
    return hand.history


def test_a_difference_blocks_until_somebody_has_looked() -> None:
    assert "differs from the provider's books" in said_by(balance.check, _different(looked=False))[0]
    assert balance.check(_different(looked=True)) == []


# I11


def _backfill(partition: str) -> Hand:
    hand = Hand()
    hand.add(facts.ProcessStarted, job="rebuild", partition=partition, today="2026-11-24", who="rebuild-0#4")
    return hand


def test_a_past_day_pays_and_sends_nothing() -> None:
    for partition, wrong in (("2026-11-20", 1), ("2026-11-24", 0)):
        paid = _backfill(partition)
        paid.add(facts.PaidCall, service="openai", partition=partition, today="2026-11-24", who="rebuild-0#4")
        assert len(past_days.check(paid.history)) == wrong
        sent = _backfill(partition)
        sent.ask("k", who="rebuild-0#4")
        assert len(past_days.check(sent.history)) == wrong


def test_a_run_that_goes_on_over_midnight_was_started_for_its_day() -> None:
    hand = _backfill("2026-11-24")
    hand.later(days=1).add(
        facts.PaidCall, service="openai", partition="2026-11-24", today="2026-11-25", who="rebuild-0#4"
    )
    assert past_days.check(hand.history) == []


def test_a_table_made_twice_from_one_ledger_is_the_same() -> None:
    hand = _backfill("2026-11-20")
    table = {"table": "sends", "partition": "2026-11-20"}
    hand.add(facts.TableRebuilt, rows=3, fingerprint="a", **table)
    hand.add(facts.TableRebuilt, rows=3, fingerprint="a", **table)
    assert past_days.check(hand.history) == []
    hand.add(facts.TableRebuilt, rows=2, fingerprint="b", **table)
    assert "made twice" in said_by(past_days.check, hand.history)[0]
    hand.mail(1)
    hand.add(facts.TableRebuilt, rows=4, fingerprint="c", **table)
    assert len(past_days.check(hand.history)) == 1
