"""The ledger's tables: what was sent, and every raw fact it was told; those of work and of the desk stand beside it.

What must hold: a mail with an empty subject or text cannot be stored (rule A4), and no two sends share campaign, step
and address (invariant I1). Times are UTC text of fixed width, so that order and equality are the same on both engines.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from resources.ledger.column_types import Moment as Moment
from resources.ledger.column_types import Words as Words
from resources.ledger.column_types import metadata as metadata
from resources.ledger.column_types import moment_text as moment_text
from resources.ledger.desk_schema import alert as alert
from resources.ledger.desk_schema import note as note
from resources.ledger.desk_schema import question_asked as question_asked
from resources.ledger.desk_schema import wanted_run as wanted_run
from resources.ledger.work_schema import paid_call as paid_call
from resources.ledger.work_schema import reservation as reservation
from resources.ledger.work_schema import work as work
from resources.ledger.work_schema import work_error as work_error

SCHEMA_VERSION = "4"
"""Raised once for a release that changes a table; `resources.ledger.migrating` adds what an older ledger lacks."""

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("lead_id", String(40)),
    Column("actor", String(60), nullable=False),
    Column("detail", Words, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("journal_subject", "subject"),
    Index("journal_lead", "lead_id"),
    Index("journal_kind", "kind", "at"),
)

record = Table(
    "record",
    metadata,
    Column("record_id", String(40), primary_key=True),
    Column("intake_day", String(10), nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", String(32), nullable=False),
    Column("in_view", Integer, nullable=False),
    Column("gone_at", Moment),
    Column("barred", Integer),
    Column("erased_at", Moment),
    Index("record_day", "intake_day"),
)

record_version = Table(
    "record_version",
    metadata,
    Column("record_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content_hash", String(32), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("fields", Text, nullable=False),
    Index("record_version_received", "received_at"),
)

send = Table(
    "send",
    metadata,
    Column("send_key", String(120), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("campaign", String(60), nullable=False),
    Column("step", String(20), nullable=False),
    Column("address", String(320), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("lead_id", String(40), nullable=False),
    Column("company_key", String(120), nullable=False),
    Column("to_name", String(200), nullable=False),
    Column("variant", String(41), nullable=False),
    Column("allocation", Text),
    Column("day", String(10), nullable=False),
    Column("places", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("in_reply_to", String(200)),
    Column("state", String(10), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("holder", String(120)),
    Column("lease_until", Moment),
    Column("not_before", Moment, nullable=False),
    Column("ready_at", Moment, nullable=False),
    Column("intent_at", Moment),
    Column("intent_day", String(10)),
    Column("settled_at", Moment),
    Column("message_id", String(200)),
    Column("reason", Words),
    Column("checks", Integer, nullable=False),
    Column("next_check_at", Moment),
    Column("prompt", String(60)),
    UniqueConstraint("campaign", "step", "address", name="one_send_per_person_and_step"),
    CheckConstraint("length(trim(subject)) > 0 AND length(trim(body)) > 0", name="a_mail_is_whole"),
    CheckConstraint("state <> 'accepted' OR message_id IS NOT NULL", name="accepted_has_message_id"),
    Index("send_state", "state", "not_before"),
    Index("send_intent", "intent_at"),
    Index("send_counted", "state", "intent_at", "kind"),
    Index("send_company", "company_key", "intent_day"),
    Index("send_day", "day"),
    Index("send_counted_day", "intent_day", "kind", "state"),
    Index("send_named", "message_id", "state", "send_key"),
    Index("send_lead", "lead_id"),
    Index("send_address", "address_hash"),
    Index("send_settled", "settled_at"),
    Index("send_ready", "ready_at"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("key", String(120), nullable=False),
    Column("reason", String(30), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment),
    Column("source", String(60), nullable=False),
    Column("evidence", Words, nullable=False),
    Column("lifted_at", Moment),
    UniqueConstraint("kind", "key", "reason", "source", "evidence", name="one_suppression_per_fact"),
    Index("suppression_key", "key"),
)

provider_event = Table(
    "provider_event",
    metadata,
    Column("event_key", String(32), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("message_id", String(200), nullable=False),
    Column("send_key", String(120)),
    Column("address_hash", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("reason", Words),
    Column("link", Words),
    Column("raw", Words, nullable=False),
    Column("source", String(10)),
    Column("agent", Words),
    Column("tag", String(120)),
    Index("provider_event_day", "day"),
    Index("provider_event_message", "message_id"),
    # Keys of sends are scattered, and so would be the pages that each listing dirties: only the few are indexed that no
    # message id leads to.
    Index("provider_event_tag", "tag", sqlite_where=text("tag IS NOT NULL"), postgresql_where=text("tag IS NOT NULL")),
    Index("provider_event_received", "received_at"),
)

reply = Table(
    "reply",
    metadata,
    Column("reply_key", String(64), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("uid", String(60), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("send_key", String(120)),
    Column("lead_id", String(40)),
    Column("joined_by", String(20), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("class", String(20), nullable=False),
    Column("class_reason", Words, nullable=False),
    Column("resume_on", String(10)),
    Column("excerpt", Words, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("rule_version", String(20), nullable=False),
    Column("certain", Integer),
    Column("about", String(20)),
    Index("reply_day", "day"),
    Index("reply_lead", "lead_id"),
    Index("reply_received", "received_at"),
    Index("reply_uid", "uid"),
    Index("reply_send", "send_key"),
)

flag = Table(
    "flag",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("reason", Words, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("at", Moment, nullable=False),
)

stamp = Table(
    "stamp",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("detail", Words, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("asset", String(40), primary_key=True),
    Column("partition", String(40), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

mirrored = Table(
    "mirrored",
    metadata,
    Column("record_id", String(40), primary_key=True),
    Column("content_hash", String(32), nullable=False),
    Column("at", Moment, nullable=False),
)

bot_update = Table(
    "bot_update",
    metadata,
    Column("update_id", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("handled", Words, nullable=False),
)

tally = Table(
    "tally",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("ours", Integer, nullable=False),
    Column("provider", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("verdict", String(20), nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(30), nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False),
    Column("settled_at", Moment),
    Column("reason", Words),
    UniqueConstraint("source", "body_hash", name="one_inbox_row_per_body"),
    Index("inbox_state", "source", "state"),
)

approval = Table(
    "approval",
    metadata,
    Column("send_key", String(120), primary_key=True),
    Column("code", String(8), nullable=False),
    Column("state", String(10), nullable=False),
    Column("lead_id", String(40), nullable=False),
    Column("step", String(20), nullable=False),
    Column("day", String(10), nullable=False),
    Column("prompt", String(60), nullable=False),
    Column("held_because", Words, nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("subject", Text, nullable=False),
    Column("written", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("first_hash", String(64), nullable=False),
    Column("prepared", Text, nullable=False),
    Column("grounds", Words, nullable=False),
    Column("decided_at", Moment),
    Column("actor", String(60)),
    Column("reason", Words),
    CheckConstraint("length(trim(subject)) > 0 AND length(trim(written)) > 0", name="a_draft_is_whole"),
    Index("approval_state", "state"),
    Index("approval_prompt", "prompt", "state"),
    Index("approval_lead", "lead_id"),
)

api_call = Table(
    "api_call",
    metadata,
    Column("service", String(30), primary_key=True),
    Column("pool", String(30), primary_key=True),
    Column("hour", String(13), primary_key=True),
    Column("calls", Integer, nullable=False),
)
