"""The tables of work: outcomes of items, their failures, the answers that were paid for, the money held for calls.

What must hold: `done` has a value and every other outcome a reason; one attempt at a question is paid for once.
"""

from sqlalchemy import CheckConstraint, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from resources.ledger.column_types import Moment, Words, metadata


def _question() -> tuple[Column[str], ...]:
    """What a row is about: a stage, one of its items, and the hash of what went in."""
    return (
        Column("stage", String(30), nullable=False),
        Column("item", String(160), nullable=False),
        Column("input_hash", String(32), nullable=False),
    )


work = Table(
    "work",
    metadata,
    Column("stage", String(30), primary_key=True),
    Column("item", String(160), primary_key=True),
    Column("input_hash", String(32), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("lead_id", String(40)),
    Column("state", String(10), nullable=False),
    Column("reason", Words),
    Column("until", Moment),
    Column("value", Text),
    Column("cost_usd", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("state <> 'done' OR (value IS NOT NULL AND length(value) > 2)", name="done_has_value"),
    CheckConstraint("state = 'done' OR (reason IS NOT NULL AND length(trim(reason)) > 0)", name="others_have_reason"),
    Index("work_day", "stage", "day"),
    Index("work_lead", "lead_id"),
    Index("work_at", "at"),
)

work_error = Table(
    "work_error",
    metadata,
    Column("id", Integer, primary_key=True),
    *_question(),
    Column("at", Moment, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("message", Words, nullable=False),
    Index("work_error_item", "stage", "item"),
)

paid_call = Table(
    "paid_call",
    metadata,
    Column("id", Integer, primary_key=True),
    *_question(),
    Column("attempt", Integer, nullable=False),
    Column("day", String(10), nullable=False),
    Column("lead_id", String(40)),
    Column("model", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Column("finish", String(10), nullable=False),
    Column("raw", Words, nullable=False),
    Column("text", Words),
    Column("sources", Text, nullable=False),
    Column("detail", Words),
    Column("input_tokens", Integer, nullable=False),
    Column("cached_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("searches", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("service", String(20)),
    Column("version", String(60)),
    Column("run", String(60)),
    Column("question", Words),
    UniqueConstraint("stage", "item", "input_hash", "attempt", name="paid_once"),
    Index("paid_call_day", "day"),
    Index("paid_call_lead", "lead_id"),
    Index("paid_call_run", "run"),
)

reservation = Table(
    "reservation",
    metadata,
    Column("id", Integer, primary_key=True),
    *_question(),
    Column("attempt", Integer, nullable=False),
    Column("day", String(10), nullable=False),
    Column("run", String(60), nullable=False),
    Column("lead_id", String(40)),
    Column("expected_usd", Float, nullable=False),
    Column("state", String(10), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Index("reservation_question", "stage", "item"),
    Index("reservation_day", "day"),
)
