"""The start-up gate: a ledger that was restored, cloned or belongs to somebody else refuses to send (design 6).

A rolled-back ledger would send again what it forgot. A witness file beside the state, but outside the database,
remembers how far the journal had come, with the hash of that entry, and on which machine; what must hold: sending
starts only if both agree, and no request leaves before its intent is remembered there too. The hash counts, not the
number: a restored ledger soon outgrows the number.
"""

import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from resources.ledger.flags import FlagName, Flags
from resources.ledger.schema import journal, journal_head, meta, send
from resources.ledger.transactions import Head, Transactions


@dataclass(frozen=True, slots=True)
class Identity:
    """Which ledger this is, whose campaign, bound to which machine, and its journal's last entry."""

    ledger: str
    campaign: str
    machine: str
    seq: int
    head: str

    def at(self, head: Head) -> "Identity":
        """The same ledger, at an entry of its journal."""
        return Identity(self.ledger, self.campaign, self.machine, head.seq, head.hash)


class Witness:
    """The memory outside the database.

    Args:
        path: Its file; ``None`` where the ledger is in memory, and so is this.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: Identity | None = None

    def remember(self, identity: Identity, *, anew: bool = False) -> None:
        """Write how far the ledger is; replaces the file in one step.

        A process that comes late with less than another has written already leaves it, unless the ledger begins anew.
        """
        known = None if anew else self.recall()
        if known is not None and known.ledger == identity.ledger and known.seq > identity.seq:
            return
        if self._path is None:
            self._kept = identity
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(f".{os.getpid()}.new")
        told = {"ledger": identity.ledger, "machine": identity.machine, "seq": identity.seq, "head": identity.head}
        beside.write_text(json.dumps(told), "utf-8")
        beside.replace(self._path)

    def recall(self) -> Identity | None:
        """What was remembered, or ``None`` if there is nothing or nothing readable."""
        if self._path is None:
            return self._kept
        try:
            parts = json.loads(self._path.read_text("utf-8"))
            return Identity(parts["ledger"], "", parts["machine"], int(parts["seq"]), str(parts["head"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None


def machine_id() -> str:
    """A stable name of this machine: its machine id where the system has one, else the network card's."""
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            if text := path.read_text("ascii").strip():
                return text
        except OSError:
            continue
    return f"node-{uuid.getnode():012x}"


def known_identity(transactions: Transactions) -> Identity | None:
    """The ledger's identity, ``None`` before it is bound."""
    with transactions.read() as connection:
        known, last = _meta(connection)
    return _identity(known, last) if "ledger_id" in known else None


def identify(transactions: Transactions, *, campaign: str, machine: str) -> Identity:
    """The ledger's identity; a new ledger is bound to this campaign and machine."""
    with transactions.read() as connection:
        known, last = _meta(connection)
    if "ledger_id" not in known:
        with transactions.write() as (connection, _):
            known = {row.key: row.value for row in connection.execute(select(meta))}
            if "ledger_id" not in known:
                fresh = {"ledger_id": uuid.uuid4().hex, "campaign": campaign, "machine": machine}
                connection.execute(insert(meta), [{"key": key, "value": value} for key, value in fresh.items()])
                known.update(fresh)
    return _identity(known, last)


def _meta(connection: Connection) -> tuple[dict[str, str], Head]:
    known = {row.key: row.value for row in connection.execute(select(meta))}
    return known, Head(*connection.execute(select(journal_head.c.seq, journal_head.c.hash)).one())


def _identity(known: Mapping[str, str], last: Head) -> Identity:
    return Identity(known["ledger_id"], known["campaign"], known["machine"], last.seq, last.hash)


def check_gate(
    transactions: Transactions,
    witness: Witness,
    *,
    campaign: str,
    machine: str,
    now: datetime,
) -> str | None:
    """Compare the ledger with its witness and this machine; close the gate where they disagree.

    Returns:
        Why the gate is closed, or ``None``. A closed gate is opened by `adopt` only, after reconciliation.
    """
    identity = identify(transactions, campaign=campaign, machine=machine)
    advice = _doubt(transactions, witness, identity, campaign=campaign, machine=machine)
    if advice is not None:
        Flags(transactions).raise_flag(FlagName.GATE, reason=advice, actor="gate", now=now)
        return advice
    witness.remember(identity)
    return None


def doubt(transactions: Transactions, witness: Witness, *, campaign: str, machine: str) -> str | None:
    """Why this ledger may not send, or ``None``; only looks, and binds nothing."""
    identity = known_identity(transactions)
    if identity is None:
        return None
    return _doubt(transactions, witness, identity, campaign=campaign, machine=machine)


def _doubt(
    transactions: Transactions, witness: Witness, identity: Identity, *, campaign: str, machine: str
) -> str | None:
    return objection(
        identity, witness.recall(), campaign=campaign, machine=machine,
        remembers=partial(_remembers, transactions), has_sent=partial(_has_sent, transactions),
    )  # fmt: skip


def objection(
    identity: Identity,
    remembered: Identity | None,
    *,
    campaign: str,
    machine: str,
    remembers: Callable[[Identity], bool],
    has_sent: Callable[[], bool],
) -> str | None:
    """Why a ledger may not send, with what to do, or ``None``.

    Args:
        identity: What it says of itself.
        remembered: What its witness says.
        campaign: Who asks.
        machine: Where.
        remembers: Whether the entry the witness saw last is in the journal.
        has_sent: Whether anything was ever asked for.
    """
    reason = None
    if identity.campaign != campaign:
        reason = f"this ledger belongs to campaign {identity.campaign!r}, not to {campaign!r}"
    elif identity.machine != machine:
        reason = "this ledger is bound to another machine: it was moved or cloned"
    elif remembered is not None and remembered.ledger != identity.ledger:
        reason = "another ledger was used here before this one"
    elif remembered is not None and not remembers(remembered):
        reason = (
            f"the ledger was restored: journal entry {remembered.seq} had been written, and it is not in it "
            f"(the journal ends at {identity.seq})"
        )
    elif remembered is None and identity.seq > 0 and has_sent():
        reason = "the ledger's witness is gone, so a restored backup cannot be told from the original"
    if reason is None:
        return None
    return f"{reason}; run `outbound reconcile --adopt` to import what the provider knows and take it over"


def adopt(
    transactions: Transactions, witness: Witness, *, campaign: str, machine: str, actor: str, now: datetime
) -> None:
    """Take a reconciled ledger over: bind it to this campaign and machine, and open the gate."""
    with transactions.write() as (connection, entries):
        for key, value in (("machine", machine), ("campaign", campaign)):
            connection.execute(update(meta).where(meta.c.key == key).values(value=value))
        entries.append("ledger.adopted", campaign, at=now, actor=actor, machine=machine)
    Flags(transactions).lower_flag(FlagName.GATE, reason="reconciled and adopted", actor=actor, now=now)
    witness.remember(identify(transactions, campaign=campaign, machine=machine), anew=True)


def _remembers(transactions: Transactions, remembered: Identity) -> bool:
    """Whether the entry that the witness saw last is in the journal, word for word."""
    if remembered.seq == 0:
        return True
    with transactions.read() as connection:
        found = connection.execute(select(journal.c.hash).where(journal.c.seq == remembered.seq)).scalar()
    return bool(found == remembered.head)


def _has_sent(transactions: Transactions) -> bool:
    with transactions.read() as connection:
        return (
            connection.execute(select(send.c.send_key).where(send.c.intent_at.is_not(None)).limit(1)).first()
            is not None
        )
