"""Writing a short personal mail from the facts of a document, in the manner of somebody interested in the reader.

The one thing that must hold: facts are quoted word for word, nothing is invented, and a mail has 60 to 110 words, one
question, no link and no placeholder, whatever is missing in the document.
"""

import json
import random
from collections.abc import Mapping
from typing import Any, Final

from sandbox.minds import wording
from sandbox.minds.document import Document, list_at, text_at
from sandbox.world.chance import chance

FEWEST: Final = 60
MOST: Final = 110
_SUBJECT: Final = 60


def write(seed: int, document: Document) -> Mapping[str, Any]:
    """Return `subject`, `body`, `claims` and `language` for the document's step: opener, bump or breakup.

    `claims` names, for the sentence that quotes a fact, the id that the document gave it.
    """
    stream = chance(seed, "writing", json.dumps(document, sort_keys=True, ensure_ascii=False))
    step = _step(text_at(document, "step", default="opener").lower())
    words = _words(document, step)
    parts = _PLANS[step](document, words, stream)
    quoting = [part.format(**words) for part in parts if "{claim}" in part]
    body = _paced(parts, words, stream)
    claims = [{"sentence": one, "facts": [words["fact"]]} for one in quoting if words["fact"] and one in body]
    return {"subject": _subject(step, words, stream), "body": body, "claims": claims, "language": "en"}


def _step(name: str) -> str:
    if "break" in name or "last" in name or "farewell" in name:
        return "breakup"
    return "bump" if "bump" in name or "follow" in name else "opener"


def _words(document: Document, step: str) -> dict[str, str]:
    """Everything that is filled into sentences; a missing company is spoken of as `your company`."""
    company = text_at(document, "company", "name") or text_at(document, "company") or "your company"
    facts = [(claim, _id(fact)) for fact in list_at(document, "facts") if (claim := _claim(fact))]
    nth = {"opener": 0, "bump": 1, "breakup": 0}[step]
    claim, name = facts[min(nth, len(facts) - 1)] if facts else ("", "")
    return {
        "first": text_at(document, "recipient", "first_name"),
        "role": text_at(document, "recipient", "role") or text_at(document, "recipient", "title"),
        "company": company,
        "claim": claim,
        "fact": name,
        "offer": text_at(document, "offer") or text_at(document, "offer", "what"),
    } | ({"sender": text_at(document, "sender", "name")} if text_at(document, "sender", "name") else {})


def _claim(fact: Any) -> str:
    if isinstance(fact, str):
        return fact.strip().rstrip(".")
    if not isinstance(fact, Mapping):
        return ""
    return (text_at(fact, "claim") or text_at(fact, "quote")).rstrip(".")


def _id(fact: Any) -> str:
    return text_at(fact, "id") if isinstance(fact, Mapping) else ""


def _opener(_document: Document, words: Mapping[str, str], stream: random.Random) -> list[str]:
    found = stream.choice(wording.FOUND if words["claim"] else wording.NO_FACT)
    reader = stream.choice(wording.READER if words["role"] else wording.READER_PLAIN)
    reason = [stream.choice(wording.REASONS)] if words["offer"] else []
    return [found, reader, *reason, stream.choice(wording.QUESTIONS), stream.choice(wording.ENDINGS)]


def _bump(_document: Document, words: Mapping[str, str], stream: random.Random) -> list[str]:
    look = [stream.choice(wording.SECOND_LOOK)] if words["claim"] else []
    reason = [stream.choice(wording.REASONS)] if words["offer"] else []
    question, ending = stream.choice(wording.QUESTIONS), stream.choice(wording.ENDINGS)
    return [stream.choice(wording.BUMPS), *look, *reason, stream.choice(wording.ASIDES), question, ending]


def _breakup(_document: Document, words: Mapping[str, str], stream: random.Random) -> list[str]:
    kept = [stream.choice(wording.KEPT)] if words["claim"] else []
    return [
        stream.choice(wording.FAREWELLS),
        *kept,
        stream.choice(wording.OPEN_DOORS),
        stream.choice(wording.OPEN_DOORS_TOO),
        stream.choice(wording.THANKS),
    ]


_PLANS: Final = {"opener": _opener, "bump": _bump, "breakup": _breakup}


def _paced(parts: list[str], words: Mapping[str, str], stream: random.Random) -> str:
    """Fill the sentences in, then add or drop the least important ones until the length is right."""
    greeting = stream.choice(wording.GREETINGS if words["first"] else wording.NAMELESS)
    spare = [aside for aside in wording.ASIDES if aside not in parts]
    stream.shuffle(spare)
    spare += [sentence for sentence in wording.READER_PLAIN if sentence not in parts]
    while _count(greeting, parts, words) < FEWEST and spare:
        parts.insert(max(1, len(parts) - 2), spare.pop(0))
    while _count(greeting, parts, words) > MOST and len(parts) > 3:  # noqa: PLR2004 - fact, question and ending stay
        parts.pop(1)
    sentences = [part.format(**words) for part in parts]
    cut = stream.choice((1, 2)) if len(sentences) > 3 else 1  # noqa: PLR2004 - where the paragraph breaks
    paragraphs = [" ".join(sentences[:cut]), " ".join(sentences[cut:-2]), " ".join(sentences[-2:])]
    return "\n\n".join([greeting.format(**words), *(paragraph for paragraph in paragraphs if paragraph)])


def _count(greeting: str, parts: list[str], words: Mapping[str, str]) -> int:
    return len(" ".join([greeting, *parts]).format(**words).split())


def _subject(step: str, words: Mapping[str, str], stream: random.Random) -> str:
    fitting = [
        pattern.format(**words)
        for pattern in wording.SUBJECTS[step]
        if (words["first"] or "{first}" not in pattern) and len(pattern.format(**words)) <= _SUBJECT
    ]
    return stream.choice(fitting or ["A small question"])
