"""The ledger and the warehouse: durable, whole, ours, and in agreement."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final

from resources.ledger.ledger import Ledger
from resources.ledger.transactions import LedgerError
from stages.days import day_of
from stages.doctor.findings import Finding, fail, ok, warn
from stages.doctor.practice import Practice

OPEN: Final = "look at the path or OUTBOUND_LEDGER_URL; a damaged ledger is restored as docs/how-to/restore.md says"
WAREHOUSE: Final = "delete the file and backfill every asset: it is a projection and costs nothing to make again"
COMPARED_DAYS: Final = 7


async def ledger(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the ledger."""
    now = practice.clock.now()
    with practice.ledger() as book:
        yield ok("ledger.durable", "a commit that returned has reached the disk")
        damage = book.damage(deep=practice.deep)
        if damage:
            yield fail("ledger.whole", damage, OPEN)
        else:
            yield ok("ledger.whole", "the database is whole")
        if practice.deep:
            yield _chain(book)
        closed = book.gate(now=now)
        if closed:
            yield fail("ledger.gate", closed, "read docs/how-to/restore.md, then `outbound reconcile --adopt`")
        else:
            yield ok("ledger.gate", "the ledger is this campaign's and this machine's")
        stops = [flag for flag in book.flags.raised() if flag.name != "gate"]
        if stops:
            told = "; ".join(f"{flag.name}: {flag.reason}" for flag in stops)
            yield warn("ledger.switches", f"switched off: {told}", "mend the reason, then `outbound resume`")
        else:
            yield ok("ledger.switches", "nothing stands against sending")


def _chain(book: Ledger) -> Finding:
    try:
        entries = book.verify()
    except LedgerError as error:
        return fail("ledger.chain", str(error), OPEN)
    return ok("ledger.chain", f"the chain over {entries} journal entries is whole")


async def warehouse(practice: Practice) -> AsyncGenerator[Finding, None]:
    """One line on the projection: does it say what the ledger says of the last week's mails?"""
    zone, now = practice.campaign.zone, practice.clock.now()
    days = [day_of(now - timedelta(days=back), zone) for back in range(1, COMPARED_DAYS + 1)]
    there = practice.warehouse(days)
    with practice.ledger() as book:
        here = {day: sum(1 for row in book.sends.of_day(day) if row["kind"] == "outreach") for day in days}
    differing = sorted(day for day in days if there.get(day, 0) != here[day])
    if differing:
        told = ", ".join(f"{day} ({there.get(day, 0)} for {here[day]})" for day in differing[-3:])
        fix = "backfill `sends` over these days; nothing is sent by that"
        yield warn("warehouse.agrees", f"mails in the warehouse differ from the ledger's on {told}", fix)
    else:
        yield ok("warehouse.agrees", f"the warehouse opens and says what the ledger says of the last {len(days)} days")
