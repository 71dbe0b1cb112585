"""One paid question: bought at most once for the same inputs, its raw answer durable before anybody reads it.

What must hold (rules B20, B36): a run that died after the answer arrived pays nothing for it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.ledger.work import Item
from resources.models.gateway import Finish, LanguageModel, ModelAnswer, ModelRequest
from rules.outcomes import Deferred
from stages.spending import Purse


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
        if wait := self.purse.refuse(item.lead_id):
            return wait
        cost = 0.0
        try:
            answer = await self.model.answer(request)
            cost = answer.usage.cost_usd
            self.ledger.work.paid(item, attempt=attempt, answer=answer, now=self.clock.now())
        finally:
            self.purse.paid(cost, item.lead_id)
        return answer


Reading = tuple[Mapping[str, Any] | None, str | None]


def read(answer: ModelAnswer, interpret: Callable[[str], Reading]) -> Reading:
    """Interpret a whole answer, or say why it is none (rules B1, B32)."""
    if answer.finish is Finish.REFUSED:
        return None, f"the model refused: {answer.detail or 'without a reason'}"
    if answer.finish is not Finish.COMPLETE or not answer.text:
        return None, f"the answer is {answer.finish.value}: {answer.detail or 'nothing usable came back'}"
    return interpret(answer.text)
