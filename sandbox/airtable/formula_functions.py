"""The functions of the formula language that need nothing but their arguments.

The one thing that must hold: a function that cannot answer fails the formula for that record; it never makes up a
value.
"""

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sandbox.airtable.formula_values import (
    FormulaFailure,
    Value,
    before,
    equal,
    instant_of,
    number_of,
    text_of,
    truthy,
)

_SECONDS: Final[dict[str, float]] = {
    "millisecond": 0.001,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
}
_SHORT_UNITS: Final = {"ms": "millisecond", "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
_FORMATS: Final = (
    ("YYYY", "%Y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("HH", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
)
_PAIR: Final = 2


def _instant(value: Value) -> datetime:
    moment = instant_of(value)
    if moment is None:
        raise FormulaFailure("empty date")
    return moment


def _unit(value: Value) -> float:
    name = text_of(value)
    name = _SHORT_UNITS.get(name, name.lower().removesuffix("s"))
    if name not in _SECONDS:
        raise FormulaFailure(f"unit {name}")
    return _SECONDS[name]


def _find(needle: Value, haystack: Value, start: Value = 1.0) -> Value:
    return float(text_of(haystack).find(text_of(needle), max(0, int(number_of(start)) - 1)) + 1)


def _search(needle: Value, haystack: Value, start: Value = 1.0) -> Value:
    place = text_of(haystack).lower().find(text_of(needle).lower(), max(0, int(number_of(start)) - 1))
    return float(place + 1) if place >= 0 else None


def _substitute(text: Value, old: Value, new: Value, index: Value = None) -> Value:
    if index is None:
        return text_of(text).replace(text_of(old), text_of(new))
    pieces = text_of(text).split(text_of(old))
    nth = int(number_of(index))
    if nth >= len(pieces):
        return text_of(text)
    return text_of(old).join(pieces[:nth]) + text_of(new) + text_of(old).join(pieces[nth:])


def _replace(text: Value, start: Value, count: Value, new: Value) -> Value:
    place = int(number_of(start)) - 1
    return text_of(text)[:place] + text_of(new) + text_of(text)[place + int(number_of(count)) :]


def _regex_extract(text: Value, pattern: Value) -> Value:
    found = re.search(text_of(pattern), text_of(text))
    return found.group(0) if found else None


def _left(text: Value, count: Value) -> Value:
    return text_of(text)[: int(number_of(count))]


def _right(text: Value, count: Value) -> Value:
    length = int(number_of(count))
    return text_of(text)[-length:] if length else ""


def _mid(text: Value, start: Value, count: Value) -> Value:
    place = int(number_of(start)) - 1
    return text_of(text)[place : place + int(number_of(count))]


def _round(value: Value, precision: Value = 0.0) -> Value:
    scale = 10.0 ** int(number_of(precision))
    return math.floor(number_of(value) * scale + 0.5) / scale


def _value(text: Value) -> Value:
    digits = re.sub(r"[^0-9.+-]", "", text_of(text))
    return number_of(digits)


def _same(left: Value, right: Value, unit: Value = "") -> Value:
    first, second = _instant(left), _instant(right)
    name = text_of(unit).rstrip("s")
    formats = {"year": "%Y", "month": "%Y%m", "day": "%Y%m%d", "hour": "%Y%m%d%H", "minute": "%Y%m%d%H%M"}
    pattern = formats.get(name)
    return first == second if pattern is None else first.strftime(pattern) == second.strftime(pattern)


def _add(moment: Value, count: Value, unit: Value) -> Value:
    return _instant(moment) + timedelta(seconds=number_of(count) * _unit(unit))


def _difference(left: Value, right: Value, unit: Value = "seconds") -> Value:
    return float(math.trunc((_instant(left) - _instant(right)).total_seconds() / _unit(unit)))


def _format(moment: Value, pattern: Value = "YYYY-MM-DDTHH:mm:ssZ") -> Value:
    text = text_of(pattern)
    for token, code in _FORMATS:
        text = text.replace(token, _instant(moment).strftime(code))
    return text


def _switch(subject: Value, *rest: Value) -> Value:
    for pattern, result in zip(rest[::_PAIR], rest[1::_PAIR], strict=False):
        if equal(subject, pattern):
            return result
    return rest[-1] if len(rest) % _PAIR else None


def _numbers(values: tuple[Value, ...]) -> list[float]:
    return [number_of(value) for value in values if value is not None and value != ""]


def _divide(left: Value, right: Value) -> Value:
    if number_of(right) == 0:
        raise FormulaFailure("division by zero")
    return number_of(left) / number_of(right)


def _joined(values: Value, separator: Value = ", ") -> Value:
    return text_of(separator).join(values) if isinstance(values, list) else text_of(values)


FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": before,
    ">": lambda left, right: before(right, left),
    "<=": lambda left, right: before(left, right) or equal(left, right),
    ">=": lambda left, right: before(right, left) or equal(left, right),
    "&": lambda left, right: text_of(left) + text_of(right),
    "+": lambda left, right: number_of(left) + number_of(right),
    "-": lambda left, right: number_of(left) - number_of(right),
    "*": lambda left, right: number_of(left) * number_of(right),
    "/": _divide,
    "AND": lambda *values: all(map(truthy, values)),
    "OR": lambda *values: any(map(truthy, values)),
    "XOR": lambda *values: sum(map(truthy, values)) % 2 == 1,
    "NOT": lambda value: not truthy(value),
    "TRUE": lambda: True,
    "FALSE": lambda: False,
    "BLANK": lambda: None,
    "SWITCH": _switch,
    "FIND": _find,
    "SEARCH": _search,
    "LOWER": lambda text: text_of(text).lower(),
    "UPPER": lambda text: text_of(text).upper(),
    "TRIM": lambda text: text_of(text).strip(),
    "LEN": lambda text: float(len(text_of(text))),
    "LEFT": _left,
    "RIGHT": _right,
    "MID": _mid,
    "SUBSTITUTE": _substitute,
    "REPLACE": _replace,
    "REPT": lambda text, count: text_of(text) * int(number_of(count)),
    "CONCATENATE": lambda *values: "".join(map(text_of, values)),
    "ARRAYJOIN": _joined,
    "REGEX_MATCH": lambda text, pattern: re.search(text_of(pattern), text_of(text)) is not None,
    "REGEX_EXTRACT": _regex_extract,
    "REGEX_REPLACE": lambda text, pattern, new: re.sub(text_of(pattern), text_of(new), text_of(text)),
    "VALUE": _value,
    "T": lambda value: value if isinstance(value, str) else None,
    "IS_AFTER": lambda left, right: before(_instant(right), _instant(left)),
    "IS_BEFORE": lambda left, right: before(_instant(left), _instant(right)),
    "IS_SAME": _same,
    "DATEADD": _add,
    "DATETIME_DIFF": _difference,
    "DATETIME_FORMAT": _format,
    "DATETIME_PARSE": lambda text, *_format_and_locale: instant_of(text),
    "ROUND": _round,
    "INT": lambda value: float(math.floor(number_of(value))),
    "ABS": lambda value: abs(number_of(value)),
    "MIN": lambda *values: min(_numbers(values), default=0.0),
    "MAX": lambda *values: max(_numbers(values), default=0.0),
    "SUM": lambda *values: math.fsum(_numbers(values)),
    "COUNTA": lambda *values: float(sum(value not in (None, "") for value in values)),
}
