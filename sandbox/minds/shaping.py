"""Fitting an answer to a JSON schema.

The one thing that must hold: what comes out is valid for the schema, whatever went in; a wanted value is kept where it
is valid, and the smallest valid one stands in where it is not.
"""

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_EMPTY: Final[dict[str, Any]] = {"string": "", "integer": 0, "number": 0.0, "boolean": False, "null": None}
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def shaped(schema: Schema, wanted: Any = None, *, root: Schema | None = None) -> Any:
    """Return a valid instance of the schema that keeps as much of `wanted` as it can."""
    root = root if root is not None else schema
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return wanted if wanted in schema["enum"] else schema["enum"][0]
    if "anyOf" in schema:
        return _any_of(schema["anyOf"], wanted, root)
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    kind = next((name for name in kinds if _is(wanted, name)), kinds[0] if wanted is not None else kinds[-1])
    if kind == "object":
        return _object(schema, wanted if isinstance(wanted, Mapping) else {}, root)
    if kind == "array":
        return _array(schema, wanted if isinstance(wanted, list) else [], root)
    return _plain(schema, kind, wanted)


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        found = found.get(part, {}) if part else found
    return found if isinstance(found, Mapping) else {}


def _any_of(options: list[Schema], wanted: Any, root: Schema) -> Any:
    for option in options:
        kind = _resolved(option, root).get("type")
        if isinstance(kind, str) and _is(wanted, kind):
            return shaped(option, wanted, root=root)
    return shaped(options[-1] if wanted is None else options[0], wanted, root=root)


def _object(schema: Schema, wanted: Mapping[str, Any], root: Schema) -> dict[str, Any]:
    properties = schema.get("properties", {})
    required = schema.get("required", list(properties))
    return {
        name: shaped(inner, wanted.get(name), root=root)
        for name, inner in properties.items()
        if name in required or name in wanted
    }


def _array(schema: Schema, wanted: list[Any], root: Schema) -> list[Any]:
    items = schema.get("items", {})
    least, most = schema.get("minItems", 0), schema.get("maxItems", len(wanted))
    kept = [shaped(items, entry, root=root) for entry in wanted[: max(least, most)]]
    return kept + [shaped(items, root=root) for _ in range(least - len(kept))]


def _plain(schema: Schema, kind: str, wanted: Any) -> Any:
    value = wanted if _is(wanted, kind) else _EMPTY.get(kind)
    if kind == "string" and isinstance(value, str):
        value = value.ljust(schema.get("minLength", 0), ".")
        return value[: schema.get("maxLength", len(value))]
    if kind in ("integer", "number") and isinstance(value, int | float):
        value = max(value, schema.get("minimum", value))
        return min(value, schema.get("maximum", value))
    return value


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _KINDS.get(kind, ()))
