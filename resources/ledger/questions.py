"""Bulk reads that stages ask of the ledger: sends with what came of them, by day, lead, company and message.

What must hold: every question is one statement over the whole list, never one per lead (rule A2's spirit, at home).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select

from resources.ledger.schema import Moment, journal, provider_event, reply, send, suppression
from resources.ledger.transactions import Transactions
from rules.breakers import Outcomes
from rules.sending import COUNTED, SendState

Row = dict[str, Any]

_OUTREACH = send.c.kind == "outreach"
_COUNTED = _OUTREACH & send.c.state.in_(COUNTED)
SIGNALS = {
    "hard_bounce": "bounced", "invalid": "bounced", "complaint": "complained", "unsubscribed": "unsubscribed",
}  # fmt: skip
"""Kinds of event that speak against sending more, and what they count as."""


_LAST = (
    select(send.c.send_key)
    .where(_OUTREACH, send.c.message_id.is_not(None), send.c.intent_at >= bindparam("since"))
    .order_by(send.c.intent_at.desc())
    .limit(bindparam("number"))
)


_STEPS = select(
    send.c.send_key, send.c.lead_id, send.c.address, send.c.step, send.c.state, send.c.intent_at,
    send.c.message_id, send.c.subject, send.c.prompt, send.c.reason,
).where(send.c.campaign == bindparam("campaign"), _OUTREACH)  # fmt: skip
_WENT_OUT = send.c.state.in_((SendState.ACCEPTED, SendState.PRESUMED))
_CONCLUDED = (
    select(send.c.address)
    .where(send.c.campaign == bindparam("campaign"), _OUTREACH)
    .group_by(send.c.address)
    .having(
        func.count().filter(_WENT_OUT, send.c.step.in_(bindparam("steps", expanding=True))) == bindparam("number"),
        func.max(send.c.intent_at) < bindparam("before", type_=Moment),
    )
)
_UNDER_WAY = _STEPS.where(send.c.address.not_in(_CONCLUDED))
_HAVE_STEP = select(send.c.address).where(
    send.c.campaign == bindparam("campaign"), _OUTREACH, send.c.step == bindparam("step")
)


@dataclass(frozen=True, slots=True)
class _Returns:
    """What is asked about some mails: how many they are, and what came back of each."""

    sent: Select[int]
    gave: Select[str, str]

    @classmethod
    def of(cls, mails: ColumnElement[bool]) -> "_Returns":
        joined = send.c.message_id == provider_event.c.message_id
        gave = select(provider_event.c.kind, provider_event.c.message_id).join(send, joined)
        return cls(
            select(func.count()).select_from(send).where(mails),
            gave.where(mails, provider_event.c.kind.in_(SIGNALS)).distinct(),
        )


_SINCE = _Returns.of(_COUNTED & (send.c.intent_at >= bindparam("since")))
_OF_LAST = _Returns.of(send.c.send_key.in_(select(_LAST.subquery().c.send_key)))
# Days are read from the newest back: a bare state would lead SQLite through every mail that ever went out.
_COUNTED_THEN = _OUTREACH & send.c.state.concat("").in_(COUNTED)
_DAYS_SENT = (
    select(send.c.intent_day, func.count().label("sent"))
    .where(_COUNTED_THEN, send.c.intent_day < bindparam("before"))
    .group_by(send.c.intent_day)
    .order_by(send.c.intent_day.desc())
    .limit(bindparam("newest"))
)
_DAYS_GAVE = (
    select(send.c.intent_day, provider_event.c.kind, provider_event.c.message_id)
    .join(send, send.c.message_id == provider_event.c.message_id)
    .where(
        _COUNTED_THEN,
        send.c.intent_day >= bindparam("first"),
        send.c.intent_day < bindparam("before"),
        provider_event.c.kind.in_(SIGNALS),
    )
    .distinct()
)


class Questions:
    """Reads over several tables."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def _rows(self, statement: Any, **values: Any) -> list[Row]:
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement, values).mappings()]

    def _number(self, statement: Any, **values: Any) -> int:
        with self._transactions.read() as connection:
            return int(connection.execute(statement, values).scalar_one())

    def company_counts(self, day: str) -> Counter[str]:
        """Counted sends per company on a day."""
        rows = self._rows(select(send.c.company_key).where(_COUNTED, send.c.intent_day == day))
        return Counter(row["company_key"] for row in rows)

    def steps(self, campaign: str, *, state: SendState | None = None) -> list[Row]:
        """Every step prepared or sent, or those in one state.

        Returns:
            Rows of key, lead, address, step, state, intent_at, message_id, subject, prompt, reason.
        """
        return self._rows(_STEPS if state is None else _STEPS.where(send.c.state == state), campaign=campaign)

    def conversations(
        self, campaign: str, steps: Sequence[str], *, before: datetime
    ) -> tuple[list[Row], frozenset[str]]:
        """Conversations under way, and those that are over; of these only the addresses leave the database.

        Args:
            campaign: Whose.
            steps: The sequence, in order.
            before: A conversation to which a mail went out since is not over yet.

        Returns:
            Rows as of `steps`, without the addresses that got every step; and those addresses.
        """
        asked = {"campaign": campaign, "steps": list(steps), "number": len(steps), "before": before}
        with self._transactions.read() as connection:
            rows = [dict(row) for row in connection.execute(_UNDER_WAY, asked).mappings()]
            last = connection.execute(_HAVE_STEP, {"campaign": campaign, "step": steps[-1]}).scalars()
            return rows, frozenset(last) - {row["address"] for row in rows}

    def threads(self, campaign: str, addresses: Sequence[str]) -> dict[str, list[Row]]:
        """Per address, the mails that went out, oldest first: subject, body, message_id."""
        found: dict[str, list[Row]] = {}
        columns = (send.c.address, send.c.subject, send.c.body, send.c.message_id)
        for start in range(0, len(addresses), 500):
            wanted = send.c.address.in_(addresses[start : start + 500])
            statement = select(*columns).where(send.c.campaign == campaign, wanted, send.c.intent_at.is_not(None))
            for row in self._rows(statement.order_by(send.c.intent_at)):
                found.setdefault(row["address"], []).append(row)
        return found

    def outcomes_since(self, since: datetime) -> Outcomes:
        """What came back of the mails counted since an instant; a mail with two such events counts once of each."""
        return self._outcomes(_SINCE, since=since)

    def outcomes_of_last(self, number: int, *, since: datetime) -> Outcomes:
        """What came back of the last mails accepted since an instant."""
        return self._outcomes(_OF_LAST, number=number, since=since)

    def _outcomes(self, asked: _Returns, **mails: Any) -> Outcomes:
        by_kind: dict[str, set[str]] = {}
        for row in self._rows(asked.gave, **mails):
            by_kind.setdefault(SIGNALS[row["kind"]], set()).add(row["message_id"])
        return Outcomes(
            sent=self._number(asked.sent, **mails),
            **{name: len(messages) for name, messages in by_kind.items()},
        )

    def sending_days(self, *, before: str, newest: int) -> list[tuple[str, Outcomes]]:
        """The last so many days on which anything was sent, oldest first, with what came back of their mails."""
        days = {row["intent_day"]: row["sent"] for row in self._rows(_DAYS_SENT, before=before, newest=newest)}
        if not days:
            return []
        found: dict[str, Counter[str]] = {}
        for row in self._rows(_DAYS_GAVE, first=min(days), before=before):
            found.setdefault(row["intent_day"], Counter())[SIGNALS[row["kind"]]] += 1
        return [(day, Outcomes(sent=days[day], **found.get(day, Counter()))) for day in sorted(days)]

    def requested(self, **named: Collection[str]) -> list[Row]:
        """Outreach mails whose request was decided, oldest first: what replies are joined to.

        Args:
            **named: Column of the sends (``message_id``, ``address_hash``, ``company_key``, ``send_key``) to values of
                which a mail has one.
        """
        columns = (
            send.c.send_key, send.c.lead_id, send.c.message_id, send.c.address_hash, send.c.company_key,
            send.c.intent_at, send.c.places,
        )  # fmt: skip
        asked = select(*columns).where(_OUTREACH, send.c.intent_at.is_not(None))
        found: dict[str, Row] = {}
        for column, values in named.items():
            wanted = sorted(values)
            for start in range(0, len(wanted), 500):
                part = asked.where(send.c[column].in_(wanted[start : start + 500]))
                found.update((row["send_key"], row) for row in self._rows(part))
        return sorted(found.values(), key=lambda row: (row["intent_at"], row["send_key"]))

    def first_intent(self) -> datetime | None:
        """When the first request was decided: nothing can have come back before."""
        rows = self._rows(
            select(send.c.intent_at).where(send.c.intent_at.is_not(None)).order_by(send.c.intent_at).limit(1)
        )
        return rows[0]["intent_at"] if rows else None

    def counted_by_lead(self) -> dict[str, list[Row]]:
        """Per lead, its counted mails, oldest first."""
        columns = (send.c.lead_id, send.c.step, send.c.variant, send.c.state, send.c.intent_at, send.c.message_id)
        found: dict[str, list[Row]] = {}
        for row in self._rows(select(*columns).where(_COUNTED).order_by(send.c.intent_at)):
            found.setdefault(row["lead_id"], []).append(row)
        return found

    def events_by_message(self) -> dict[str, list[tuple[datetime, str]]]:
        """Per message id, time and kind of its events, oldest first."""
        statement = select(provider_event.c.message_id, provider_event.c.at, provider_event.c.kind)
        found: dict[str, list[tuple[datetime, str]]] = {}
        for row in self._rows(statement.order_by(provider_event.c.at)):
            found.setdefault(row["message_id"], []).append((row["at"], row["kind"]))
        return found

    def replies_by_lead(self) -> dict[str, list[Row]]:
        """Per lead, class and time of its replies, oldest first."""
        statement = select(reply.c.lead_id, reply.c["class"], reply.c.sent_at).where(reply.c.lead_id.is_not(None))
        found: dict[str, list[Row]] = {}
        for row in self._rows(statement.order_by(reply.c.sent_at)):
            found.setdefault(row["lead_id"], []).append(row)
        return found

    def journal_of_kinds(self, kinds: Sequence[str]) -> list[Row]:
        """Journal entries about leads of some kinds, in order."""
        columns = (
            journal.c.lead_id, journal.c.at, journal.c.kind, journal.c.subject, journal.c.actor, journal.c.detail,
        )  # fmt: skip
        wanted = select(*columns).where(journal.c.lead_id.is_not(None), journal.c.kind.in_(list(kinds)))
        return self._rows(wanted.order_by(journal.c.seq))

    def accepted_between(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Mails of every kind decided in a span: those surely accepted, and those that may have been."""
        within = (send.c.intent_at >= start) & (send.c.intent_at < end)
        unsure = (SendState.UNKNOWN, SendState.PRESUMED, SendState.SENDING)
        return (
            self._number(select(func.count()).where(within, send.c.state == SendState.ACCEPTED)),
            self._number(select(func.count()).where(within, send.c.state.in_(unsure))),
        )

    def accepted_rows(self, start: datetime, end: datetime) -> list[Row]:
        """Accepted outreach mails decided in a span, oldest first: send_key, lead_id, message_id, intent_at, day."""
        columns = (send.c.send_key, send.c.lead_id, send.c.message_id, send.c.intent_at, send.c.day)
        within = (send.c.intent_at >= start) & (send.c.intent_at < end) & (send.c.state == SendState.ACCEPTED)
        return self._rows(select(*columns).where(_OUTREACH, within).order_by(send.c.intent_at))

    def accepted_unheard(self, start: datetime, end: datetime) -> list[Row]:
        """Of these, the mails that no event ever named, neither by message id nor by tag."""
        columns = (send.c.send_key, send.c.lead_id, send.c.message_id, send.c.intent_at)
        within = (send.c.intent_at >= start) & (send.c.intent_at < end) & (send.c.state == SendState.ACCEPTED)
        unheard = [
            ~exists().where(provider_event.c.message_id == send.c.message_id),
            ~exists().where(provider_event.c.tag == send.c.send_key),
        ]
        return self._rows(select(*columns).where(_OUTREACH, within, *unheard).order_by(send.c.intent_at))

    def requests_unknown(self, start: datetime, end: datetime) -> list[Row]:
        """Mails the provider took in a span that belong to no send of any kind: message_id, send_key, at."""
        columns = (provider_event.c.message_id, provider_event.c.send_key, provider_event.c.at)
        within = (provider_event.c.at >= start) & (provider_event.c.at < end) & (provider_event.c.kind == "request")
        unknown = [
            ~exists().where(send.c.message_id == provider_event.c.message_id),
            ~exists().where(send.c.send_key == provider_event.c.send_key),
        ]
        return self._rows(select(*columns).where(within, *unknown).order_by(provider_event.c.at))

    def mails_of(self, lead_id: str) -> list[Row]:
        """A lead's mails, oldest first, each with its events."""
        mails = self._rows(select(send).where(send.c.lead_id == lead_id).order_by(send.c.ready_at))
        columns = (provider_event.c.at, provider_event.c.kind, provider_event.c.reason)
        for mail in mails:
            mine = or_(
                provider_event.c.message_id == (mail["message_id"] or ""),
                provider_event.c.tag == mail["send_key"],
            )
            mail["events"] = self._rows(select(*columns).where(mine).order_by(provider_event.c.at))
        return mails

    def mails_to(self, address_hash: str) -> list[Row]:
        """Every mail to an address, by its keyed hash: to_name, lead_id, day."""
        return self._rows(select(send.c.to_name, send.c.lead_id, send.c.day).where(send.c.address_hash == address_hash))

    def forgotten(self, address_hash: str) -> list[str]:
        """Leads that were forgotten under the keyed hash of an address."""
        mine = (journal.c.kind == "erased") & (journal.c.subject == address_hash) & journal.c.lead_id.is_not(None)
        return [row["lead_id"] for row in self._rows(select(journal.c.lead_id).where(mine).distinct())]

    def replies_of(self, lead_id: str) -> list[Row]:
        """A lead's replies, oldest first."""
        columns = (
            reply.c.sent_at,
            reply.c["class"],
            reply.c.class_reason,
            reply.c.excerpt,
            reply.c.joined_by,
            reply.c.resume_on,
        )
        return self._rows(select(*columns).where(reply.c.lead_id == lead_id).order_by(reply.c.sent_at))

    def suppressions_of(self, keys: Sequence[str]) -> list[Row]:
        """Suppressions of an address or a company, oldest first."""
        return self._rows(select(suppression).where(suppression.c.key.in_(list(keys))).order_by(suppression.c.at))

    def send_of(self, send_key: str) -> Row | None:
        """A send by its key."""
        rows = self._rows(select(send).where(send.c.send_key == send_key))
        return rows[0] if rows else None

    def sent_by_day(self, *, since: str) -> dict[str, int]:
        """Per operator's day from ``since`` on, mails counted as sent."""
        statement = select(send.c.intent_day, func.count().label("mails")).where(_COUNTED, send.c.intent_day >= since)
        return {row["intent_day"]: int(row["mails"]) for row in self._rows(statement.group_by(send.c.intent_day))}

    def answered_by_day(self, *, since: str) -> dict[str, int]:
        """Per day from ``since`` on, replies that people wrote."""
        human = reply.c["class"].in_(("positive", "neutral", "refusal", "wrong_person"))
        statement = select(reply.c.day, func.count().label("replies")).where(human, reply.c.day >= since)
        return {row["day"]: int(row["replies"]) for row in self._rows(statement.group_by(reply.c.day))}

    def recent(self, number: int) -> list[Row]:
        """The last mails, newest first."""
        statement = select(send).where(_OUTREACH, send.c.intent_at.is_not(None))
        return self._rows(statement.order_by(send.c.intent_at.desc()).limit(number))
