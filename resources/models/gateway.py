"""Language models as the stages see them: one request, one raw answer, its cost; never a retry inside (rule B18).

The raw answer is handed over before anybody interprets it (rule B36). Interpretation is the caller's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol


class Task(StrEnum):
    """What a model is asked to do; parameters follow from it by one table (rule B33)."""

    RESEARCH = "research"
    WRITING = "writing"
    JUDGEMENT = "judgement"


class Finish(StrEnum):
    """How an answer ended."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    EMPTY = "empty"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A question to a model.

    Attributes:
        instructions: The static part, byte-identical between calls so that it is cached (rule B35).
        document: The variable part: one JSON document.
        schema: Strict JSON schema of the answer (every property required, no additional ones).
        search_domains: Research only: sites to search first, without scheme; empty for the whole web.
        cache_key: Routes equal prefixes to the same cache.
    """

    task: Task
    model: str
    instructions: str
    document: str
    schema_name: str
    schema: Mapping[str, Any]
    search_domains: tuple[str, ...] = ()
    cache_key: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and searches of one call, and what it cost in US dollars."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int
    searches: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page a web-grounded model looked at; ``date`` may be missing and ``snippet`` may be empty."""

    url: str
    title: str
    snippet: str
    date: str | None


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """An answer as received.

    Attributes:
        raw: The provider's response body as JSON text, immutable from here on.
        text: The answer's text, ``None`` when there is none.
        finish: Whether the text is whole. Only ``COMPLETE`` may be interpreted as an answer (rule B1).
        detail: The refusal or error text otherwise.
        model: The model that answered, as the provider names it.
        sources: Pages the search brought up, each once.
        service: Who was paid, e.g. ``openai``.
    """

    raw: str
    text: str | None
    finish: Finish
    detail: str | None
    model: str
    usage: Usage
    sources: tuple[SearchResult, ...] = ()
    service: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that the key may use and the day it is switched off, where announced."""

    model: str
    shutdown: date | None


class LanguageModel(Protocol):
    """A chat model or a web-grounded research model. All methods raise `ServiceFailure`."""

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """Make one request. Money, key and shut-down failures are ``SYSTEMIC`` (rule A3)."""
        ...

    async def models(self) -> Sequence[ModelInfo]:
        """The models the key may use: the canary of rule B21."""
        ...
