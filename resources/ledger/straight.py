"""Statements of the ledger straight to a SQLite connection: what SQLAlchemy does for each execution is done once.

What must hold: the SQL is the text that SQLAlchemy makes of the statement, and values and columns are converted by the
statement's own types; the conformance suite of the ledger runs over it (ADR 32).
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError, InvalidRequestError

_Values = Mapping[str, Any]
_NOTHING: Final[_Values] = {}
_Known = tuple["_Prepared", dict[str, Any]]
Watch = Callable[[str, str, Sequence[Any]], None]
"""Called before a statement with ``insert send`` (empty where it only reads), its text and its values."""


class Found(list[Any]):
    """What a statement brought: its rows, and of these the first, the only one, or one column."""

    __slots__ = ("columns", "rowcount")

    def __init__(self, rows: Sequence[Any], columns: tuple[str, ...], rowcount: int) -> None:
        super().__init__(rows)
        self.columns = columns
        self.rowcount = rowcount

    def all(self) -> "Found":
        """Every row."""
        return self

    def yield_per(self, number: int) -> "Found":
        """Every row: they are in memory already."""
        del number
        return self

    def keys(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.columns

    def first(self) -> Any:
        """The first row, or ``None``."""
        return self[0] if self else None

    def one(self) -> Any:
        """The only row.

        Raises:
            LookupError: There is none, or more than one.
        """
        if len(self) != 1:
            raise LookupError(f"one row was asked for, {len(self)} were found")
        return self[0]

    def scalar(self) -> Any:
        """The first column of the first row, or ``None``."""
        return self[0][0] if self else None

    def scalar_one(self) -> Any:
        """The first column of the only row.

        Raises:
            LookupError: There is none, or more than one.
        """
        return self.one()[0]

    def scalars(self) -> "Found":
        """The first column of each row."""
        return Found([row[0] for row in self], self.columns, self.rowcount)

    def mappings(self) -> "Found":
        """Each row as a dict by column."""
        columns = self.columns
        return Found([dict(zip(columns, row, strict=True)) for row in self], columns, self.rowcount)


@dataclass(frozen=True, slots=True)
class _Form:
    """SQLite's text, and for each of its marks the value's name, its place in a list (-1 for none), its conversion."""

    text: str
    names: tuple[str, ...]
    places: tuple[int, ...]
    convert: tuple[tuple[int, Callable[[Any], Any]], ...]


class _Prepared:
    """A compiled statement: its text, where its values go, and how its columns come back."""

    def __init__(self, statement: Any, compiled: Any, dialect: Dialect) -> None:
        self.compiled = compiled
        self.writes = f"{type(statement).__name__.lower()} {statement.table.name}" if _changes(statement) else ""
        self.required = frozenset(name for bind, name in compiled.bind_names.items() if bind.required)
        self.columns: tuple[str, ...] = ()
        self._dialect = dialect
        self._expanding = tuple(name for bind, name in compiled.bind_names.items() if bind.expanding)
        self._convert = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind, name in compiled.bind_names.items()
        }
        self._forms: dict[tuple[int, ...], _Form] = {}
        self._alone: _Form | None = None
        self._types = [column.type for column in getattr(statement, "exported_columns", ())]
        self._row: type[tuple[Any, ...]] | None = None
        self._back: list[tuple[int, Callable[[Any], Any]]] = []

    def bound(self, values: _Values) -> tuple[str, list[Any]]:
        """The text and its values in order.

        Raises:
            KeyError: A value is missing.
        """
        if not self._expanding:
            form = self._alone or self._first_form(values)
            given = [values[name] for name in form.names]
        else:
            lengths = tuple([len(values[name]) for name in self._expanding])
            form = self._forms.get(lengths) or self._form(values, lengths)
            given = [
                values[name] if place < 0 else values[name][place]
                for name, place in zip(form.names, form.places, strict=True)
            ]
        for number, convert in form.convert:
            given[number] = convert(given[number])
        return form.text, given

    def _first_form(self, values: _Values) -> _Form:
        self._alone = self._form(values, ())
        return self._alone

    def _form(self, values: _Values, lengths: tuple[int, ...]) -> _Form:
        """The text for lists of these lengths, and where the value of each of its marks comes from."""
        spread = {name: [None] * length for name, length in zip(self._expanding, lengths, strict=True)}
        state = self.compiled.construct_expanded_state({**dict.fromkeys(values), **spread}, escape_names=False)
        lists = state.parameter_expansion.items()
        origin = {one: (name, place) for name, many in lists for place, one in enumerate(many)}
        marks = [origin.get(mark, (mark, -1)) for mark in state.positiontup or ()]
        converts = ((number, self._convert[name]) for number, (name, _) in enumerate(marks))
        form = self._forms[lengths] = _Form(
            state.statement,
            tuple(name for name, _ in marks),
            tuple(place for _, place in marks),
            tuple((number, convert) for number, convert in converts if convert is not None),
        )
        return form

    def rows(self, cursor: sqlite3.Cursor) -> list[Any]:
        """What a cursor holds, as rows of this statement."""
        row = self._row or self._first_look(cursor)
        if not self._back:
            return [row(values) for values in cursor]
        made = []
        for values in cursor:
            changed = list(values)
            for number, convert in self._back:
                changed[number] = convert(changed[number])
            made.append(row(changed))
        return made

    def _first_look(self, cursor: sqlite3.Cursor) -> type[tuple[Any, ...]]:
        self.columns = tuple(entry[0] for entry in cursor.description)
        converts = (of.dialect_impl(self._dialect).result_processor(self._dialect, None) for of in self._types)
        self._back = [(number, convert) for number, convert in enumerate(converts) if convert is not None]
        self._row = _row_of(self.columns)
        return self._row


class Straight:
    """A connection as the ledger uses one; see the module.

    Args:
        database: The connection.
        dialect: SQLAlchemy's for it.
        watch: Is told of every statement first.
    """

    def __init__(self, database: sqlite3.Connection, dialect: Dialect, watch: Watch) -> None:
        self.database = database
        self.dialect = dialect
        self._watch = watch
        self._compiled: dict[Any, Any] = {}
        self._prepared: dict[int, _Prepared] = {}
        self._known: WeakKeyDictionary[Any, dict[tuple[str, ...], _Known]] = WeakKeyDictionary()

    @property
    def known(self) -> int:
        """Statements that are prepared and still there."""
        return len(self._known)

    def execute(self, statement: Any, values: _Values | list[_Values] = _NOTHING) -> Found:
        """Run a statement.

        Args:
            statement: Of SQLAlchemy's Core.
            values: By name of its parameters, or a list of such, of which none brings rows.

        Raises:
            sqlalchemy.exc.InvalidRequestError: A parameter has no value.
            sqlalchemy.exc.DBAPIError: SQLite refuses it.
        """
        if isinstance(values, list):
            return self._many(statement, values)
        prepared, text, marks = self._bound(statement, values)
        self._watch(prepared.writes, text, marks)
        cursor = self._carried(self.database.execute, text, marks)
        rows = prepared.rows(cursor) if cursor.description else ()
        return Found(rows, prepared.columns, cursor.rowcount)

    def _many(self, statement: Any, values: list[_Values]) -> Found:
        bound = [self._bound(statement, one) for one in values]
        prepared, text, marks = bound[0]
        self._watch(prepared.writes, text, marks)
        return Found((), (), self._carried(self.database.executemany, text, [one[2] for one in bound]).rowcount)

    def _bound(self, statement: Any, values: _Values) -> tuple[_Prepared, str, list[Any]]:
        names = tuple(values) if _changes(statement) else ()
        forms = self._known.get(statement)
        if forms is None:
            forms = self._known[statement] = {}
        prepared, own = forms.get(names) or forms.setdefault(names, self._prepare(statement, names))
        try:
            return prepared, *prepared.bound({**own, **values} if own else values)
        except KeyError as missing:
            raise InvalidRequestError(f"A value is required for bind parameter {missing}") from missing

    def exec_driver_sql(self, text: str, values: Sequence[Any] = ()) -> Found:
        """Run SQLite's own words, with the values of one execution or a list of such."""
        self._watch("", text, values)
        if isinstance(values, list):
            return Found((), (), self._carried(self.database.executemany, text, values).rowcount)
        cursor = self._carried(self.database.execute, text, values)
        columns = tuple(entry[0] for entry in cursor.description or ())
        return Found([*map(_row_of(columns), cursor)] if columns else (), columns, cursor.rowcount)

    def _carried(self, how: Callable[[str, Any], sqlite3.Cursor], text: str, values: Any) -> sqlite3.Cursor:
        try:
            return how(text, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(text, values, error, sqlite3.Error, dialect=self.dialect) from error

    def _prepare(self, statement: Any, names: tuple[str, ...]) -> _Known:
        compiled, extracted, collected, _ = statement._compile_w_cache(  # noqa: SLF001 - there is no public name for a look by content
            self.dialect, compiled_cache=self._compiled, column_keys=list(names), for_executemany=False,
            schema_translate_map=None,
        )  # fmt: skip
        prepared = self._prepared.get(id(compiled))
        if prepared is None or prepared.compiled is not compiled:
            prepared = self._prepared[id(compiled)] = _Prepared(statement, compiled, self.dialect)
        own = compiled.construct_params(
            extracted_parameters=extracted, escape_names=False, _check=False, _collected_params=collected
        )
        given = prepared.required | frozenset(names)
        return prepared, {name: value for name, value in own.items() if name not in given}


def _changes(statement: Any) -> bool:
    return statement.is_dml is True  # what is only text says nothing of it


def _row_of(columns: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """The class of rows with these columns."""
    names = {name: property(itemgetter(at)) for at, name in enumerate(columns)}
    return type("Row", (tuple,), {"__slots__": (), **names})
