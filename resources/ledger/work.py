"""Outcomes of stages and raw answers of paid calls: what makes a killed run resume without paying twice.

What must hold: a raw answer is durable before it is interpreted (rule B36), and an item with an outcome for the same
inputs is not worked on again (rules B20, B30).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, and_, bindparam, delete, func, insert, select

from resources.ledger.schema import paid_call, reservation, work, work_error
from resources.ledger.transactions import Transactions
from resources.models.gateway import Finish, ModelAnswer, SearchResult, Usage
from rules.failures import FailureKind
from rules.hashing import canonical
from rules.outcomes import Deferred, Done, Failed, Outcome, Rejected, Skipped, State

_REPLACED = ("day", "lead_id", "state", "reason", "until", "value", "cost_usd", "at")
"""Columns that a later outcome for the same inputs replaces."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a stage with the hash of its inputs."""

    stage: str
    key: str
    input_hash: str
    day: str
    lead_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded outcome."""

    item: Item
    outcome: Outcome
    attempts: int
    at: datetime


def same_inputs(table: Table) -> ColumnElement[bool]:
    """The rows about the inputs of an item, which `inputs_of` names when the statement is run."""
    return and_(
        table.c.stage == bindparam("the_stage"),
        table.c.item == bindparam("the_item"),
        table.c.input_hash == bindparam("the_hash"),
    )


def inputs_of(item: Item) -> dict[str, Any]:
    """The values of `same_inputs`."""
    return {"the_stage": item.stage, "the_item": item.key, "the_hash": item.input_hash}


# Run for every item: a statement that is made once costs half of one that is made anew each time.
_BOUGHT = select(paid_call).where(same_inputs(paid_call)).order_by(paid_call.c.attempt)
_SETTLED = delete(reservation).where(
    same_inputs(reservation), reservation.c.attempt == bindparam("the_attempt"), reservation.c.state == "open"
)


class Work:
    """Outcomes by (stage, item, input hash), and paid calls."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        fresh = transactions.insert(work)
        told = {name: fresh.excluded[name] for name in _REPLACED}
        self._recorded = fresh.on_conflict_do_update(
            index_elements=["stage", "item", "input_hash"], set_={**told, "attempts": work.c.attempts + 1}
        )
        self._paid = transactions.insert(paid_call).on_conflict_do_nothing()

    def record(self, item: Item, outcome: Outcome, *, now: datetime) -> None:
        """Store what became of an item; a later outcome for the same inputs replaces an unfinished one."""
        self.record_many([(item, outcome)], now=now)

    def record_many(self, outcomes: Iterable[tuple[Item, Outcome]], *, now: datetime) -> None:
        """Store many outcomes in one transaction, in few statements however many they are."""
        rows: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        with self._transactions.write() as (connection, journal):
            for item, outcome in outcomes:
                about = {"stage": item.stage, "item": item.key, "input_hash": item.input_hash, "at": now}
                reason = None if isinstance(outcome, Done) else outcome.reason
                rows.append({
                    **about, "day": item.day, "lead_id": item.lead_id, "state": outcome.state, "reason": reason,
                    "until": outcome.until if isinstance(outcome, Deferred) else None,
                    "value": canonical(outcome.value) if isinstance(outcome, Done) else None,
                    "cost_usd": getattr(outcome, "cost_usd", 0.0), "attempts": 1,
                })  # fmt: skip
                if isinstance(outcome, Failed):
                    errors.append({**about, "kind": outcome.failure.kind, "message": str(outcome.failure)})
                if item.lead_id is not None:
                    journal.append(
                        f"{item.stage}.{outcome.state}", item.key, at=now, actor=item.stage, lead_id=item.lead_id,
                        inputs=item.input_hash, reason=reason,
                    )  # fmt: skip
            if not rows:
                return
            connection.execute(self._recorded, rows)
            if errors:
                connection.execute(insert(work_error), errors)

    def outcomes(self, stage: str, *, day: str | None = None, keys: Sequence[str] | None = None) -> list[Recorded]:
        """Recorded outcomes of a stage, of one day or of some items, in item order."""
        statement = select(work).where(work.c.stage == stage).order_by(work.c.item, work.c.at)
        if day is not None:
            statement = statement.where(work.c.day == day)
        found: list[Recorded] = []
        with self._transactions.read() as connection:
            if keys is None:
                found.extend(_recorded(row) for row in connection.execute(statement).mappings())
            else:
                for start in range(0, len(keys), 500):
                    part = statement.where(work.c.item.in_(keys[start : start + 500]))
                    found.extend(_recorded(row) for row in connection.execute(part).mappings())
        return found

    def last_words(self, stage: str, *, since: datetime | None = None) -> dict[str, tuple[State, str]]:
        """Of the items of a stage that ever ended otherwise than done, how the newest outcome ended and why.

        Args:
            stage: The stage.
            since: Outcomes before that instant do not count any more.

        Returns:
            State and reason by item, whatever its inputs were; no values are read.
        """
        troubled = select(work.c.item).where(work.c.stage == stage, work.c.state != State.DONE)
        statement = select(work.c.item, work.c.state, work.c.reason).where(
            work.c.stage == stage, work.c.item.in_(troubled)
        )
        if since is not None:
            statement = statement.where(work.c.at >= since)
        with self._transactions.read() as connection:
            return {
                item: (State(state), reason or "")
                for item, state, reason in connection.execute(statement.order_by(work.c.item, work.c.at))
            }

    def finished(self, items: Sequence[Item]) -> dict[str, Recorded]:
        """Of these items, those whose outcome for the same inputs stands: done or rejected. Keyed by item."""
        if not items:
            return {}
        wanted = {(item.key, item.input_hash) for item in items}
        return {
            entry.item.key: entry
            for entry in self.outcomes(items[0].stage, keys=[item.key for item in items])
            if (entry.item.key, entry.item.input_hash) in wanted and entry.outcome.state in (State.DONE, State.REJECTED)
        }

    def failures(self, stage: str, kind: FailureKind) -> dict[str, int]:
        """How often each item of a stage failed in this way, whatever its inputs were."""
        counted = (
            select(work_error.c.item, func.count())
            .where(work_error.c.stage == stage, work_error.c.kind == kind)
            .group_by(work_error.c.item)
        )
        with self._transactions.read() as connection:
            return {item: int(number) for item, number in connection.execute(counted)}

    def paid(
        self,
        item: Item,
        *,
        attempt: int,
        answer: ModelAnswer,
        now: datetime,
        run: str | None = None,
        question: str | None = None,
    ) -> None:
        """Store a raw answer, before anybody interprets it; the hold on its price ends with it.

        Args:
            item: What the answer is for; behind the ``@`` of its key stands the version of what was asked.
            attempt: Which of the item's calls, from 1.
            answer: As received.
            now: When.
            run: Whose budget it was paid from.
            question: What was asked, where reading the answer again needs it and no person is named in it.
        """
        with self._transactions.write() as (connection, _):
            connection.execute(_SETTLED, {**inputs_of(item), "the_attempt": attempt})
            connection.execute(self._paid, {
                "stage": item.stage, "item": item.key, "input_hash": item.input_hash, "attempt": attempt,
                "day": item.day, "lead_id": item.lead_id, "model": answer.model, "at": now, "finish": answer.finish,
                "raw": answer.raw, "text": answer.text, "detail": answer.detail,
                "sources": canonical([
                    {"url": source.url, "title": source.title, "snippet": source.snippet, "date": source.date}
                    for source in answer.sources
                ]),
                "input_tokens": answer.usage.input_tokens, "cached_tokens": answer.usage.cached_tokens,
                "output_tokens": answer.usage.output_tokens, "searches": answer.usage.searches,
                "cost_usd": answer.usage.cost_usd, "service": answer.service or None,
                "version": item.key.rpartition("@")[2] if "@" in item.key else None, "run": run,
                "question": question,
            })  # fmt: skip

    def bought(self, item: Item) -> list[ModelAnswer]:
        """The answers already paid for with the same inputs, in order of attempt."""
        with self._transactions.read() as connection:
            return [_answer(row) for row in connection.execute(_BOUGHT, inputs_of(item)).mappings()]

    def question(self, item: Item) -> str | None:
        """What was asked for an item, where it was kept."""
        statement = select(paid_call.c.question).where(same_inputs(paid_call)).order_by(paid_call.c.attempt).limit(1)
        with self._transactions.read() as connection:
            return connection.execute(statement, inputs_of(item)).scalar()

    def calls(self, *, day: str | None = None, lead_id: str | None = None) -> list[dict[str, Any]]:
        """Paid calls of a day or for a lead, oldest first, without their raw bodies."""
        columns = [column for column in paid_call.c if column.name not in ("raw", "text", "sources", "question")]
        statement = select(*columns).order_by(paid_call.c.id)
        if day is not None:
            statement = statement.where(paid_call.c.day == day)
        if lead_id is not None:
            statement = statement.where(paid_call.c.lead_id == lead_id)
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def spent(self, *, day: str) -> float:
        """US dollars spent on a day."""
        with self._transactions.read() as connection:
            total = connection.execute(
                select(func.coalesce(func.sum(paid_call.c.cost_usd), 0.0)).where(paid_call.c.day == day)
            ).scalar_one()
        return float(total)

    def spent_by_lead(self) -> dict[str, float]:
        """US dollars spent per lead, over all days."""
        statement = select(paid_call.c.lead_id, func.sum(paid_call.c.cost_usd)).where(paid_call.c.lead_id.is_not(None))
        with self._transactions.read() as connection:
            return {lead: float(cost) for lead, cost in connection.execute(statement.group_by(paid_call.c.lead_id))}


def _recorded(row: RowMapping) -> Recorded:
    item = Item(row["stage"], row["item"], row["input_hash"], row["day"], row["lead_id"])
    state, reason, cost = State(row["state"]), row["reason"], row["cost_usd"]
    outcome: Outcome
    if state is State.DONE:
        outcome = Done(json.loads(row["value"]), cost)
    elif state is State.DEFERRED:
        outcome = Deferred(reason, row["until"])
    elif state is State.SKIPPED:
        outcome = Skipped(reason)
    else:  # failures are kept as their text: what to do about them was decided when they happened
        outcome = Rejected(reason, cost)
    recorded = Recorded(item, outcome, row["attempts"], row["at"])
    return (
        recorded
        if state is not State.FAILED
        else Recorded(item, Skipped(f"failed: {reason}"), row["attempts"], row["at"])
    )


def _answer(row: RowMapping) -> ModelAnswer:
    return ModelAnswer(
        raw=row["raw"],
        text=row["text"],
        finish=Finish(row["finish"]),
        detail=row["detail"],
        model=row["model"],
        usage=Usage(row["input_tokens"], row["cached_tokens"], row["output_tokens"], row["searches"], row["cost_usd"]),
        sources=tuple(SearchResult(**source) for source in json.loads(row["sources"])),
        service=row["service"] or "",
    )
