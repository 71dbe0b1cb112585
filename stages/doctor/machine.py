"""This machine: clock, time zones, disk, versions; and Dagster's instance."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final

from rules.failures import ServiceFailure
from stages.doctor.findings import Finding, fail, ok, warn
from stages.doctor.practice import Practice

SKEW_WARN, SKEW_FAIL = timedelta(seconds=10), timedelta(seconds=120)
"""A `Date` header is whole seconds and travels; two minutes put a mail outside a window."""
LITTLE_SPACE, NO_SPACE = 2_000_000_000, 200_000_000
OLDEST_PYTHON: Final = (3, 11, 0)
OLDEST_SQLITE: Final = (3, 35, 0)
OLDEST_ZONES: Final = "2026a"
HEARTBEAT: Final = timedelta(minutes=5)


async def machine(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on what everything stands on."""
    facts = practice.machine
    if facts.tz_release >= OLDEST_ZONES:
        yield ok("machine.zones", f"time zone data {facts.tz_release}")
    else:
        yield fail(
            "machine.zones", f"time zone data {facts.tz_release} is old", "`make setup` installs the pinned tzdata"
        )
    free = f"{facts.free_bytes / 1e9:.1f} GB are free beside the ledger"
    if facts.free_bytes < NO_SPACE:
        yield fail("machine.disk", free, "free some space: a ledger that cannot write stops everything")
    elif facts.free_bytes < LITTLE_SPACE:
        yield warn("machine.disk", free, "free some space, or move the home to a larger disk")
    else:
        yield ok("machine.disk", free)
    versions = f"Python {_dotted(facts.python)}, SQLite {_dotted(facts.sqlite)}"
    if facts.python < OLDEST_PYTHON or facts.sqlite < OLDEST_SQLITE:
        least = f"Python {_dotted(OLDEST_PYTHON)} and SQLite {_dotted(OLDEST_SQLITE)}"
        yield fail("machine.versions", versions, f"install {least} or newer")
    else:
        yield ok("machine.versions", versions)


async def clock(practice: Practice) -> AsyncGenerator[Finding, None]:
    """One line: our clock against those of the services."""
    off: dict[str, timedelta] = {}
    async with practice.web() as web:
        for service, address in practice.endpoints.items():
            try:
                seen = await web.glance(address)
            except ServiceFailure:
                continue  # a service that does not answer has lines of its own
            if seen.said_at is not None:
                off[service] = seen.said_at - practice.clock.now()
    if not off:
        yield warn("clock.skew", "no service told the time", "look at this machine's way to the internet")
        return
    middle = sorted(off.values(), key=abs)[len(off) // 2]  # one service with a wrong clock is not ours
    side = "behind" if middle > timedelta(0) else "ahead of"
    told = f"our clock is {abs(middle).total_seconds():.0f} s {side} the services'"
    fix = "set the clock by NTP (timedatectl set-ntp true)"
    if abs(middle) >= SKEW_FAIL:
        yield fail("clock.skew", told, fix)
    elif abs(middle) >= SKEW_WARN:
        yield warn("clock.skew", told, fix)
    else:
        yield ok("clock.skew", f"our clock agrees with {len(off)} services")


async def dagster(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on Dagster's storage and the daemon that starts runs."""
    facts = practice.orchestrator()
    if facts is None:
        return
    if facts.writable:
        yield fail("dagster.storage", f"Dagster's storage does not answer: {facts.writable}", "look at dagster.yaml")
        return
    yield ok("dagster.storage", f"Dagster's storage answers ({facts.storage})")
    silent = [name for name, at in facts.daemons.items() if at is None or facts.at - at > HEARTBEAT]
    if not silent:
        yield ok("dagster.daemon", f"{len(facts.daemons)} daemons beat")
        return
    told, fix = f"no heartbeat of {', '.join(sorted(silent))}: nothing runs by itself", "`outbound up` starts it"
    yield fail("dagster.daemon", told, fix) if facts.expected else warn("dagster.daemon", told, fix)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
