"""The send protocol: ``ready -> claimed(epoch, lease) -> sending -> accepted | rejected | unknown`` (design 6).

What must hold, whatever dies or overlaps: a request is preceded by a durable intent of the same epoch (I5); a claim or
an intent that lost its compare-and-set does nothing (A7); an expired claim goes back, an expired sending never (I1).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from resources.ledger.schema import provider_event, send
from resources.ledger.send_facts import facts_of, places_text
from resources.ledger.transactions import Transactions
from resources.ledger.unknowns import CHECKS, Unknowns
from rules.mail import Mail
from rules.place.zones import Zones
from rules.sending import COUNTED, Answer, Decision, SendFacts, SendState

LEASE = timedelta(minutes=5)


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


class Sends(Unknowns):
    """Every send of the campaign, one row each."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self._insert = transactions.insert

    def prepare(self, sends: Sequence[NewSend], *, now: datetime) -> int:
        """Store mails as ready; one that exists for the same campaign, step and address stays as it is.

        The exception is one that was withdrawn before anybody asked for it: nothing of it can have gone out, so it is
        written anew and ready again.

        Returns:
            How many are ready now that were not.
        """
        new = 0
        with self._transactions.write() as (connection, journal):
            for item in sends:
                values = _values(item, now)
                withdrawn = (send.c.state == SendState.CANCELLED) & send.c.intent_at.is_(None)
                revive = update(send).where(send.c.send_key == item.send_key, withdrawn).values(**values)
                added = connection.execute(revive).rowcount
                if not added:
                    fresh = self._insert(send).values(send_key=item.send_key, epoch=0, checks=0, **values)
                    made = connection.execute(fresh.on_conflict_do_nothing().returning(send.c.send_key)).first()
                    added = int(made is not None)
                if added:
                    new += 1
                    journal.append(
                        "send.ready", item.send_key, at=now, actor="drafting", lead_id=item.lead_id,
                        step=item.step, variant=item.variant, content=item.mail.digest,
                    )  # fmt: skip
        return new

    def remember_lost(self, sends: Sequence[NewSend], *, message_ids: Mapping[str, str], actor: str) -> int:
        """Write down mails the provider took and this ledger has no row of: written after the backup it comes from.

        Args:
            sends: One per mail; ``not_before`` is when the provider took it, the content is not known any more.
            message_ids: The provider's message id by send key.
            actor: Who takes the ledger over.

        Returns:
            How many were new. Their people and steps are taken from now on (I1).
        """
        new = self.prepare(sends, now=max((item.not_before for item in sends), default=datetime.now(UTC)))
        with self._transactions.write() as (connection, journal):
            for item in sends:
                moved = connection.execute(
                    update(send)
                    .where(send.c.send_key == item.send_key, send.c.state == SendState.READY, send.c.epoch == 0)
                    .values(
                        state=SendState.ACCEPTED, message_id=message_ids[item.send_key], epoch=1, intent_day=item.day,
                        intent_at=item.not_before, settled_at=item.not_before,
                        reason="sent after the backup this ledger was restored from",
                    )
                ).rowcount  # fmt: skip
                if moved:
                    journal.append(
                        "send.accepted", item.send_key, at=item.not_before, actor=actor, lead_id=item.lead_id,
                        reason="sent after the backup this ledger was restored from",
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
            decision = decide(facts_of(connection, row, now=now, day=day, approved=claim.mail.digest))
            taken = _taken(connection, claim.send_key, now) if decision.answer is Answer.GO else None
            if taken is not None:
                decision = Decision.never("the provider had it already; this ledger had forgotten")
                values = taken
            elif decision.answer is Answer.GO:
                values = {
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

    def written(self, send_keys: Sequence[str]) -> set[str]:
        """Of these, the sends that exist and were not withdrawn."""
        found: set[str] = set()
        with self._transactions.read() as connection:
            for start in range(0, len(send_keys), 500):
                mine = send.c.send_key.in_(send_keys[start : start + 500]) & (send.c.state != SendState.CANCELLED)
                found.update(connection.execute(select(send.c.send_key).where(mine)).scalars())
        return found

    def waiting(self) -> bool:
        """Whether anything is ready, held, under way or unknown: whether the sender has anything to look at."""
        open_states = (SendState.READY, SendState.CLAIMED, SendState.SENDING, SendState.UNKNOWN)
        with self._transactions.read() as connection:
            found = connection.execute(select(send.c.send_key).where(send.c.state.in_(open_states)).limit(1)).first()
        return found is not None

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


def _values(item: NewSend, now: datetime) -> dict[str, Any]:
    """A ready send's columns, all but its key and its counters."""
    names = (
        "kind", "campaign", "step", "address", "address_hash", "lead_id", "company_key", "to_name", "variant", "day",
        "in_reply_to", "not_before",
    )  # fmt: skip
    return {name: getattr(item, name) for name in names} | {
        "places": places_text(item.places),
        "subject": item.mail.subject,
        "body": item.mail.text,
        "content_hash": item.mail.digest,
        "state": SendState.READY,
        "ready_at": now,
        "settled_at": None,
        "reason": None,
    }


def _taken(connection: Connection, send_key: str, now: datetime) -> dict[str, Any] | None:
    """What a send becomes whose mail the provider already reports: a restored ledger had forgotten it (I1)."""
    known = (
        select(provider_event.c.message_id, provider_event.c.at, provider_event.c.day)
        .where(provider_event.c.send_key == send_key)
        .order_by(provider_event.c.at)
        .limit(1)
    )
    event = connection.execute(known).first()
    if event is None:
        return None
    return {
        "state": SendState.ACCEPTED, "message_id": event.message_id, "intent_at": event.at, "intent_day": event.day,
        "settled_at": now, "holder": None, "reason": None,
    }  # fmt: skip


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
