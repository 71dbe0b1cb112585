"""Switches that stop sending: the operator's pause, latched breakers, the start-up gate (rules B4, B19).

What must hold: a flag that is on stays on, with its reason visible, until somebody takes it off in one transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, select, update

from resources.ledger.schema import flag, stamp
from resources.ledger.transactions import Transactions


class FlagName(StrEnum):
    """Every switch there is."""

    PAUSE = "pause"
    """The operator's kill switch."""
    GATE = "gate"
    """The ledger was restored, cloned or belongs to another machine."""
    IMBALANCE = "imbalance"
    """Our count of a day differs from the provider's (invariant I10)."""
    HARD_BOUNCES = "hard_bounces"
    COMPLAINTS = "complaints"
    UNSUBSCRIBES = "unsubscribes"
    UNCLEAR = "unclear"
    """Request after request brings no acceptance: no answer, or refused."""
    PROVIDER = "provider"
    """The mail provider refuses us as a whole: key, credits, permission."""
    WRITER = "writer"
    """The chat model refuses us as a whole."""
    RESEARCHER = "researcher"
    """The research model refuses us as a whole."""


STOPS_SENDING = (
    FlagName.PAUSE,
    FlagName.GATE,
    FlagName.IMBALANCE,
    FlagName.HARD_BOUNCES,
    FlagName.COMPLAINTS,
    FlagName.UNSUBSCRIBES,
    FlagName.UNCLEAR,
    FlagName.PROVIDER,
)

# Asked many times in an hour: a statement that is made once costs half of one that is made anew each time.
_SWITCHES = select(flag.c.name, flag.c.state, flag.c.reason, flag.c.at)
_STAMP = select(stamp.c.at, stamp.c.detail).where(stamp.c.name == bindparam("name"))


@dataclass(frozen=True, slots=True)
class Flag:
    """A switch that is on."""

    name: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """What the switches say: why nothing may be sent, and when one that stopped sending was last taken off."""

    halted: str | None
    resumed_at: datetime | None


def stand(connection: Connection) -> Stand:
    """Read the switches in the caller's transaction."""
    rows = [row for row in connection.execute(_SWITCHES) if row.name in STOPS_SENDING]
    on = sorted((row for row in rows if row.state == "on"), key=lambda row: row.at)
    return Stand(
        halted=f"{on[0].name}: {on[0].reason}" if on else None,
        resumed_at=max((row.at for row in rows if row.state == "off"), default=None),
    )


class Flags:
    """The switches, and time stamps of what was last done."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = transactions.insert
        fresh = self._insert(stamp)
        told = {name: fresh.excluded[name] for name in ("at", "detail")}
        self._stamping = fresh.on_conflict_do_update(index_elements=["name"], set_=told)

    def raise_flag(self, name: FlagName, *, reason: str, actor: str, now: datetime) -> bool:
        """Switch on; one that is on keeps its first reason.

        Returns:
            Whether it was off before.
        """
        with self._transactions.write() as (connection, journal):
            state = connection.execute(select(flag.c.state).where(flag.c.name == name)).scalar()
            if state == "on":
                return False
            values = {"state": "on", "reason": reason, "actor": actor, "at": now}
            if state is None:
                connection.execute(self._insert(flag).values(name=name, **values))
            else:
                connection.execute(update(flag).where(flag.c.name == name).values(**values))
            journal.append("flag.on", name, at=now, actor=actor, reason=reason)
        return True

    def lower_flag(self, name: FlagName, *, reason: str, actor: str, now: datetime) -> bool:
        """Switch off, with the reason.

        Returns:
            Whether it was on.
        """
        with self._transactions.write() as (connection, journal):
            moved = connection.execute(
                update(flag)
                .where(flag.c.name == name, flag.c.state == "on")
                .values(state="off", reason=reason, actor=actor, at=now)
            ).rowcount
            if moved:
                journal.append("flag.off", name, at=now, actor=actor, reason=reason)
        return bool(moved)

    def stops(self) -> str | None:
        """Why nothing may be sent at present, or ``None``; the intent asks again in its own transaction."""
        with self._transactions.read() as connection:
            return stand(connection).halted

    def raised(self) -> list[Flag]:
        """Every switch that is on, oldest first."""
        with self._transactions.read() as connection:
            rows = connection.execute(select(flag).where(flag.c.state == "on").order_by(flag.c.at, flag.c.name))
            return [Flag(row.name, row.reason, row.actor, row.at) for row in rows]

    def stamp(self, name: str, *, at: datetime, detail: str = "") -> None:
        """Remember when something was last done: liveness is a timestamp, not a process (rule B5)."""
        with self._transactions.write() as (connection, _):
            connection.execute(self._stamping, {"name": name, "at": at, "detail": detail})

    def stamped(self, name: str) -> tuple[datetime, str] | None:
        """When something was last done and what was noted, or ``None`` for never."""
        with self._transactions.read() as connection:
            row = connection.execute(_STAMP, {"name": name}).first()
        return None if row is None else (row.at, row.detail)
