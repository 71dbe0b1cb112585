"""The mirror in Airtable: machine-owned fields rewritten from the facts, only where they changed (design 3, rule B9).

What must hold: an operator-owned field is never written, and a lost mirror is rewritten whole at no other cost.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from resources.airtable.gateway import LeadBase, RecordChange
from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from rules.airtable_fields import MACHINE_OWNED
from rules.campaign import Campaign
from rules.hashing import content_hash
from stages.approving import cell_text, waiting

AUDIT_LIMIT = 20_000
"""Characters of audit text kept in the cell; Airtable allows 100,000. The ledger has all of it."""


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """Records that changed, were written and were refused, and the requests it took."""

    changed: int
    written: int
    rejected: Mapping[str, str]
    requests: int


async def write_mirror(
    base: LeadBase,
    status: pl.DataFrame,
    *,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
) -> MirrorReport:
    """Write what changed since it was last written.

    Args:
        base: The lead base.
        status: The `lead_status` table.
        ledger: The journal behind the audit text, and what was written last.
        campaign: Field names and the operator's zone.
        clock: The time.
    """
    known = ledger.keepsakes.mirror_hashes()
    stories = audit_texts(ledger, campaign)
    drafts = {held.send.lead_id: cell_text(held) for held in waiting(ledger)}
    changes: list[RecordChange] = []
    hashes: dict[str, str] = {}
    for row in status.iter_rows(named=True):
        if not row["in_view"]:
            continue
        fields = mirror_fields(row, stories.get(row["lead_id"], ""), campaign, draft=drafts.get(row["lead_id"]))
        digest = content_hash(fields)
        if known.get(row["lead_id"]) != digest:
            changes.append(RecordChange(row["lead_id"], fields))
            hashes[row["lead_id"]] = digest
    if not changes:
        return MirrorReport(0, 0, {}, 0)
    report = await base.update(changes)
    ledger.keepsakes.mirror_written({key: hashes[key] for key in report.written}, now=clock.now())
    return MirrorReport(len(changes), len(report.written), report.rejected, report.requests)


def mirror_fields(
    row: Mapping[str, Any], audit: str, campaign: Campaign, *, draft: str | None = None
) -> dict[str, Any]:
    """The machine-owned fields of a lead under the base's names; empty ones clear their cell."""
    ours: dict[str, Any] = {
        "status": row["status"],
        "step": row["step"],
        "variant": row["variant"],
        "verdict": row["verdict"],
        "verdict_reason": (row["verdict_reason"] or "")[:1000] or None,
        "next_action": row["next_action"],
        "next_action_at": _wire(row["next_action_at"]),
        "last_event": row["last_event"],
        "last_event_at": _wire(row["last_event_at"]),
        "last_sent_at": _wire(row["last_sent_at"]),
        "message_id": row["message_id"],
        "audit": audit or None,
        "cost_usd": round(row["cost_usd"], 4),
        "draft": draft,
    }
    assert set(ours) == set(MACHINE_OWNED), "the mirror writes the machine-owned fields and no others"
    return {getattr(campaign.airtable.fields, name): value for name, value in ours.items()}


def _wire(moment: Any) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


WORTH_TELLING = {
    "send.ready": "{step} written ({variant})",
    "send.accepted": "sent: {send}",
    "send.unknown": "nobody knows whether {send} went out: {reason}",
    "send.presumed": "{send} presumed sent",
    "send.rejected": "{send} was refused: {reason}",
    "send.cancelled": "{send} cancelled: {reason}",
    "reply": "answered: {label}",
    "suppressed": "not to be mailed: {reason}",
    "record.gone": "left the view",
    "verdict.done": "address judged",
    "drafts.rejected": "draft refused: {reason}",
    "draft.waiting": "{step} written, waits for approval: {reason}",
    "draft.approved": "{step} approved by {by}",
    "draft.edited": "{step} edited by {by}",
    "draft.rejected": "{step} refused by {by}: {reason}",
    "draft.withdrawn": "{step} withdrawn: {reason}",
}


def audit_texts(ledger: Ledger, campaign: Campaign) -> dict[str, str]:
    """Per lead, its story in lines of time and sentence, from the journal (rule A11)."""
    lines: dict[str, list[str]] = {}
    for row in ledger.questions.journal_of_kinds(list(WORTH_TELLING)):
        parts = row["subject"].split(".")
        known = {
            "by": row["actor"],
            "send": parts[1] if len(parts) > 1 else row["subject"],
            **{name: value for name, value in json.loads(row["detail"]).items() if value},
        }
        sentence = WORTH_TELLING[row["kind"]].format_map(_Lenient(known))
        lines.setdefault(row["lead_id"], []).append(f"{row['at'].astimezone(campaign.zone):%Y-%m-%d %H:%M} {sentence}")
    return {lead: "\n".join(text)[-AUDIT_LIMIT:] for lead, text in lines.items()}


class _Lenient(dict[str, Any]):
    """Formatting that shows what is missing instead of failing."""

    def __missing__(self, key: str) -> str:
        return f"({key} not recorded)"
