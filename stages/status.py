"""Where every lead stands: a fold over the facts, never a source of them (rule B6)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from resources.ledger.ledger import Ledger

STATUS_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "lead_id": pl.String, "status": pl.String, "step": pl.String, "variant": pl.String, "verdict": pl.String,
    "verdict_reason": pl.String, "next_action": pl.String, "next_action_at": pl.Datetime("us", "UTC"),
    "last_event": pl.String, "last_event_at": pl.Datetime("us", "UTC"), "last_sent_at": pl.Datetime("us", "UTC"),
    "message_id": pl.String, "sent_steps": pl.Int64, "cost_usd": pl.Float64, "in_view": pl.Boolean,
}  # fmt: skip

BY_REPLY = {
    "positive": "replied", "neutral": "replied", "refusal": "refused", "unsubscribe": "unsubscribed",
    "wrong_person": "wrong person", "bounce": "bounced",
}  # fmt: skip
BY_EVENT = {"hard_bounce": "bounced", "invalid": "bounced", "complaint": "complained", "unsubscribed": "unsubscribed"}
BY_STEP = {"opener": "contacted", "bump": "bumped", "breakup": "closed"}


def fold_status(leads: pl.DataFrame, plan: pl.DataFrame, *, ledger: Ledger) -> pl.DataFrame:
    """One row per lead.

    Args:
        leads: The `leads` table joined with ``verdict`` and ``verdict_reason``.
        plan: The newest plan.
        ledger: Sends, events, replies, costs.
    """
    sends = ledger.questions.counted_by_lead()
    events = ledger.questions.events_by_message()
    replies = ledger.questions.replies_by_lead()
    costs = ledger.work.spent_by_lead()
    planned = {row["lead_id"]: row for row in plan.iter_rows(named=True)}
    rows = [
        _row(
            lead, sends.get(lead["lead_id"], []), events, replies.get(lead["lead_id"], []),
            planned=planned.get(lead["lead_id"]), cost=costs.get(lead["lead_id"], 0.0),
        )
        for lead in leads.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=STATUS_SCHEMA)


def _row(
    lead: Mapping[str, Any],
    sends: list[dict[str, Any]],
    events: Mapping[str, list[tuple[datetime, str]]],
    replies: list[dict[str, Any]],
    *,
    planned: Mapping[str, Any] | None,
    cost: float,
) -> dict[str, Any]:
    last = sends[-1] if sends else None
    mine = sorted(event for item in sends for event in events.get(item["message_id"] or "", ()))
    mine += [(item["sent_at"], f"reply: {item['class'].replace('_', ' ')}") for item in replies]
    mine.sort()
    return {
        "lead_id": lead["lead_id"],
        "status": _status(lead, last, mine, replies),
        "step": last["step"] if last else None,
        "variant": last["variant"] if last else None,
        "verdict": lead["verdict"],
        "verdict_reason": lead["verdict_reason"] or lead["reason"],
        "next_action": None if planned is None else f"{planned['step']}: {planned['standing']} ({planned['reason']})",
        "next_action_at": None if planned is None else planned["opens_at"],
        "last_event": mine[-1][1] if mine else None,
        "last_event_at": mine[-1][0] if mine else None,
        "last_sent_at": last["intent_at"] if last else None,
        "message_id": last["message_id"] if last else None,
        "sent_steps": len(sends),
        "cost_usd": round(cost, 6),
        "in_view": lead["in_view"],
    }


def _status(
    lead: Mapping[str, Any],
    last: Mapping[str, Any] | None,
    events: list[tuple[datetime, str]],
    replies: list[dict[str, Any]],
) -> str:
    for item in replies:
        if item["class"] in BY_REPLY:
            return BY_REPLY[item["class"]]
    for _, kind in events:
        if kind in BY_EVENT:
            return BY_EVENT[kind]
    if last is not None:
        if last["state"] in ("unknown", "presumed"):
            return "unknown"
        return BY_STEP.get(last["step"], "contacted")
    if lead["status"] != "accepted":
        return "rejected"
    if lead["do_not_contact"]:
        return "do not contact"
    return {"match": "verified", None: "new", "pending": "new"}.get(lead["verdict"], str(lead["verdict"]))
