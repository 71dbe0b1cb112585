"""The asset of provider events: read in bulk, merged into the ledger, judged, projected for a day or a range."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from outbound_assets import tables
from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.outreach import sends
from outbound_assets.projecting import project, project_also, project_range, tally
from outbound_assets.table_asset import table_asset
from resources.clock.gateway import Clock
from resources.clock.resource import ClockResource
from resources.ledger.changes import changed_days
from resources.ledger.ledger import Ledger
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.warehouse.resource import WarehouseResource
from stages.classifying import begin_trust, event_frame, events_between, months
from stages.comparing import compare, comparison_table
from stages.days import day_of
from stages.engagement import pull_events, read_range
from stages.posted_events import drain_posts, watch_posts
from stages.waking import something_changed

PROJECTED = "projected."


class EventsConfig(dg.Config):
    """How events are read.

    Attributes:
        reread: Also ask the provider again about every day of this run: a year is some dozen listings. For a ledger
            that lacks events; without it, past days are read from the ledger alone.
    """

    reread: bool = False


def since(book: Ledger, asset: str) -> datetime:
    """When an asset last looked for changed days."""
    stamp = book.flags.stamped(f"{PROJECTED}{asset}")
    return datetime(2000, 1, 1, tzinfo=UTC) if stamp is None else stamp[0]


@table_asset(tables.EVENTS, group="engagement", kinds={"brevo", "duckdb"}, deps=[sends], version="2", ranges=True)
async def engagement_events(
    context: dg.AssetExecutionContext,
    config: EventsConfig,
    desk: CampaignResource,
    clock: ClockResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    mail_provider: MailProviderResource,
) -> dg.MaterializeResult[Any]:
    """What the provider says became of the mails: bulk queries, keyed by content, joined to the sends, judged.

    Any range of past days may be backfilled in one run: it reads the ledger, month by month, and asks nobody.
    """
    campaign, time, store = desk.campaign(), clock.clock(), warehouse.store()
    days, today = sorted(context.partition_keys), day_of(time.now(), campaign.zone)
    metadata: dict[str, Any] = {}
    with ledger.open() as book:
        begin_trust(book, now=time.now())
        if config.reread:
            async with mail_provider.open() as provider:
                first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1]) + timedelta(days=1)
                applied, deferred = await read_range(
                    provider, first - timedelta(days=1), last,
                    ledger=book, campaign=campaign, clock=time, pepper=desk.secret(),
                )  # fmt: skip
            metadata |= {
                "reread": applied.told,
                "reread_new": applied.new,
                "reread_requests": sum(provider.calls().values()),
            }
            if deferred:
                metadata["deferred"] = deferred
        if today in days:
            async with mail_provider.open() as provider:
                metadata |= await _listen(provider, book, desk, time)
            asked = time.now()
            changed = changed_days(book.transactions, since(book, "engagement_events")).events
            others = [other for other in changed if other not in days and other >= campaign.starts.isoformat()]
            project_also(context, store, tables.EVENTS, others, make=lambda other: event_frame(book, other))
            book.flags.stamp(f"{PROJECTED}engagement_events", at=asked)
        if len(days) == 1:
            frame = event_frame(book, days[0])
            return project(
                context,
                store,
                tables.EVENTS,
                frame,
                partition=days[0],
                metadata=metadata | _numbers(frame) | {"kinds": tally(frame, "kind", "label")},
            )

        def frames() -> Iterator[tuple[str, str, pl.DataFrame]]:
            for first, last in months(days[0], days[-1]):
                yield first, last, events_between(book, first, last)

        return project_range(context, store, tables.EVENTS, frames(), metadata=metadata)


async def _listen(provider: Any, book: Ledger, desk: CampaignResource, time: Clock) -> dict[str, Any]:
    """Apply what was posted, then what the provider tells."""
    campaign, pepper = desk.campaign(), desk.secret()
    posted = drain_posts(ledger=book, campaign=campaign, clock=time, pepper=pepper)
    report = await pull_events(provider, ledger=book, campaign=campaign, clock=time, pepper=pepper)
    if report.new or report.suppressed or posted.applied.new:
        something_changed(book, now=time.now())
    alarms = watch_posts(book, clock=time)
    told: dict[str, Any] = {
        "read": report.read, "new": report.new, "suppressed": report.suppressed, "unknown_looked_up": report.looked_up,
        "requests": report.requests, "posted_bodies": posted.bodies, "posted_parked": posted.parked,
        "posted_new": posted.applied.new, "alarms": len(alarms),
    }  # fmt: skip
    return told | ({"deferred": report.deferred} if report.deferred else {})


def _numbers(frame: pl.DataFrame) -> dict[str, Any]:
    """Counts of a day, each a plot over the days; and the two versions side by side while there are two."""
    kinds = dict(frame.group_by("kind").len().sort("kind").iter_rows())
    labels = dict(frame.drop_nulls("label").group_by("label").len().sort("label").iter_rows())
    told: dict[str, Any] = {f"kind_{kind}": count for kind, count in kinds.items()}
    told |= {f"label_{label}": count for label, count in labels.items()}
    told["parked"] = frame.filter(pl.col("parked")).height
    if frame["candidate"].drop_nulls().len():
        told["classifier"] = dg.MetadataValue.md(comparison_table(compare(frame)))
    return told
