"""The books held against each other mail by mail: ledger, provider, warehouse, Airtable (invariant I10, rule B6).

What must hold: what differs is named by opaque keys, never by an address; a difference at the provider stops the next
sends until it is gone or a person has explained it; the others are copies, and are only told.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from resources.airtable.gateway import LeadBase
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from stages.days import day_of
from stages.engagement import EVENTS_STAMP

SETTLED = timedelta(hours=26)
"""Younger mails are not compared: events come late, and the copies are written by the hour."""
DAYS_BACK = 7
SEEN = ("reconciliation_items", "seen")

ITEM_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "store": pl.String, "verdict": pl.String, "day": pl.String, "send_key": pl.String, "message_id": pl.String,
    "lead_id": pl.String, "seen_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One mail on which two books differ.

    Attributes:
        store: ``provider``, ``warehouse`` or ``airtable``: what the ledger is held against.
        verdict: ``missing`` (only the ledger has it), ``orphan`` (only the other has it), or ``differs``.
    """

    store: str
    verdict: str
    day: str
    send_key: str | None
    message_id: str | None
    lead_id: str | None

    @property
    def key(self) -> str:
        """What makes two sightings the same."""
        return f"{self.store}.{self.verdict}.{self.send_key or self.message_id}"


def match_provider(ledger: Ledger, campaign: Campaign, *, now: datetime) -> Iterator[Item]:
    """Accepted mails that no event ever named, and mails the provider took that the ledger does not know."""
    heard = ledger.flags.stamped(EVENTS_STAMP)
    if heard is None:
        return
    end = min(now, heard[0]) - SETTLED
    start = now - timedelta(days=DAYS_BACK)
    for row in ledger.questions.accepted_unheard(start, end):
        day = day_of(row["intent_at"], campaign.zone)
        yield Item("provider", "missing", day, row["send_key"], row["message_id"], row["lead_id"])
    for row in ledger.questions.requests_unknown(start, end):
        if row["send_key"] is None or row["send_key"].startswith(f"{campaign.id}."):
            day = day_of(row["at"], campaign.zone)
            yield Item("provider", "orphan", day, row["send_key"], row["message_id"], None)


def match_warehouse(sends: pl.DataFrame, ledger: Ledger, campaign: Campaign, *, now: datetime) -> Iterator[Item]:
    """Accepted mails of the `sends` table against the ledger's.

    Args:
        sends: The table's last days: ``day``, ``send_key``, ``state``, ``message_id``, ``lead_id``.
        ledger: The truth.
        campaign: The operator's zone.
        now: The moment.
    """
    rows = ledger.questions.accepted_rows(now - timedelta(days=DAYS_BACK), now - SETTLED)
    ours = {row["send_key"]: row for row in rows}
    theirs = {row["send_key"]: row for row in sends.iter_rows(named=True) if row["state"] == "accepted"}
    for key, row in ours.items():
        day = day_of(row["intent_at"], campaign.zone)
        if key not in theirs:
            yield Item("warehouse", "missing", day, key, row["message_id"], row["lead_id"])
        elif theirs[key]["message_id"] != row["message_id"]:
            yield Item("warehouse", "differs", day, key, row["message_id"], row["lead_id"])
    known = ledger.sends.written(list(theirs))
    for key, row in theirs.items():
        if key not in known:
            yield Item("warehouse", "orphan", str(row["day"]), key, row["message_id"], row["lead_id"])


async def match_mirror(base: LeadBase, ledger: Ledger, campaign: Campaign, *, now: datetime) -> Sequence[Item]:
    """The message id in each mailed lead's record against the last mail; one request per hundred people of a week."""
    name = campaign.airtable.fields.message_id
    last: dict[str, tuple[datetime, str, str]] = {}
    for row in ledger.questions.accepted_rows(now - timedelta(days=DAYS_BACK), now):
        last[row["lead_id"]] = (row["intent_at"], row["send_key"], row["message_id"])
    settled = {lead: found for lead, found in last.items() if found[0] < now - SETTLED and lead.startswith("rec")}
    records = await base.records(view=campaign.airtable.view, fields=(name,), record_ids=list(settled))
    items = []
    for record in records:
        at, send_key, message_id = settled[record.record_id]
        if record.fields.get(name) != message_id:
            day = day_of(at, campaign.zone)
            items.append(Item("airtable", "differs", day, send_key, message_id, record.record_id))
    return items


def judge(items: Sequence[Item], *, ledger: Ledger, now: datetime) -> pl.DataFrame:
    """Remember when each difference was first seen, and stop sending for one at the provider that nobody explained.

    Returns:
        Rows of the `reconciliation_items` table.
    """
    kept = ledger.keepsakes.kept(*SEEN)
    before = json.loads(kept) if kept else {}
    seen = {item.key: before.get(item.key, now.isoformat()) for item in items}
    ledger.keepsakes.keep(*SEEN, json.dumps(seen, sort_keys=True).encode(), now=now)
    overruled = ledger.flags.stamped(f"overruled.{FlagName.IMBALANCE}")
    open_items = [
        item
        for item in items
        if item.store == "provider" and (overruled is None or overruled[0] < datetime.fromisoformat(seen[item.key]))
    ]
    if open_items:
        worst = open_items[0]
        named = worst.send_key or worst.message_id
        reason = (
            f"{len(open_items)} mails stand in one book only, first {named} of {worst.day} ({worst.verdict} at the "
            "provider); see `outbound reconcile`, then `outbound resume` once it is explained"
        )
        ledger.flags.raise_flag(FlagName.IMBALANCE, reason=reason, actor="reconciliation", now=now)
    rows = [
        {
            "store": item.store, "verdict": item.verdict, "day": item.day, "send_key": item.send_key,
            "message_id": item.message_id, "lead_id": item.lead_id,
            "seen_at": datetime.fromisoformat(seen[item.key]),
        }
        for item in items
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=ITEM_SCHEMA)


def first_day(now: datetime, campaign: Campaign) -> date:
    """The first day of the `sends` table that is compared: a mail may be planned days before it goes out."""
    return now.astimezone(campaign.zone).date() - timedelta(days=DAYS_BACK + 4)
