"""Whether a record passes a formula: `filterByFormula` and the filters of views.

The one thing that must hold: unknown fields and functions are refused when the formula is read, not record by record.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Protocol

from sandbox.airtable.errors import bad_formula
from sandbox.airtable.formula_functions import FUNCTIONS
from sandbox.airtable.formula_syntax import INVALID, Call, Constant, FieldRef, Node, parse
from sandbox.airtable.formula_values import FormulaFailure, Value, truthy


class Row(Protocol):
    """A record as formulas see it."""

    @property
    def record_id(self) -> str:
        """The id, rec and 14 characters."""

    @property
    def created(self) -> datetime:
        """When it was made."""

    def value(self, field_id: str) -> Value:
        """The cell, None when empty."""

    def modified(self, field_ids: tuple[str, ...]) -> datetime:
        """When any of the fields was last changed; all fields when none is named."""


Step = Callable[[Row, datetime], Value]
_LAZY: Final = frozenset({"IF", "ISERROR", "ERROR", "NOW", "TODAY", "RECORD_ID", "CREATED_TIME", "LAST_MODIFIED_TIME"})


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula bound to the fields of one table."""

    text: str
    step: Step
    only: frozenset[str] | None = None
    """The records it holds for, where it does no more than name them; ``None`` where every record has to be asked."""

    def passes(self, row: Row, now: datetime) -> bool:
        """Whether the record is included; a formula that fails on a record excludes it."""
        if self.only is not None:
            return row.record_id in self.only
        try:
            return truthy(self.step(row, now))
        except FormulaFailure:
            return False


def bind(text: str, field_ids: dict[str, str]) -> Formula:
    """Read a formula for a table; `field_ids` maps names to ids, and ids are accepted as themselves.

    Raises:
        AirtableRefusal: 422 INVALID_FILTER_BY_FORMULA for syntax, unknown functions and unknown fields.
    """
    tree = parse(text)
    known = {**field_ids, **{field_id: field_id for field_id in field_ids.values()}}
    unknown = [name for name in _fields(tree) if name not in known]
    if unknown:
        raise bad_formula(f"Unknown field names: {', '.join(name.lower() for name in unknown)}")
    return Formula(text, _compile(tree, known), _named_records(tree))


def _fields(tree: Node) -> Iterable[str]:
    if isinstance(tree, FieldRef):
        yield tree.name
    elif isinstance(tree, Call):
        for argument in tree.arguments:
            yield from _fields(argument)


def _named_records(tree: Node) -> frozenset[str] | None:
    if not isinstance(tree, Call):
        return None
    if tree.name == "=":
        left, right = sorted(tree.arguments, key=lambda side: isinstance(side, Constant))
        named = isinstance(left, Call) and left.name == "RECORD_ID" and isinstance(right, Constant)
        return frozenset({str(right.value)}) if named and isinstance(right, Constant) else None
    if tree.name == "OR" and tree.arguments:
        sides = [_named_records(argument) for argument in tree.arguments]
        return None if None in sides else frozenset().union(*(side for side in sides if side is not None))
    return None


def _compile(tree: Node, known: dict[str, str]) -> Step:
    if isinstance(tree, Constant):
        constant = tree.value
        return lambda _row, _now: constant
    if isinstance(tree, FieldRef):
        field_id = known[tree.name]
        return lambda row, _now: row.value(field_id)
    if tree.name in _LAZY:
        return _lazy(tree, known)
    function = FUNCTIONS.get(tree.name)
    if function is None:
        raise bad_formula(INVALID)
    return _applied(function, [_compile(argument, known) for argument in tree.arguments])


def _applied(function: Callable[..., Value], arguments: list[Step]) -> Step:
    def apply(row: Row, now: datetime) -> Value:
        try:
            return function(*(argument(row, now) for argument in arguments))
        except (TypeError, ValueError, OverflowError, re.error) as cause:
            raise FormulaFailure(str(cause)) from cause

    return apply


def _lazy(tree: Call, known: dict[str, str]) -> Step:
    """Compile what needs the record, the clock, or only some of its arguments."""
    if tree.name == "LAST_MODIFIED_TIME":
        if not all(isinstance(argument, FieldRef) for argument in tree.arguments):
            raise bad_formula(INVALID)
        watched = tuple(known[name] for name in _fields(tree))
        return lambda row, _now: row.modified(watched)
    steps = [_compile(argument, known) for argument in tree.arguments]
    if tree.name == "IF" and len(steps) in (2, 3):
        return _if(steps)
    if tree.name == "ISERROR" and len(steps) == 1:
        return _is_error(steps[0])
    if steps:
        raise bad_formula(INVALID)
    plain: dict[str, Step] = {
        "ERROR": _fail,
        "NOW": lambda _row, now: now,
        "TODAY": lambda _row, now: datetime.combine(now.date(), time(), now.tzinfo),
        "RECORD_ID": lambda row, _now: row.record_id,
        "CREATED_TIME": lambda row, _now: row.created,
    }
    if tree.name not in plain:
        raise bad_formula(INVALID)
    return plain[tree.name]


def _if(steps: list[Step]) -> Step:
    def choose(row: Row, now: datetime) -> Value:
        if truthy(steps[0](row, now)):
            return steps[1](row, now)
        return steps[2](row, now) if len(steps) > 2 else None  # noqa: PLR2004 - the else part

    return choose


def _is_error(step: Step) -> Step:
    def fails(row: Row, now: datetime) -> Value:
        try:
            step(row, now)
        except FormulaFailure:
            return True
        return False

    return fails


def _fail(_row: Row, _now: datetime) -> Value:
    raise FormulaFailure("ERROR()")
