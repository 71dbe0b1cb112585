"""Which step a lead is due for: on its day, after a delivery, and only while nothing came back."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.sending import SendState
from rules.sequence import NEGATIVE, SentStep, Standing, next_step, variant_of
from tests.builders import MONDAY, campaign

ZONE = ZoneInfo("Europe/Berlin")
CADENCE = campaign().cadence
DELIVERED = {"delivered": MONDAY}
SENT = (SendState.ACCEPTED, SendState.PRESUMED)
KINDS = st.sampled_from(
    [*NEGATIVE, "delivered", "opened", "clicked", "proxy_open", "soft_bounce", "deferred", "request"]
)
EVENTS = st.dictionaries(KINDS, st.just(MONDAY), max_size=5)


def sent(
    step: str,
    state: SendState = SendState.ACCEPTED,
    *,
    at: datetime | None = MONDAY,
    events: dict[str, datetime] | None = None,
) -> SentStep:
    return SentStep(step, state, at, "<m@relay>", "A question", DELIVERED if events is None else events)


def asked(*steps: SentStep, days: float = 0) -> tuple[Standing, str]:
    found = next_step(CADENCE, steps, now=MONDAY + timedelta(days=days), zone=ZONE)
    return found.standing, found.step


def test_a_sequence_runs_on_its_days() -> None:
    assert asked() == (Standing.DUE, "opener")
    assert asked(sent("opener"), days=5) == (Standing.WAITING, "bump")
    assert asked(sent("opener"), days=6) == (Standing.DUE, "bump")
    assert asked(sent("opener"), sent("bump", at=MONDAY + timedelta(days=7)), days=13) == (Standing.WAITING, "breakup")
    assert asked(sent("opener"), sent("bump", at=MONDAY + timedelta(days=7)), days=14) == (Standing.DUE, "breakup")
    assert asked(sent("opener"), sent("bump"), sent("breakup"), days=99) == (Standing.FINISHED, "breakup")


@pytest.mark.rule("A10")
def test_after_a_late_follow_up_the_next_one_waits_half_the_pause_between_them() -> None:
    """A colleague's answer held the bump back for two weeks; the breakup came on the morning after it."""
    late = sent("bump", at=MONDAY + timedelta(days=17))
    assert asked(sent("opener"), late, days=18) == (Standing.WAITING, "breakup")
    waiting = next_step(CADENCE, [sent("opener"), late], now=MONDAY + timedelta(days=20), zone=ZONE)
    assert waiting.reason == "the bump was late: due 4 days after it"
    assert waiting.from_day == (MONDAY + timedelta(days=21)).date()
    assert asked(sent("opener"), late, days=21) == (Standing.DUE, "breakup")


@pytest.mark.rule("A10")
@pytest.mark.parametrize("state", SENT)
def test_a_follow_up_waits_for_the_delivery_before_it_and_not_for_ever(state: SendState) -> None:
    lost = sent("opener", state, events={})
    assert asked(lost, days=6) == (Standing.WAITING, "bump")
    assert asked(lost, days=19) == (Standing.WAITING, "bump")
    assert asked(lost, days=20) == (Standing.EXCLUDED, "bump")


def test_a_presumed_mail_names_the_way_out_and_a_persons_word_releases_it() -> None:
    presumed = sent("opener", SendState.PRESUMED, events={})
    waiting = next_step(CADENCE, [presumed], now=MONDAY + timedelta(days=7), zone=ZONE)
    assert "`outbound unknown`" in waiting.reason

    assert asked(replace(presumed, vouched=True), days=6) == (Standing.DUE, "bump")
    bounced = replace(presumed, vouched=True, events={"hard_bounce": MONDAY})
    assert asked(bounced, days=6) == (Standing.EXCLUDED, "opener")


@pytest.mark.rule("B25")
def test_days_are_counted_from_the_opener_in_the_operators_zone() -> None:
    """Half past eleven at night in London is the next day in Berlin."""
    late = datetime(2026, 11, 23, 23, 30, tzinfo=ZoneInfo("Europe/London"))
    opener = sent("opener", at=late)
    found = next_step(CADENCE, [opener], now=datetime(2026, 11, 29, 12, 0, tzinfo=ZONE), zone=ZONE)
    assert (found.standing, str(found.from_day)) == (Standing.WAITING, "2026-11-30")


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (SendState.READY, Standing.READY),
        (SendState.CLAIMED, Standing.READY),
        (SendState.SENDING, Standing.READY),
        (SendState.UNKNOWN, Standing.WAITING),
        (SendState.REJECTED, Standing.EXCLUDED),
        (SendState.CANCELLED, Standing.DUE),
    ],
)
def test_an_unfinished_step_is_not_followed(state: SendState, standing: Standing) -> None:
    assert asked(sent("opener", state, events={}), days=99) == (standing, "opener")


@pytest.mark.rule("A10")
@pytest.mark.parametrize("kind", list(NEGATIVE))
def test_what_came_back_ends_it(kind: str) -> None:
    assert asked(sent("opener", events={kind: MONDAY}), days=99) == (Standing.EXCLUDED, "opener")


def test_a_block_that_was_lifted_before_the_delivery_is_none() -> None:
    assert asked(sent("opener", events={"blocked": MONDAY, "delivered": MONDAY}), days=6)[0] is Standing.DUE


@pytest.mark.rule("A10")
@given(EVENTS, st.sampled_from(SENT), st.integers(min_value=0, max_value=400))
def test_a_follow_up_is_due_only_after_a_delivery_and_while_nothing_came_back(
    events: dict[str, datetime], state: SendState, days: int
) -> None:
    standing, step = asked(sent("opener", state, events=events), days=days)

    if standing is Standing.DUE:
        assert step == "bump"
        assert days >= 6
        assert "delivered" in events
        assert not (set(NEGATIVE) - {"blocked"}) & set(events)
        assert "blocked" not in events or "delivered" in events


@given(st.lists(EVENTS, min_size=3, max_size=3), st.integers(min_value=0, max_value=40))
def test_the_order_in_which_things_are_told_does_not_matter(events: list[dict[str, datetime]], days: int) -> None:
    """Invariant I6: neither the order of steps nor that of events changes the answer."""
    steps = [
        sent(name, at=MONDAY + timedelta(days=day), events=told)
        for (name, day), told in zip((("opener", 0), ("bump", 6), ("breakup", 14)), events, strict=True)
    ]
    turned = [sent(step.step, at=step.accepted_at, events=dict(reversed(list(step.events.items())))) for step in steps]
    assert {asked(*order, days=days) for order in permutations(steps)} == {asked(*turned, days=days)}


@given(EVENTS, EVENTS, st.integers(min_value=6, max_value=40))
def test_more_bad_news_never_makes_anybody_due(
    first: dict[str, datetime], more: dict[str, datetime], days: int
) -> None:
    bad = {kind: at for kind, at in more.items() if kind in NEGATIVE and kind != "blocked"}
    before, _ = asked(sent("opener", events=first), days=days)
    after, _ = asked(sent("opener", events={**first, **bad}), days=days)
    assert after is before or after is Standing.EXCLUDED


def test_a_follow_up_without_the_openers_time_waits() -> None:
    assert asked(sent("opener", at=None), days=30) == (Standing.WAITING, "bump")


def test_variants_are_stable_and_evenly_spread() -> None:
    names = ("first", "second", "third")
    drawn = [variant_of(names, campaign="spring", step="opener", lead_id=f"rec{n}") for n in range(3000)]
    again = [variant_of(names, campaign="spring", step="opener", lead_id=f"rec{n}") for n in range(3000)]

    assert drawn == again
    assert all(900 < drawn.count(name) < 1100 for name in names)
    other = [variant_of(names, campaign="spring", step="bump", lead_id=f"rec{n}") for n in range(3000)]
    assert other != drawn
