"""Forgetting a person: their words leave every table; what stays is the keyed hash that keeps them suppressed.

What must hold: the journal is not touched (it holds opaque ids, and its chain stays verifiable), and what happened is
still countable: rows stay, their words go.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, String, Table, Text, select, update

from resources.ledger.column_types import Words
from resources.ledger.schema import (
    approval,
    journal,
    journal_head,
    meta,
    metadata,
    paid_call,
    record,
    record_version,
    reply,
    send,
    snapshot,
    work,
    work_error,
)
from resources.ledger.transactions import LedgerError, Transactions
from rules.hashing import canonical
from rules.sending import SendState

ERASED: Final = "[erased]"
_WORDY: Final = frozenset({"subject", "body", "written", "grounds", "evidence", "reason", "text"})
"""Keys of a recorded outcome that hold words about a person."""
_KEPT: Final = frozenset({journal.name, journal_head.name, meta.name})


@dataclass(frozen=True, slots=True)
class Person:
    """Who is forgotten: the keyed hash of the address, the leads with it, and the words that name them anywhere."""

    address_hash: str
    lead_ids: tuple[str, ...]
    names: tuple[str, ...]


def erase_person(transactions: Transactions, person: Person, *, actor: str, now: datetime) -> dict[str, int]:
    """Forget a person in one transaction.

    Returns:
        Table to the number of rows whose words went.

    Raises:
        LedgerError: One of their mails is just being sent.
    """
    told: dict[str, int] = {}
    with transactions.write() as (connection, entries):
        mine = send.c.address_hash == person.address_hash
        moving = mine & send.c.state.in_((SendState.CLAIMED, SendState.SENDING))
        if connection.execute(select(send.c.send_key).where(moving)).first():
            raise LedgerError("a mail to this person is being sent right now; erase again in five minutes")
        leads = list(person.lead_ids)
        gone = {"address": f"erased:{person.address_hash[:40]}", "to_name": ERASED, "subject": ERASED, "body": ERASED}
        told["send"] = connection.execute(update(send).where(mine).values(**gone)).rowcount
        theirs = (reply.c.address_hash == person.address_hash) | reply.c.lead_id.in_(leads)
        emptied = {"raw": b"", "excerpt": "", "class_reason": ERASED}
        told["reply"] = connection.execute(update(reply).where(theirs).values(**emptied)).rowcount
        told["work"] = _work(connection, leads)
        spoken = {"raw": ERASED, "text": ERASED, "detail": None, "sources": "[]"}
        told["paid_call"] = connection.execute(
            update(paid_call).where(paid_call.c.lead_id.in_(leads)).values(**spoken)
        ).rowcount
        told["record_version"] = connection.execute(
            update(record_version).where(record_version.c.record_id.in_(leads)).values(fields="{}")
        ).rowcount
        connection.execute(update(record).where(record.c.record_id.in_(leads)).values(erased_at=now))
        held = {"subject": ERASED, "written": ERASED, "prepared": "{}", "grounds": "[]"}
        told["approval"] = connection.execute(
            update(approval).where(approval.c.lead_id.in_(leads)).values(**held)
        ).rowcount
        told["elsewhere"] = sum(_sweep(connection, table, person.names) for table in metadata.sorted_tables)
        entries.append(
            "erased", person.address_hash, at=now, actor=actor, lead_id=leads[0] if leads else None, rows=told
        )
    _compact(transactions)
    return told


def _work(connection: Connection, leads: Sequence[str]) -> int:
    """Outcomes of a person's items keep their numbers and versions, not their words; their errors go too."""
    rows = connection.execute(
        select(work.c.stage, work.c.item, work.c.input_hash, work.c.value, work.c.reason).where(
            work.c.lead_id.in_(leads)
        )
    ).all()
    for row in rows:
        mine = (work.c.stage == row.stage) & (work.c.item == row.item) & (work.c.input_hash == row.input_hash)
        value = None if row.value is None else canonical(_wordless(json.loads(row.value)))
        reason = None if row.reason is None else ERASED
        connection.execute(update(work).where(mine).values(value=value, reason=reason))
        about = (work_error.c.stage == row.stage) & (work_error.c.item == row.item)
        connection.execute(update(work_error).where(about).values(message=ERASED))
    return len(rows)


def _wordless(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: (ERASED if isinstance(inner, str) else []) if name in _WORDY else _wordless(inner)
            for name, inner in value.items()
        }
    return [_wordless(each) for each in value] if isinstance(value, list) else value


def _sweep(connection: Connection, table: Table, names: Sequence[str]) -> int:
    """Take the words that name a person out of every text of a table; the number of rows that had some."""
    if table.name in _KEPT or not names:
        return 0
    pattern = _pattern(names)
    texts = [column.name for column in table.columns if isinstance(column.type, Text | Words) or _long(column.type)]
    blobs = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
    keys = list(table.primary_key.columns)
    changed = 0
    for row in connection.execute(select(table)).mappings().all():
        values: dict[str, Any] = {}
        for name in texts:
            if row[name] and pattern.search(row[name]):
                values[name] = pattern.sub(ERASED, row[name])
        for name in blobs:
            if row[name] and (less := _blob(bytes(row[name]), pattern, packed=table is snapshot)) is not None:
                values[name] = less
                if table is snapshot:
                    values["content_hash"] = hashlib.sha256(zlib.decompress(less)).hexdigest()
        if values:
            changed += 1
            mine = [column == row[column.name] for column in keys]
            connection.execute(update(table).where(*mine).values(**values))
    return changed


def _long(kind: Any) -> bool:
    return isinstance(kind, String) and (kind.length or 0) >= 200  # noqa: PLR2004 - names and ids of others are shorter


def _pattern(names: Sequence[str]) -> re.Pattern[str]:
    """The words as they stand in text and in JSON, whole and in any case."""
    spelled = {form for name in names for form in (name, json.dumps(name)[1:-1])}
    return re.compile(
        "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in sorted(spelled, key=len, reverse=True)), re.IGNORECASE
    )


def _blob(content: bytes, pattern: re.Pattern[str], *, packed: bool) -> bytes | None:
    """The content without the words, or ``None`` where it has none."""
    plain = zlib.decompress(content) if packed else content
    text = plain.decode("utf-8", "surrogateescape")
    if pattern.search(text):
        less = pattern.sub(ERASED, text).encode("utf-8", "surrogateescape")
        return zlib.compress(less, 6) if packed else less
    return b"" if not packed and _says(plain, pattern.search) else None


def _says(raw: bytes, found: Callable[[str], Any]) -> bool:
    """Whether a message says it in a part that is encoded, where words cannot be replaced."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    for part in message.walk():
        try:
            content = "" if part.is_multipart() else part.get_content()
        except (LookupError, ValueError, KeyError):
            content = ""
        if isinstance(content, str) and found(content):
            return True
    return False


def _compact(transactions: Transactions) -> None:
    """Write the database anew, so that nothing of what went is left in its free pages."""
    with transactions.engine.connect() as connection:
        if transactions.postgres:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM FULL")
        else:
            cursor = connection.connection.cursor()
            cursor.execute("VACUUM")
            cursor.close()
