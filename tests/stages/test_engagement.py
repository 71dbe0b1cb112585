"""What came back: events applied in any order and any number of times, with the same tables in the end."""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.ledger.ledger import Ledger, Place
from resources.ledger.schema import moment_text
from resources.mail_provider.gateway import BlockedContact, EventKind, ProviderEvent
from rules.engagement import STOPS, event_keys, rate
from rules.failures import ServiceFailure
from stages.classifying import event_frame
from stages.engagement import EVENTS_STAMP, apply_events, pull_events, read_range, spans
from tests.builders import DAY, MONDAY, PEPPER, accepted, campaign, new_send, prepared, state_of
from tests.stages.office import Office

CAMPAIGN = campaign()


async def pull(office: Office) -> Any:
    return await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )


async def test_events_are_joined_to_their_mails(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    office.later(hours=1)

    report = await pull(office)

    frame = event_frame(office.ledger, DAY)
    assert sorted(frame["kind"].to_list()) == ["delivered", "request"]
    assert set(frame["lead_id"]) == {"rec1"}
    assert frame["parked"].to_list() == [False, False]
    assert (report.new, report.days) == (2, (DAY,))
    assert "@firm1" not in frame.write_csv()


async def test_reading_again_adds_nothing(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    office.later(hours=1)
    await pull(office)
    before = event_frame(office.ledger, DAY)
    office.later(hours=1)

    again = await pull(office)

    assert (again.read, again.new, again.suppressed) == (2, 0, 0)
    assert event_frame(office.ledger, DAY).equals(before)


@pytest.mark.rule("A2")
async def test_a_look_is_a_handful_of_requests_however_many_mails_there_are(office: Office) -> None:
    for number in range(60):
        prepared(office.ledger, number)
    await office.send()
    office.later(hours=1)
    before = dict(office.world.tally.requests)
    await pull(office)

    asked = {
        what: n - before.get(what, 0) for what, n in office.world.tally.requests.items() if n > before.get(what, 0)
    }
    assert sum(asked.values()) <= 3
    assert not any("{" in what for what in asked)


@pytest.mark.rule("A8")
async def test_a_look_that_fails_changes_nothing_and_is_repeated_whole(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    office.later(hours=1)
    await pull(office)
    stamp = office.ledger.flags.stamped(EVENTS_STAMP)
    office.later(hours=1)
    office.world.faults.arm("brevo.key_revoked")
    with pytest.raises(ServiceFailure):
        await pull(office)

    assert office.ledger.flags.stamped(EVENTS_STAMP) == stamp


async def test_events_of_a_week_nobody_listened_are_heard(office: Office) -> None:
    """Invariant I6: the first look ever begins at the first mail, and a later one where the last one ended."""
    prepared(office.ledger, 1)
    office.world.script("person1@firm1.example", "unsubscribe", after=timedelta(hours=3))
    await office.send()
    office.later(days=9)

    report = await pull(office)

    assert report.suppressed >= 1
    assert report.new == len(office.world.provider.events)


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("fate", "reason"),
    [("hard_bounce", "hard_bounce"), ("invalid", "hard_bounce"), ("blocked", "blocked"), ("complaint", "complaint"),
     ("unsubscribe", "unsubscribed")],
)  # fmt: skip
async def test_what_ends_a_conversation_suppresses_and_withdraws(office: Office, fate: str, reason: str) -> None:
    """Invariant I2."""
    first = prepared(office.ledger, 1)
    office.world.script(first.address, fate, after=timedelta(hours=1))
    await office.send()
    bump = prepared(office.ledger, 1, step="bump", now=office.now + timedelta(days=6))
    office.later(hours=6)

    await pull(office)

    assert reason in {row["reason"] for row in office.ledger.suppressions.all()}
    assert state_of(office.ledger, bump.send_key) == "cancelled"


@pytest.mark.parametrize("fate", ["delivered", "open", "proxy_open", "click", "scanner", "soft_bounce", "deferred"])
async def test_nothing_else_stops_anybody(office: Office, fate: str) -> None:
    first = prepared(office.ledger, 1)
    office.world.script(first.address, fate)
    await office.send()
    office.later(hours=6)
    await pull(office)

    assert office.ledger.suppressions.all() == []


async def test_a_stranger_the_provider_blocks_is_suppressed_before_anybody_writes_to_him(office: Office) -> None:
    contact = BlockedContact("Grace@Harbour.com", "unsubscribedViaApi", MONDAY)
    applied = apply_events([], [contact], ledger=office.ledger, campaign=CAMPAIGN, now=MONDAY, pepper=PEPPER)
    assert (applied.suppressed, applied.new) == (1, 0)
    assert [row["reason"] for row in office.ledger.suppressions.all()] == ["unsubscribed"]


EVENTS = st.lists(
    st.builds(
        lambda kind, person, minutes, message: ProviderEvent(
            kind, f"<{message}@relay>", f"person{person}@firm{person}.example", MONDAY + timedelta(minutes=minutes),
            new_send(person).send_key if message < 2 else None, None, None, {"event": kind.value},
        ),
        st.sampled_from(list(EventKind)), st.integers(0, 3), st.integers(0, 3000), st.integers(0, 3),
    ),
    max_size=14,
)  # fmt: skip


def tables(folder: Path, deliveries: list[list[ProviderEvent]]) -> tuple[Any, ...]:
    """What a ledger says after some deliveries of events."""
    ledger = Ledger.open(Place("sqlite://", folder / "witness.json", "spring", "m"))
    for person in range(4):
        prepared(ledger, person)
    accepted(ledger, 9)
    for part in deliveries:
        apply_events(part, [], ledger=ledger, campaign=CAMPAIGN, now=MONDAY, pepper=PEPPER)
    days = [(MONDAY + timedelta(days=day)).date().isoformat() for day in range(4)]
    found = (
        [event_frame(ledger, day).rows() for day in days],
        sorted((row["kind"], row["key"], row["reason"], row["evidence"]) for row in ledger.suppressions.all()),
        [(row["send_key"], row["state"]) for row in ledger.sends.of_day(DAY)],
        sorted(ledger.event_reads.of_days(days[0], days[-1]), key=repr),
    )
    ledger.close()
    return found


FOLDERS = count()


@settings(max_examples=25)
@given(EVENTS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_any_repetition_of_events_gives_the_same_tables(
    tmp_path_factory: pytest.TempPathFactory, events: list[ProviderEvent], random: Any, parts: int
) -> None:
    """Invariant I6: idempotent and free of order, cut into deliveries however the network likes."""
    folder = tmp_path_factory.getbasetemp()
    shuffled = [*events, *events[: len(events) // 2]]
    random.shuffle(shuffled)
    cut = [shuffled[part::parts] for part in range(parts)]

    assert tables(folder, [events]) == tables(folder, cut) == tables(folder, [events, shuffled])


def test_an_event_is_one_by_what_it_says() -> None:
    told = [
        (message, "opened", moment_text(at), email, "")
        for message in ("<m@relay>", "m@relay", " <m@relay> ")
        for at in (MONDAY, MONDAY + timedelta(milliseconds=400))
        for email in ("Grace@Harbour.com", "grace@harbour.com")
    ]
    other = ("<m@relay>", "clicked", moment_text(MONDAY), "grace@harbour.com", "")
    *same, different = event_keys(*map(list, zip(*told, other, strict=True)))
    assert len(set(same)) == 1
    assert different not in same
    assert set(STOPS) <= {kind.value for kind in EventKind}


@pytest.mark.rule("B26")
def test_a_rate_of_nothing_is_none_and_a_rate_of_zero_is_zero() -> None:
    assert (rate(0, 0), rate(0, 10), rate(5, 10)) == (None, 0.0, 0.5)


@pytest.mark.rule("A2")
async def test_a_year_is_a_dozen_listings_and_not_a_request_per_day(office: Office) -> None:
    before = sum(office.provider.calls().values())
    last = office.now.date()
    _, deferred = await read_range(
        office.provider, last - timedelta(days=364), last,
        ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER,
    )  # fmt: skip
    assert deferred is None
    assert sum(office.provider.calls().values()) - before == 13
    assert office.ledger.api_calls.used("brevo", "statistics", now=office.now) == 13


async def test_an_allowance_that_is_used_up_is_respected_until_the_next_hour(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    office.later(minutes=5)
    office.ledger.api_calls.note("brevo", {"statistics": 300}, now=office.now)
    report = await pull(office)
    assert (report.read, report.requests) == (0, 0)
    assert str(report.deferred).startswith("300 calls of this hour are used up")
    assert office.ledger.flags.stamped(EVENTS_STAMP) is None
    office.later(hours=1)
    assert (await pull(office)).new == 2


def test_a_range_is_cut_without_gap_or_overlap() -> None:
    first = MONDAY.date()
    for length in (1, 29, 30, 31, 90, 365):
        cut = spans(first, first + timedelta(days=length - 1))
        days = [start + timedelta(days=n) for start, end in cut for n in range((end - start).days + 1)]
        assert days == [first + timedelta(days=n) for n in range(length)]


async def test_a_silence_of_months_is_read_as_far_back_as_the_provider_tells(office: Office) -> None:
    office.ledger.flags.stamp(EVENTS_STAMP, at=office.now - timedelta(days=200))
    assert (await pull(office)).read == 0
