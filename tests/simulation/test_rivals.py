"""The failures that other tools were measured with, by name: nobody gets a mail twice, nobody is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from sandbox import Habits
from sandbox.world.chance import chance
from sandbox.world.mail import EventKind, MailEvent
from simulation import facts
from simulation.daemon import Daemon
from simulation.kinds import Kind
from simulation.people import SEATS, one_person
from simulation.profiles import NONE
from simulation.settings import some_campaign, with_caps
from simulation.site import Site, first_instant, open_site, started, tables_of

TUESDAY = date(2026, 11, 17)
QUIET = Habits(
    hard_bounce=0, invalid=0, soft_bounce=0, blocked=0, error=0, deferred_first=0, scanners=0, opens=0, proxy_opens=0,
    clicks=0, replies=0, out_of_office=0, unsubscribes=0, complaints=0,
)  # fmt: skip
Story = Callable[[Site, Daemon], Awaitable[None]]


def told(people: int, story: Story) -> Site:
    """Let a story happen to people in Berlin on a Tuesday morning; everything else works."""
    caps = {"per_hour": 2_000, "per_day": 2_000, "per_company_per_day": 2, "ramp": (), "company_minutes": 0}
    campaign = with_caps(some_campaign(chance(3, "campaign"), starts=TUESDAY, numbered=3, kind=Kind.ORDINARY), caps)
    site = open_site(
        3, campaign=campaign, profile=NONE, loop_start=first_instant(TUESDAY), habits=QUIET
    )  # fmt: skip
    stream = chance(3, "people")
    leads = [one_person(stream, f"Harbour {n}", f"harbour{n}.com", SEATS[0], 0) for n in range(people)]
    fine = [
        one for one in leads if one.fields["Email"].strip().lower() == one.address and "unrelated" not in one.address
    ]

    async def run() -> None:
        started(site, faults="a rival's")
        site.add(fine)
        daemon = Daemon(site)
        await site.clock.sleep(9.5 * 3_600)
        daemon.start("intake")
        await daemon.idle()
        await story(site, daemon)
        site.ledger.verify()

    with asyncio.Runner(loop_factory=lambda: site.loop) as runner:
        runner.run(run())
    return site


async def again_and_again(daemon: Daemon, *, runs: int = 3) -> None:
    """The schedule fires again, and again, and what came back is read."""
    for _ in range(runs):
        await daemon.site.clock.sleep(900)
        daemon.start("outreach")
        await daemon.idle()
    await daemon.site.clock.sleep(3_600)
    daemon.start("engagement")
    await daemon.idle()


def doubled_and_lost(site: Site) -> tuple[int, int]:
    """People with two mails, and people who were approved and got none although nothing says so."""
    taken = Counter(fact.address for fact in site.recorder.history.of(facts.ProviderAccepted))
    approved = {fact.address for fact in site.recorder.history.of(facts.Approved)}
    rows = tables_of(site).execute("SELECT address FROM send WHERE state NOT IN ('accepted', 'presumed', 'unknown')")
    explained = {str(address) for (address,) in rows}
    return sum(1 for count in taken.values() if count > 1), len(approved - set(taken) - explained)


def die_after(site: Site, daemon: Daemon, acceptances: int) -> None:
    """The process dies right after the provider took that many mails, before it hears of the last."""
    taken = 0

    def watch(event: MailEvent) -> None:
        nonlocal taken
        taken += event.kind is EventKind.REQUESTS
        if taken == acceptances and event.kind is EventKind.REQUESTS:
            daemon.power_cut("right after an acceptance")

    site.world.listeners.append(watch)


@pytest.mark.rule("A7")
def test_killed_right_after_an_acceptance() -> None:
    """A workflow builder and a plain script send that mail again, every time."""

    async def story(site: Site, daemon: Daemon) -> None:
        for nth in (1, 3, 2):
            die_after(site, daemon, nth)
            daemon.start("outreach")
            await daemon.idle()
            await site.clock.sleep(900)
        await again_and_again(daemon)

    site = told(20, story)
    assert doubled_and_lost(site) == (0, 0)
    assert len(site.world.provider.mails) >= 15
    site.close()


@pytest.mark.slow
@pytest.mark.rule("A7")
def test_a_batch_of_500_killed_in_its_send_phase() -> None:
    """A builder that runs each node over all items doubles all 500; nothing of it was written down."""

    async def story(site: Site, daemon: Daemon) -> None:
        die_after(site, daemon, 250)
        daemon.start("outreach")
        await daemon.idle()
        await again_and_again(daemon)

    site = told(540, story)
    assert doubled_and_lost(site) == (0, 0)
    assert len(site.world.provider.mails) >= 490
    site.close()


@pytest.mark.rule("A7")
def test_airtable_refuses_the_write_back_and_the_schedule_fires_again() -> None:
    """The sixth write of a burst gets 429; elsewhere the run ends there and 100 people get 370 mails."""

    async def story(site: Site, daemon: Daemon) -> None:
        for _ in range(5):
            site.world.faults.arm("airtable.rate_limited")
            daemon.start("outreach")
            await daemon.idle()
            daemon.start("mirror")
            await daemon.idle()
            site.world.faults.disarm()
            await site.clock.sleep(40)
        await again_and_again(daemon, runs=1)
        daemon.start("mirror")
        await daemon.idle()

    site = told(100, story)
    assert doubled_and_lost(site) == (0, 0)
    assert len(site.world.provider.mails) >= 90
    shown = tables_of(site).execute("SELECT count(*) FROM mirrored").fetchone()[0]
    assert shown >= 90
    site.close()
