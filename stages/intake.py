"""From Airtable into the ledger: what is new or changed, or the whole view (rules A8, B7, B25).

What must hold: a partial listing never makes a record look gone, and a renamed field stops the stage with its name.
"""

from dataclasses import dataclass
from datetime import timedelta

from resources.airtable.gateway import LeadBase
from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.ledger.records import Received
from rules.airtable_fields import OPERATOR_OWNED, Airtable
from rules.campaign import Campaign
from rules.failures import FailureKind, ServiceFailure
from stages.days import day_of
from stages.rereading import withdraw_flagged
from stages.waking import something_changed

READ_STAMP = "airtable.read"
FULL_STAMP = "airtable.read_fully"
OVERLAP = timedelta(minutes=10)
"""Records that changed shortly before the last look are looked at again: the base's clock is not ours."""

FULL_EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What an intake did, and how it looked."""

    received: Received
    listed: int
    full: bool


async def receive_records(
    base: LeadBase,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    full: bool = False,
) -> IntakeReport:
    """Read new and changed records; the whole view when it is due or asked for.

    Raises:
        ServiceFailure: ``SYSTEMIC`` where a mapped field or the view is missing; whatever the listing raised.
    """
    now = clock.now()
    last, last_full = ledger.flags.stamped(READ_STAMP), ledger.flags.stamped(FULL_STAMP)
    full = full or last is None or last_full is None or now - last_full[0] >= FULL_EVERY
    if full:
        await check_shape(base, campaign.airtable)
    names = {name: getattr(campaign.airtable.fields, name) for name in OPERATOR_OWNED}
    records = await base.records(
        changed_since=None if full or last is None else last[0] - OVERLAP,
        view=campaign.airtable.view,
        fields=tuple(names.values()),
    )
    received = ledger.records.receive(
        [(record.record_id, record.fields) for record in records],
        now=now,
        day=day_of(now, campaign.zone),
        complete=full,
        barred={record.record_id for record in records if record.fields.get(names["do_not_contact"])},
    )
    withdraw_flagged(records, ledger=ledger, campaign=campaign, now=now)
    if received.days:
        something_changed(ledger, now=now)
    detail = f"{len(records)} listed, {received.new} new, {received.changed} changed, {received.gone} gone"
    ledger.flags.stamp(READ_STAMP, at=now, detail=detail)
    if full:
        ledger.flags.stamp(FULL_STAMP, at=now, detail=detail)
    return IntakeReport(received, len(records), full)


async def check_shape(base: LeadBase, settings: Airtable) -> None:
    """Hold the table against the mapping of the configuration.

    Raises:
        ServiceFailure: ``SYSTEMIC``, naming each missing field with its mapping key, or the missing view.
    """
    shape = await base.shape()
    missing = [
        f"{getattr(settings.fields, key)!r} (airtable.fields.{key})"
        for key in type(settings.fields).model_fields
        if getattr(settings.fields, key) not in shape.fields
    ]
    if missing:
        raise ServiceFailure.of(
            FailureKind.SYSTEMIC, "airtable", "missing_field",
            f"table {shape.table!r} has no field {', '.join(missing)}; rename it back in the base, or write its new "
            "name under [airtable.fields] in campaign.toml",
        )  # fmt: skip
    if settings.view not in shape.views:
        raise ServiceFailure.of(
            FailureKind.SYSTEMIC, "airtable", "missing_view",
            f"table {shape.table!r} has no view {settings.view!r} (airtable.view); it has {', '.join(shape.views)}",
        )  # fmt: skip
