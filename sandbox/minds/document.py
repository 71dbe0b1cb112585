"""Finding the one JSON document in a prompt.

The one thing that must hold: the last document of the last message counts, fenced or bare; a prompt without one is an
empty document, never an error.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_FENCED: Final = re.compile(r"```(?:json)?\s*(\{.*?\})\s*```", re.DOTALL)

Document = Mapping[str, Any]


def find_document(text: str) -> Document:
    """Return the JSON object that a text holds, {} if there is none."""
    for candidate in reversed(_FENCED.findall(text)):
        found = _parsed(candidate)
        if found is not None:
            return found
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            found, _ = decoder.raw_decode(text, place)
        except ValueError:
            place = text.find("{", place + 1)
            continue
        return found if isinstance(found, dict) else {}
    return {}


def _parsed(text: str) -> Document | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def text_at(document: Document, *path: str, default: str = "") -> str:
    """Return the text at a path of keys; anything else than text counts as absent."""
    found: Any = document
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found.strip() if isinstance(found, str) and found.strip() else default


def list_at(document: Document, *path: str) -> list[Any]:
    """Return the list at a path of keys, empty if there is none."""
    found: Any = document
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, list) else []


def item_key(document: Document, fallback: str) -> str:
    """Return what a paid call was for, as counters name it: an id, an address, a company, or the fallback."""
    for path in (
        ("item",),
        ("id",),
        ("key",),
        ("recipient", "email"),
        ("company", "domain"),
        ("company", "site"),
        ("company", "name"),
        ("company",),
    ):
        found = text_at(document, *path)
        if found:
            step = text_at(document, "step")
            return f"{found} {step}".strip()
    return fallback
