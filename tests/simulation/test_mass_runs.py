"""Runs en masse: over a ledger in dicts and a provider without its wire everything happens as over the real ones."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random

import pytest

from resources.backoff import Patience
from resources.in_process import InProcess
from resources.mail_provider.fake import InProcessWire
from resources.mail_provider.gateway import OutgoingMail, ProviderEvent
from resources.mail_provider.wire import mail_body
from resources.wire import Answer, BrokenOffError
from sandbox import World, keys
from sandbox.clock import WorldClock
from sandbox.house import House
from sandbox.server import create_app
from sandbox.world.mail import Correspondent
from sandbox.world.mail import OutgoingMail as WorldMail
from simulation import facts
from simulation.history import History
from simulation.kinds import SCALES, Kind
from simulation.loop import VirtualLoop
from simulation.mutants.luck import ROLLBACK
from simulation.mutants.trial import Trial
from simulation.profiles import PROFILES
from simulation.run import Outcome, Script, simulate
from simulation.settings import some_campaign
from simulation.site import open_site
from simulation.straight import StraightWire
from simulation.wires import at_once

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
BODY = mail_body(
    OutgoingMail(
        "spring.opener.1", "7c1e6b0a-6f0e-5f55-8d7e-3b1f4f6f0a01", "Ada Marsh", keys.SANDBOX_SENDER_EMAIL,
        "Grace Hopper", "grace@harbour.example", "replies@outreach.example", "Your quay",
        "Hello Grace, a question about your quay.",
        "<p>Hello Grace, a question about your quay.</p>", {"List-Unsubscribe": "<https://outreach.example/u/1>"},
    )
)  # fmt: skip


def run(
    seed: int, *, days: int, faults: str, people: int, kind: Kind = Kind.MASS, fakes: bool | None = None
) -> Outcome:
    return simulate(Script(seed, days, faults, calm=1, leads=people, kind=kind, fakes=fakes))


def moments(history: History) -> list[str]:
    """Facts in order; what one process wrote down at one instant has no order of its own."""
    told = groupby(history.facts, key=lambda fact: (fact.at, fact.who))
    return [fact for _, together in told for fact in sorted(map(repr, together))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "faults", "kind", "people"),
    [
        (1, "rough", Kind.MASS, 800), (2, "hostile", Kind.BARE, 400), (4, "crash", Kind.BARE, 300),
        (5, "late", Kind.BARE, 300), (6, "suspend", Kind.BARE, 300), (7, "events", Kind.BARE, 300),
        (8, "operators", Kind.BARE, 300),
    ],
)  # fmt: skip
def test_the_same_happens_over_the_fakes_and_over_sql_and_the_wire(
    seed: int, faults: str, kind: Kind, people: int
) -> None:
    """The protocol written twice, once in SQL and once over dicts, is held against itself, to the last fact."""
    real, quick = (run(seed, days=4, faults=faults, people=people, kind=kind, fakes=fakes) for fakes in (False, True))
    assert moments(real.history) == moments(quick.history)
    assert real.sends > 50
    assert real.violations == quick.violations == ()


@pytest.mark.slow
def test_the_same_happens_where_ledgers_are_restored_and_cloned() -> None:
    real, quick = (
        simulate(Trial(5, 7, calm=2, leads=300, kind=Kind.BARE, fakes=fakes, own=ROLLBACK.profile))
        for fakes in (False, True)
    )
    assert moments(real.history) == moments(quick.history)
    assert {fact.how for fact in real.history.of(facts.LedgerReplaced)} == {"restored", "cloned"}
    assert real.violations == quick.violations == ()


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "faults"), [(10, "rough"), (11, "hostile")])
def test_bad_luck_breaks_no_invariant_en_masse(seed: int, faults: str) -> None:
    outcome = simulate(Script(seed, SCALES[Kind.MASS].longest, faults, calm=SCALES[Kind.MASS].calm, kind=Kind.MASS))
    assert outcome.violations == ()
    assert outcome.sends > 1_000
    assert outcome.crashes > 0


def test_requests_fail_in_spells_and_not_in_between() -> None:
    """Few stretches of two hours are bad, so that the provider is not asked about unknown outcomes at every tick."""
    campaign = some_campaign(Random(1), starts=NOON.date(), numbered=1, kind=Kind.MASS)
    site = open_site(1, campaign=campaign, profile=PROFILES["lost"], loop_start=NOON, kind=Kind.MASS)
    struck: dict[datetime, int] = {}
    for _ in range(2_000):
        start = site.now
        struck[start] = sum(site.accidents.strikes("lost") for _ in range(200))
        site.world.advance(timedelta(hours=2))
    site.close()
    site.loop.close()
    bad = [count for count in struck.values() if count]
    assert 0.04 < len(bad) / len(struck) < 0.08
    assert sum(bad) / len(bad) > 200 * PROFILES["lost"].lost * 0.8


def straight(world: World) -> StraightWire:
    app = create_app(world, house=House(world, WorldClock(world), paced=False))
    service = InProcess(app, prefix="/brevo/v3", headers={"api-key": keys.SANDBOX_BREVO_KEY})
    return StraightWire(InProcessWire(service), world)


def test_a_mail_handed_over_straight_is_the_mail_the_wire_would_have_brought() -> None:
    worlds = [World(1, start=NOON) for _ in range(2)]
    over, past = straight(worlds[0])._over, straight(worlds[1])
    answers = [at_once(wire.post("smtp/email", BODY)) for wire in (over, past)]
    assert [(answer.status, json.loads(answer.text)) for answer in answers] == [
        (201, {"messageId": next(iter(worlds[0].provider.mails))})
    ] * 2
    assert worlds[0].provider.mails == worlds[1].provider.mails


def test_a_repeated_key_is_refused_as_on_the_wire() -> None:
    wire = straight(World(1, start=NOON))
    first, second = (at_once(wire.post("smtp/email", BODY)) for _ in range(2))
    assert first.status == 201
    assert (second.status, json.loads(second.text)["code"]) == (400, "duplicate_parameter")


async def test_a_world_that_waits_cannot_answer_at_once() -> None:
    patience = Patience()

    async def waits() -> Answer:
        await patience.sleep(1.0)
        return Answer(200, {}, "")

    with pytest.raises(RuntimeError, match="answers at once"):
        at_once(waits())


def test_a_broken_connection_is_the_askers_to_hear() -> None:
    """The mail is taken, its answer lost in the world: the outcome is unknown, and no defect."""
    history = run(13, days=3, faults="cut", people=600).history
    assert {fact.outcome for fact in history.of(facts.OutcomeSeen)} >= {"accepted", BrokenOffError.__name__}


@pytest.mark.slow
def test_events_and_counts_are_those_of_the_wire_however_many_pages() -> None:
    """Five thousand fill a page; repeated and shuffled pages are told once and whole."""
    (told, counted), (quickly, quickly_counted) = asked(fakes=False), asked(fakes=True)
    assert len(told) > 5_000
    assert [replace(event, raw={}) for event in told] == [replace(event, raw={}) for event in quickly]
    assert counted == quickly_counted
    assert sum(counted.values()) == 2_700


def asked(*, fakes: bool) -> tuple[Sequence[ProviderEvent], Mapping[date, int]]:
    """Events and counts of 2,700 mails of a day."""
    campaign = some_campaign(Random(1), starts=NOON.date(), numbered=1, kind=Kind.MASS)
    site = open_site(5, campaign=campaign, profile=PROFILES["none"], loop_start=NOON, kind=Kind.MASS, fakes=fakes)
    us = Correspondent(keys.SANDBOX_SENDER_EMAIL)
    for number in range(2_700):
        reader = Correspondent(f"a{number}@b{number}.com")
        site.world.accept(WorldMail(us, (reader,), "Hello", "<p>Hello</p>", "Hello", tags=(f"opener.{number}",)))
        site.world.advance(timedelta(seconds=20))
    site.world.advance(timedelta(hours=3))
    for fault in ("brevo.events_repeated", "brevo.events_shuffled"):
        site.world.faults.arm(fault)
    first, last = NOON.date(), NOON.date() + timedelta(days=1)
    with asyncio.Runner(loop_factory=lambda: site.loop) as runner:
        told = runner.run(site.provider.events(first, last))
        counted = runner.run(site.provider.daily_requests(first, last))
    site.close()
    with pytest.raises(ValueError, match="not a range"):
        at_once(site.provider.events(last, first))  # type: ignore[arg-type] # nothing is asked
    return told, counted


def test_what_fails_in_the_network_is_a_defect_of_the_simulator_and_ends_the_run() -> None:
    loop = VirtualLoop(NOON, Random(1), lambda _: None)

    def fails() -> None:
        raise ZeroDivisionError("the world is broken")

    async def waits() -> None:
        loop.call_later(1.0, fails)
        await loop.create_future()

    loop.set_exception_handler(lambda *_: None)
    with pytest.raises(ZeroDivisionError, match="the world is broken"):
        loop.run_until_complete(waits())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.close()
