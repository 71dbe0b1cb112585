"""The send protocol: ``ready -> claimed(epoch, lease) -> sending -> accepted | rejected | unknown`` (design 6).

What must hold, whatever dies or overlaps: a request is preceded by a durable intent of the same epoch (I5); a claim or
an intent that lost its compare-and-set does nothing (A7); an expired claim goes back, an expired sending never (I1).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from resources.ledger.flags import halted
from resources.ledger.schema import Moment, provider_event, send, suppression
from resources.ledger.transactions import Transactions
from rules.hashing import canonical
from rules.mail import Mail
from rules.place.zones import Confidence, Zones
from rules.sending import COUNTED, Answer, Decision, SendFacts, SendState, SuppressionFact, strongest

LEASE = timedelta(minutes=5)
CHECKS = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=2), timedelta(hours=24))
"""When an unknown outcome is looked for in the provider's events, counted from its intent."""


@dataclass(frozen=True, slots=True)
class NewSend:
    """A mail that passed every quality rule and may be sent once its guards allow it."""

    send_key: str
    campaign: str
    step: str
    address: str
    address_hash: str
    lead_id: str
    company_key: str
    to_name: str
    variant: str
    day: str
    places: Zones
    mail: Mail
    not_before: datetime
    in_reply_to: str | None = None
    kind: str = "outreach"


@dataclass(frozen=True, slots=True)
class Claim:
    """A send held by one holder under one epoch, with all that goes on the wire."""

    send_key: str
    epoch: int
    step: str
    lead_id: str
    address: str
    to_name: str
    mail: Mail
    in_reply_to: str | None


@dataclass(frozen=True, slots=True)
class UnknownSend:
    """A send whose outcome nobody knows."""

    send_key: str
    lead_id: str
    address_hash: str
    intent_at: datetime
    checks: int


def places_text(places: Zones) -> str:
    """Zones as stored."""
    return canonical(
        {
            "candidates": list(places.candidates),
            "confidence": str(places.confidence),
            "how": places.how,
            "country": places.country,
            "subdivision": places.subdivision,
        }
    )


def places_from(text: str) -> Zones:
    """Zones from their stored form."""
    parts = json.loads(text)
    return Zones(
        candidates=tuple(parts["candidates"]),
        confidence=Confidence(parts["confidence"]),
        how=parts["how"],
        country=parts["country"],
        subdivision=parts["subdivision"],
    )


class Sends:
    """Every send of the campaign, one row each."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._insert = postgres_insert if transactions.postgres else sqlite_insert

    def prepare(self, sends: Sequence[NewSend], *, now: datetime) -> int:
        """Store mails as ready; one that exists for the same campaign, step and address stays as it is.

        Returns:
            How many were new.
        """
        new = 0
        with self._transactions.write() as (connection, journal):
            for item in sends:
                statement = (
                    self._insert(send)
                    .values(
                        send_key=item.send_key,
                        kind=item.kind,
                        campaign=item.campaign,
                        step=item.step,
                        address=item.address,
                        address_hash=item.address_hash,
                        lead_id=item.lead_id,
                        company_key=item.company_key,
                        to_name=item.to_name,
                        variant=item.variant,
                        day=item.day,
                        places=places_text(item.places),
                        subject=item.mail.subject,
                        body=item.mail.text,
                        content_hash=item.mail.digest,
                        in_reply_to=item.in_reply_to,
                        state=SendState.READY,
                        epoch=0,
                        not_before=item.not_before,
                        ready_at=now,
                        checks=0,
                    )
                    .on_conflict_do_nothing()
                    .returning(send.c.send_key)
                )
                if connection.execute(statement).first() is not None:
                    new += 1
                    journal.append(
                        "send.ready", item.send_key, at=now, actor="drafting", lead_id=item.lead_id,
                        step=item.step, variant=item.variant, content=item.mail.digest,
                    )  # fmt: skip
        return new

    def claim(self, send_keys: Sequence[str], *, holder: str, now: datetime, lease: timedelta = LEASE) -> list[Claim]:
        """Take hold of ready sends whose time has come; what somebody else holds is left out (rule A7).

        Returns:
            The claims in the order of ``send_keys``.
        """
        claims: dict[str, Claim] = {}
        with self._transactions.write() as (connection, _):
            statement = (
                update(send)
                .where(send.c.send_key.in_(send_keys), send.c.state == SendState.READY, send.c.not_before <= now)
                .values(state=SendState.CLAIMED, epoch=send.c.epoch + 1, holder=holder, lease_until=now + lease)
                .returning(send)
            )
            for row in connection.execute(statement).mappings():
                claims[row["send_key"]] = Claim(
                    send_key=row["send_key"],
                    epoch=row["epoch"],
                    step=row["step"],
                    lead_id=row["lead_id"],
                    address=row["address"],
                    to_name=row["to_name"],
                    mail=Mail(row["subject"], row["body"]),
                    in_reply_to=row["in_reply_to"],
                )
        return [claims[key] for key in send_keys if key in claims]

    def intend(
        self,
        claim: Claim,
        *,
        now: datetime,
        day: str,
        decide: Callable[[SendFacts], Decision],
    ) -> Decision:
        """Make the intent durable, or say why not: the linearisation point of the protocol (I2, I3, I5, I7).

        Args:
            claim: What is held.
            now: The moment; guards and caps count from it.
            day: The operator's day.
            decide: The pure guard, normally `rules.sending.may_send` with its policy bound.

        Returns:
            ``go`` only if the state is now ``sending`` under this claim's epoch and the commit has returned.
        """
        with self._transactions.write() as (connection, journal):
            row = connection.execute(select(send).where(send.c.send_key == claim.send_key)).mappings().one()
            if row["state"] != SendState.CLAIMED or row["epoch"] != claim.epoch:
                return Decision.never("another holder has it")
            decision = decide(_facts(connection, row, now=now, day=day, approved=claim.mail.digest))
            if decision.answer is Answer.GO:
                values: dict[str, Any] = {
                    "state": SendState.SENDING,
                    "intent_at": now,
                    "intent_day": day,
                    "lease_until": now + LEASE,
                    "next_check_at": now + CHECKS[0],
                    "reason": None,
                }
            elif decision.answer is Answer.NEVER:
                values = {"state": SendState.CANCELLED, "reason": decision.reason, "settled_at": now, "holder": None}
            else:
                values = {
                    "state": SendState.READY,
                    "holder": None,
                    "reason": decision.reason,
                    "not_before": decision.retry_at or now,
                }
            _move(connection, claim.send_key, claim.epoch, (SendState.CLAIMED,), values)
            journal.append(
                f"send.{values['state']}" if decision.answer is not Answer.LATER else "send.later",
                claim.send_key, at=now, actor="sender", lead_id=claim.lead_id,
                epoch=claim.epoch, reason=decision.reason,
            )  # fmt: skip
        return decision

    def accepted(self, claim: Claim, *, message_id: str, now: datetime) -> None:
        """The provider took it. A late answer may still settle an unknown outcome."""
        self._settle(
            claim,
            (SendState.SENDING, SendState.UNKNOWN, SendState.PRESUMED),
            now=now,
            values={"state": SendState.ACCEPTED, "message_id": message_id, "next_check_at": None, "reason": None},
        )

    def rejected(self, claim: Claim, *, reason: str, now: datetime) -> None:
        """Provably not accepted, and never will be as it is."""
        self._settle(claim, (SendState.SENDING,), now=now, values={"state": SendState.REJECTED, "reason": reason})

    def ready_again(self, claim: Claim, *, reason: str, now: datetime, not_before: datetime) -> None:
        """Provably not accepted, and may be tried later: back to ready, its place in the caps given back."""
        self._settle(
            claim,
            (SendState.SENDING,),
            now=now,
            values={
                "state": SendState.READY,
                "reason": reason,
                "not_before": not_before,
                "intent_at": None,
                "intent_day": None,
                "next_check_at": None,
            },
        )

    def unknown(self, claim: Claim, *, reason: str, now: datetime) -> None:
        """The request may have been accepted: never sent again, looked for in the events instead."""
        self._settle(claim, (SendState.SENDING,), now=now, values={"state": SendState.UNKNOWN, "reason": reason})

    def release(self, claim: Claim, *, now: datetime) -> None:
        """Give a claim back that was not used: nothing was called yet."""
        with self._transactions.write() as (connection, _):
            values = {"state": SendState.READY, "holder": None, "not_before": now}
            _move(connection, claim.send_key, claim.epoch, (SendState.CLAIMED,), values)

    def _settle(self, claim: Claim, before: tuple[SendState, ...], *, now: datetime, values: Mapping[str, Any]) -> None:
        with self._transactions.write() as (connection, journal):
            full = {**values, "holder": None, "lease_until": None, "settled_at": now}
            if _move(connection, claim.send_key, claim.epoch, before, full):
                journal.append(
                    f"send.{values['state']}", claim.send_key, at=now, actor="sender", lead_id=claim.lead_id,
                    epoch=claim.epoch, message_id=values.get("message_id"), reason=values.get("reason"),
                )  # fmt: skip

    def reap(self, *, now: datetime) -> tuple[int, int]:
        """Free what a dead holder held: claims go back to ready, sendings become unknown, never ready (I1).

        Returns:
            Claims freed, sendings made unknown.
        """
        with self._transactions.write() as (connection, journal):
            expired = send.c.lease_until < now
            freed = connection.execute(
                update(send)
                .where(send.c.state == SendState.CLAIMED, expired)
                .values(state=SendState.READY, holder=None, lease_until=None)
                .returning(send.c.send_key, send.c.lead_id)
            ).all()
            lost = connection.execute(
                update(send)
                .where(send.c.state == SendState.SENDING, expired)
                .values(
                    state=SendState.UNKNOWN, holder=None, lease_until=None, reason="the sender died during the call"
                )
                .returning(send.c.send_key, send.c.lead_id)
            ).all()
            for row in lost:
                journal.append(
                    "send.unknown", row.send_key, at=now, actor="reaper", lead_id=row.lead_id,
                    reason="the sender died during the call",
                )  # fmt: skip
        return len(freed), len(lost)

    def unknown_due(self, *, now: datetime) -> list[UnknownSend]:
        """Unknown outcomes whose next look-up has come, and presumed ones of which an event was heard since."""
        heard = select(provider_event.c.send_key).where(provider_event.c.send_key == send.c.send_key).exists()
        due = or_(send.c.next_check_at.is_(None), send.c.next_check_at <= now)
        statement = select(send).where(
            or_((send.c.state == SendState.UNKNOWN) & due, (send.c.state == SendState.PRESUMED) & heard)
        )
        with self._transactions.read() as connection:
            return [
                UnknownSend(row["send_key"], row["lead_id"], row["address_hash"], row["intent_at"], row["checks"])
                for row in connection.execute(statement).mappings()
            ]

    def looked_up(self, item: UnknownSend, *, message_id: str | None, now: datetime) -> SendState:
        """Record a look-up: found settles it as accepted; not found a day after the intent presumes it sent.

        Returns:
            The state it is in now.
        """
        checks = item.checks + 1
        if message_id is not None:
            values: dict[str, Any] = {"state": SendState.ACCEPTED, "message_id": message_id, "next_check_at": None}
        elif now - item.intent_at >= CHECKS[-1]:
            values = {
                "state": SendState.PRESUMED,
                "next_check_at": None,
                "reason": "no trace after a day: presumed sent",
            }
        else:
            ahead = [item.intent_at + wait for wait in CHECKS if item.intent_at + wait > now]
            values = {"state": SendState.UNKNOWN, "next_check_at": ahead[0]}
        before = (SendState.UNKNOWN,) if message_id is None else (SendState.UNKNOWN, SendState.PRESUMED)
        with self._transactions.write() as (connection, journal):
            moved = connection.execute(
                update(send)
                .where(send.c.send_key == item.send_key, send.c.state.in_(before))
                .values(checks=checks, **values)
            ).rowcount
            if moved:
                journal.append(
                    f"send.{values['state']}", item.send_key, at=now, actor="reconciler", lead_id=item.lead_id,
                    checks=checks, message_id=message_id,
                )  # fmt: skip
        return SendState(values["state"])

    def remember_accepted(self, *, zone: ZoneInfo, actor: str, now: datetime) -> int:
        """Settle as accepted what the provider's events name and this ledger does not know to be gone (a restore).

        Returns:
            How many sends it had forgotten.
        """
        gone = (SendState.ACCEPTED, SendState.PRESUMED)
        forgotten = (
            select(
                send.c.send_key, send.c.lead_id, func.min(provider_event.c.message_id).label("message_id"),
                func.min(provider_event.c.at, type_=Moment).label("at"),
            )
            .join(provider_event, provider_event.c.send_key == send.c.send_key)
            .where(send.c.state.not_in(gone))
            .group_by(send.c.send_key, send.c.lead_id)
        )  # fmt: skip
        with self._transactions.write() as (connection, journal):
            rows = connection.execute(forgotten).all()
            for row in rows:
                values = {
                    "state": SendState.ACCEPTED, "message_id": row.message_id, "intent_at": row.at, "settled_at": now,
                    "intent_day": row.at.astimezone(zone).date().isoformat(), "epoch": send.c.epoch + 1,
                    "holder": None, "lease_until": None, "next_check_at": None,
                }  # fmt: skip
                connection.execute(update(send).where(send.c.send_key == row.send_key).values(**values))
                journal.append(
                    "send.accepted", row.send_key, at=now, actor=actor, lead_id=row.lead_id,
                    reason="the provider had it; the ledger had forgotten",
                )  # fmt: skip
        return len(rows)

    def cancel(self, send_keys: Sequence[str], *, reason: str, actor: str, now: datetime) -> int:
        """Withdraw ready sends, with the reason; what is claimed or gone stays."""
        with self._transactions.write() as (connection, journal):
            rows = connection.execute(
                update(send)
                .where(send.c.send_key.in_(send_keys), send.c.state == SendState.READY)
                .values(state=SendState.CANCELLED, reason=reason, settled_at=now)
                .returning(send.c.send_key, send.c.lead_id)
            ).all()
            for row in rows:
                journal.append("send.cancelled", row.send_key, at=now, actor=actor, lead_id=row.lead_id, reason=reason)
        return len(rows)

    def rows(self, statement: Select[Any]) -> list[dict[str, Any]]:
        """Read sends with a statement over `resources.ledger.schema.send`."""
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def ever_sent(self) -> bool:
        """Whether any request was ever decided."""
        with self._transactions.read() as connection:
            return (
                connection.execute(select(send.c.send_key).where(send.c.intent_at.is_not(None)).limit(1)).first()
                is not None
            )

    def of_day(self, day: str) -> list[dict[str, Any]]:
        """Every send planned for a day, in key order."""
        return self.rows(select(send).where(send.c.day == day).order_by(send.c.send_key))

    def ready(self, *, now: datetime) -> list[dict[str, Any]]:
        """Ready sends whose time has come, oldest first."""
        statement = select(send).where(
            send.c.state == SendState.READY, send.c.kind == "outreach", send.c.not_before <= now
        )
        return self.rows(statement.order_by(send.c.ready_at, send.c.send_key))

    def counts(self, *, now: datetime, day: str) -> tuple[int, int, int]:
        """Counted sends of the last hour, of the day, and the number of earlier sending days."""
        counted = (send.c.kind == "outreach") & send.c.state.in_(COUNTED)
        with self._transactions.read() as connection:
            hour = connection.execute(
                select(func.count()).where(counted, send.c.intent_at > now - timedelta(hours=1))
            ).scalar_one()
            today = connection.execute(select(func.count()).where(counted, send.c.intent_day == day)).scalar_one()
            before = connection.execute(
                select(func.count(send.c.intent_day.distinct())).where(counted, send.c.intent_day < day)
            ).scalar_one()
        return hour, today, before


def _move(
    connection: Connection,
    send_key: str,
    epoch: int,
    before: tuple[SendState, ...],
    values: Mapping[str, Any],
) -> bool:
    """Compare-and-set on state and epoch."""
    moved = connection.execute(
        update(send)
        .where(send.c.send_key == send_key, send.c.epoch == epoch, send.c.state.in_(before))
        .values(**values)
    ).rowcount
    return bool(moved == 1)


def _facts(connection: Connection, row: RowMapping, *, now: datetime, day: str, approved: str) -> SendFacts:
    counted = (send.c.kind == "outreach") & send.c.state.in_(COUNTED)
    suppressions = connection.execute(
        select(suppression.c.reason, suppression.c.until).where(
            suppression.c.key.in_((row["address_hash"], row["company_key"]))
        )
    ).all()
    fact = strongest([SuppressionFact(reason, until) for reason, until in suppressions], now)
    stored = Mail(row["subject"], row["body"]).digest
    return SendFacts(
        now=now,
        places=places_from(row["places"]),
        suppressed=fact.reason if fact else None,
        suppressed_until=fact.until if fact else None,
        halted=halted(connection),
        content_matches=stored == row["content_hash"] == approved,
        in_last_hour=connection.execute(
            select(func.count()).where(counted, send.c.intent_at > now - timedelta(hours=1))
        ).scalar_one(),
        today=connection.execute(select(func.count()).where(counted, send.c.intent_day == day)).scalar_one(),
        company_today=connection.execute(
            select(func.count()).where(counted, send.c.company_key == row["company_key"], send.c.intent_day == day)
        ).scalar_one(),
        ready_at=row["ready_at"],
    )
