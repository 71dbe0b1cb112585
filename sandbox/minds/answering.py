"""Choosing how to answer: by the names of the properties that the schema asks for.

The one thing that must hold: an answer depends on the seed, the prompt's document and scripted truths only, so that a
repeated question gets the same answer.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.minds import judging, sorting, writing
from sandbox.minds.document import Document, find_document
from sandbox.minds.researching import NOTHING, Research
from sandbox.minds.shaping import Schema, shaped
from sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt, the document in it, and the schema of the wanted answer, if any."""

    prompt: str
    document: Document
    schema: Schema | None

    @property
    def digest(self) -> str:
        """A short name of the prompt for counters."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()[:12]


def question(prompt: str, schema: Schema | None) -> Question:
    """Take a prompt apart; `prompt` is the last message of the person asking."""
    return Question(prompt, find_document(prompt), schema)


def answer(world: World, asked: Question, *, known: Research = NOTHING) -> str:
    """Return the text of the answer: JSON where a schema asks for it, else a sentence or two.

    `known` is what a search has brought up; a model that has not searched knows nothing about a company.
    """
    if asked.schema is None:
        return _prose(world, asked)
    properties = asked.schema.get("properties", {})
    wanted: dict[str, Any] = {}
    if _researches(properties):
        wanted = known.answer
    for fits, think in _MINDS:
        if fits(properties):
            wanted = think(world, asked.document, asked.prompt, properties)
            break
    return json.dumps(shaped(asked.schema, wanted), ensure_ascii=False)


def _prose(world: World, asked: Question) -> str:
    if asked.document:
        letter = writing.write(world.seed, asked.document)
        return f"{letter['subject']}\n\n{letter['body']}"
    return "I can answer that once the details are in the message."


def _writes(properties: Mapping[str, Any]) -> bool:
    return "subject" in properties and "body" in properties


def _judges(properties: Mapping[str, Any]) -> bool:
    return "verdict" in properties or "verdict" in _inner(properties, "answers")


def _sorts(properties: Mapping[str, Any]) -> bool:
    return "class" in properties or "category" in properties


def _researches(properties: Mapping[str, Any]) -> bool:
    return "facts" in properties or "what_they_do" in properties


def _inner(properties: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = properties.get(name, {}).get("items", {}).get("properties", {})
    return inner if isinstance(inner, Mapping) else {}


def _write(world: World, document: Document, _prompt: str, _properties: Mapping[str, Any]) -> dict[str, Any]:
    return dict(writing.write(world.seed, document))


def _judge(world: World, document: Document, _prompt: str, _properties: Mapping[str, Any]) -> dict[str, Any]:
    return judging.judge(world, document)


def _sort(_world: World, document: Document, prompt: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return sorting.sort(document, prompt, properties)


_MINDS: Final[
    tuple[
        tuple[
            Callable[[Mapping[str, Any]], bool],
            Callable[[World, Document, str, Mapping[str, Any]], dict[str, Any]],
        ],
        ...,
    ]
] = ((_writes, _write), (_judges, _judge), (_sorts, _sort))
