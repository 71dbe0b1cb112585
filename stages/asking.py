"""One paid question: bought at most once for the same inputs, its raw answer durable before anybody reads it.

What must hold (rules A7, B20, B36): a run that died after the answer arrived pays nothing for it again, and of two
workers with the same question one asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.ledger.purse import Limit
from resources.ledger.work import Item
from resources.models.gateway import Finish, LanguageModel, ModelAnswer, ModelRequest, Task
from rules.failures import ServiceFailure
from rules.outcomes import Deferred
from stages.spending import Purse

T = TypeVar("T")

MAYBE_CHARGED: Final = frozenset({"timeout", "broken_off", "unreadable_answer"})
"""Codes of failures after which nobody knows whether the answer was made, and billed."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A model with the ledger that remembers its answers and the purse that pays for them."""

    model: LanguageModel
    ledger: Ledger
    clock: Clock
    purse: Purse

    async def ask(self, item: Item, request: ModelRequest, *, attempt: int) -> ModelAnswer | Deferred:
        """The answer to a question, from the ledger where it was paid for already.

        Raises:
            ServiceFailure: The model's failure.
        """
        bought = self.ledger.work.bought(item)
        if attempt <= len(bought):
            return bought[attempt - 1]
        wait = self.purse.refuse(item, attempt=attempt, now=self.clock.now())
        if wait is Limit.BOUGHT:
            return self.ledger.work.bought(item)[attempt - 1]
        if isinstance(wait, Deferred):
            return wait
        try:
            answer = await self.model.answer(request)
        except Exception as error:
            known = isinstance(error, ServiceFailure) and error.failure.code not in MAYBE_CHARGED
            self.ledger.purses.settle(item, attempt=attempt, may_be_charged=not known)
            raise
        question = request.document if request.task is Task.RESEARCH else None
        self.ledger.work.paid(
            item, attempt=attempt, answer=answer, now=self.clock.now(), run=self.purse.run, question=question
        )
        return answer


def read(answer: ModelAnswer, interpret: Callable[[str], tuple[T | None, str | None]]) -> tuple[T | None, str | None]:
    """Interpret a whole answer, or say why it is none (rules B1, B32)."""
    if (refused := unusable(answer)) is not None:
        return None, refused
    return interpret(answer.text or "")


def unusable(answer: ModelAnswer) -> str | None:
    """Why an answer is no whole text, or ``None``."""
    if answer.finish is Finish.REFUSED:
        return f"the model refused: {answer.detail or 'without a reason'}"
    if answer.finish is not Finish.COMPLETE or not answer.text:
        return f"the answer is {answer.finish.value}: {answer.detail or 'nothing usable came back'}"
    return None
