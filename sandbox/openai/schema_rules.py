"""What a strict JSON schema may look like.

The one thing that must hold: a schema that the real service refuses is refused here, with the place named as it names
it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.openai.errors import OpenAIRefusal, bad_request

MAX_PROPERTIES: Final = 5_000
MAX_DEPTH: Final = 10
MAX_NAMES: Final = 120_000
MAX_ENUM: Final = 1_000
MANY_ENUM: Final = 250
MAX_ENUM_TEXT: Final = 15_000
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_FORBIDDEN: Final = ("allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "patternProperties")


@dataclass(slots=True)
class _Census:
    """Counts what has limits over the whole schema called `name`; `param` is what a refusal points at."""

    name: str
    param: str
    code: str | None = None
    properties: int = 0
    text: int = 0
    enum: int = 0

    def invalid(self, place: tuple[str, ...], what: str) -> OpenAIRefusal:
        shown = f"({', '.join(repr(part) for part in place)}{',' if len(place) == 1 else ''})"
        message = f"Invalid schema for response_format '{self.name}': In context={shown}, {what}"
        return bad_request(message, code=self.code, param=self.param)


def check_format(name: Any, schema: Any, *, strict: bool, param: str, code: str | None = None) -> None:
    """Check a named schema; `code` is what the endpoint puts into a refusal of it.

    Raises:
        OpenAIRefusal: 400 with the parameter and what is wrong where.
    """
    if not isinstance(name, str) or not _NAME.match(name):
        raise bad_request(f"Invalid '{param}.name': string does not match pattern.", code="invalid_value", param=param)
    if not isinstance(schema, dict):
        raise bad_request(
            f"Missing required parameter: '{param}.schema'.", code="missing_required_parameter", param=f"{param}.schema"
        )
    if strict:
        census = _Census(name, param if code is None else f"{param}.schema", code)
        if schema.get("type") != "object" or "anyOf" in schema:
            raise census.invalid((), "schema must be a JSON Schema of 'type: \"object\"', got 'type: None'.")
        _walk(schema, (), 1, census)
        if census.properties > MAX_PROPERTIES or census.text > MAX_NAMES or census.enum > MAX_ENUM:
            raise census.invalid((), "the schema exceeds the size limits.")


def _walk(schema: Mapping[str, Any], place: tuple[str, ...], depth: int, census: _Census) -> None:
    if depth > MAX_DEPTH:
        raise census.invalid(place, "the schema exceeds the maximum nesting depth of 10.")
    for word in _FORBIDDEN:
        if word in schema:
            raise census.invalid(place, f"'{word}' is not permitted.")
    _count_enum(schema, place, census)
    if "properties" in schema or schema.get("type") == "object":
        _check_object(schema, place, census)
    for key, inner in schema.get("properties", {}).items():
        _walk(inner, (*place, "properties", key), depth + 1, census)
    for key, inner in schema.get("$defs", {}).items():
        _walk(inner, (*place, "$defs", key), depth + 1, census)
    if isinstance(schema.get("items"), dict):
        _walk(schema["items"], (*place, "items"), depth + 1, census)
    for index, inner in enumerate(schema.get("anyOf", ())):
        _walk(inner, (*place, "anyOf", str(index)), depth + 1, census)


def _check_object(schema: Mapping[str, Any], place: tuple[str, ...], census: _Census) -> None:
    if schema.get("additionalProperties") is not False:
        raise census.invalid(place, "'additionalProperties' is required to be supplied and to be false.")
    properties = schema.get("properties", {})
    census.properties += len(properties)
    census.text += sum(map(len, properties))
    missing = [key for key in properties if key not in schema.get("required", ())]
    if missing:
        raise census.invalid(
            place,
            "'required' is required to be supplied and to be an array including every key in properties. "
            f"Missing '{missing[0]}'.",
        )


def _count_enum(schema: Mapping[str, Any], place: tuple[str, ...], census: _Census) -> None:
    values = [str(value) for value in schema.get("enum", ())]
    census.enum += len(values)
    length = sum(map(len, values))
    census.text += length
    if len(values) > MANY_ENUM and length > MAX_ENUM_TEXT:
        raise census.invalid(place, "the enum's values are too long together.")
