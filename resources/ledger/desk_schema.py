"""The operator's side of the ledger: alerts and notes, and what was asked for in the chat.

What must hold: `resources.ledger.schema` knows every table here, so that a ledger is made with all of them.
"""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from resources.ledger.column_types import Moment, Words, metadata

alert = Table(
    "alert",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("severity", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("what", Words, nullable=False),
    Column("means", Words, nullable=False),
    Column("fix", Words, nullable=False),
    Column("look", Words, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("told_state", String(10)),
    Column("told_at", Moment),
    Column("told_times", Integer),
)

note = Table(
    "note",
    metadata,
    Column("note_key", String(80), primary_key=True),
    Column("text", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("said_at", Moment),
)

wanted_run = Table(
    "wanted_run",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

question_asked = Table(
    "question_asked",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("action", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("answered_at", Moment),
)
