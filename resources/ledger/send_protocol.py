"""The send protocol: ``ready -> claimed(epoch, lease) -> sending -> accepted | rejected | unknown`` (design 6).

What must hold, whatever dies or overlaps: a request is preceded by a durable intent of the same epoch (I5); a claim or
an intent that lost its compare-and-set does nothing (A7).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from resources.ledger.schema import Moment, provider_event, send
from resources.ledger.send_facts import facts_of
from resources.ledger.send_records import LEASE, Claim, move
from resources.ledger.transactions import Transactions
from resources.ledger.unknowns import CHECKS
from rules.mail import Mail
from rules.sending import Answer, Decision, SendFacts, SendState

_SEND = select(
    send.c.state, send.c.epoch, send.c.lead_id, send.c.address_hash, send.c.company_key, send.c.places, send.c.subject,
    send.c.body, send.c.content_hash, send.c.ready_at,
).where(send.c.send_key == bindparam("key"))  # fmt: skip
_HELD = (
    send.c.send_key, send.c.epoch, send.c.step, send.c.lead_id, send.c.address, send.c.to_name, send.c.subject,
    send.c.body, send.c.in_reply_to,
)  # fmt: skip
# Run for every ten mails: a statement is made once.
_CLAIM = (
    update(send)
    .where(
        send.c.send_key.in_(bindparam("keys", expanding=True)), send.c.state == SendState.READY,
        send.c.not_before <= bindparam("now", type_=Moment),
    )
    .values(
        state=SendState.CLAIMED, epoch=send.c.epoch + 1, holder=bindparam("by"),
        lease_until=bindparam("until", type_=Moment),
    )
    .returning(*_HELD)
)  # fmt: skip
_EVENT = (
    select(provider_event.c.message_id, provider_event.c.at, provider_event.c.day)
    .where(provider_event.c.tag == bindparam("key"))
    .order_by(provider_event.c.at)
    .limit(1)
)


class SendProtocol:
    """Claim, intent and outcome of a send; a part of `resources.ledger.sends.Sends`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def claim(self, send_keys: Sequence[str], *, holder: str, now: datetime, lease: timedelta = LEASE) -> list[Claim]:
        """Take hold of ready sends whose time has come; what somebody else holds is left out (rule A7).

        Returns:
            The claims in the order of ``send_keys``.
        """
        claims: dict[str, Claim] = {}
        with self._transactions.write() as (connection, _):
            asked = {"keys": list(send_keys), "now": now, "by": holder, "until": now + lease}
            for row in connection.execute(_CLAIM, asked).mappings():
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
            row = connection.execute(_SEND, {"key": claim.send_key}).mappings().one()
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
            move(connection, claim.send_key, claim.epoch, (SendState.CLAIMED,), values)
            journal.append(
                f"send.{values['state']}" if decision.answer is not Answer.LATER else "send.later",
                claim.send_key, at=now, actor="sender", lead_id=claim.lead_id,
                epoch=claim.epoch, reason=decision.reason,
            )  # fmt: skip
        return decision

    def accepted(self, claim: Claim, *, message_id: str, now: datetime) -> None:
        """The provider took it. A late answer still settles an unknown outcome, whatever was said of it."""
        self._settle(
            claim,
            (SendState.SENDING, SendState.UNKNOWN, SendState.PRESUMED, SendState.REJECTED),
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
            move(connection, claim.send_key, claim.epoch, (SendState.CLAIMED,), values)

    def _settle(self, claim: Claim, before: tuple[SendState, ...], *, now: datetime, values: Mapping[str, Any]) -> None:
        with self._transactions.write() as (connection, journal):
            full = {**values, "holder": None, "lease_until": None, "settled_at": now}
            if move(connection, claim.send_key, claim.epoch, before, full):
                journal.append(
                    f"send.{values['state']}", claim.send_key, at=now, actor="sender", lead_id=claim.lead_id,
                    epoch=claim.epoch, message_id=values.get("message_id"), reason=values.get("reason"),
                )  # fmt: skip


def _taken(connection: Connection, send_key: str, now: datetime) -> dict[str, Any] | None:
    """What a send becomes whose mail the provider already reports: a restored ledger had forgotten it (I1)."""
    event = connection.execute(_EVENT, {"key": send_key}).first()
    if event is None:
        return None
    return {
        "state": SendState.ACCEPTED, "message_id": event.message_id, "intent_at": event.at, "intent_day": event.day,
        "settled_at": now, "holder": None, "reason": None,
    }  # fmt: skip
