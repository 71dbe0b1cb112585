"""Statements of the ledger straight to a SQLite connection: what SQLAlchemy does for each execution is done once.

What must hold: the SQL is the text that SQLAlchemy makes of the statement, and values and columns are converted by the
statement's own types; the conformance suite of the ledger runs over it (ADR 32).
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError

_Values = Mapping[str, Any]
_NOTHING: Final[_Values] = {}
_Place = tuple[str, int, Callable[[Any], Any] | None]
"""Where a mark's value comes from: its name, its place in a list (-1 for none), its conversion."""
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
        self._forms: dict[tuple[int, ...], tuple[str, tuple[_Place, ...]]] = {}
        self._types = [column.type for column in getattr(statement, "exported_columns", ())]
        self._row: type[tuple[Any, ...]] | None = None
        self._back: list[tuple[int, Callable[[Any], Any]]] = []

    def bound(self, values: _Values) -> tuple[str, list[Any]]:
        """The text and its values in order.

        Raises:
            KeyError: A value is missing.
        """
        lengths = tuple([len(values[name]) for name in self._expanding]) if self._expanding else ()
        form = self._forms.get(lengths)
        if form is None:
            form = self._forms[lengths] = self._form(values)
        text, places = form
        given = []
        for name, place, convert in places:
            value = values[name] if place < 0 else values[name][place]
            given.append(value if convert is None else convert(value))
        return text, given

    def _form(self, values: _Values) -> tuple[str, tuple[_Place, ...]]:
        """The text for lists of these lengths, and where the value of each of its marks comes from."""
        spread = {name: [None] * len(values[name]) for name in self._expanding}
        state = self.compiled.construct_expanded_state({**dict.fromkeys(values), **spread}, escape_names=False)
        lists = state.parameter_expansion.items()
        origin = {one: (name, place) for name, many in lists for place, one in enumerate(many)}
        marks = [origin.get(mark, (mark, -1)) for mark in state.positiontup or ()]
        return state.statement, tuple((name, place, self._convert.get(name)) for name, place in marks)

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

    def execute(self, statement: Any, values: _Values | Sequence[_Values] = _NOTHING) -> Found:
        """Run a statement.

        Args:
            statement: Of SQLAlchemy's Core.
            values: By name of its parameters, or a list of such, of which none brings rows.

        Raises:
            TypeError: A parameter has no value.
            sqlalchemy.exc.DBAPIError: SQLite refuses it.
        """
        given = [values] if isinstance(values, Mapping) else values
        prepared, own = self._statement(statement, given[0])
        try:
            bound = [prepared.bound({**own, **one} if own else one) for one in given]
        except KeyError as missing:
            raise TypeError(f"no value for {missing.args[0]}") from missing
        text, marks = bound[0]
        self._watch(prepared.writes, text, marks)
        if given is values:
            cursor = self._carried(self.database.executemany, text, [one for _, one in bound])
            return Found((), (), cursor.rowcount)
        cursor = self._carried(self.database.execute, text, marks)
        return Found(prepared.rows(cursor) if cursor.description else (), prepared.columns, cursor.rowcount)

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

    def _statement(self, statement: Any, values: _Values) -> _Known:
        """A statement prepared, and the values that are part of it; once for a statement that is kept."""
        names = tuple(values) if _changes(statement) else ()
        forms = self._known.get(statement)
        if forms is None:
            forms = self._known[statement] = {}
        known = forms.get(names)
        if known is None:
            known = forms[names] = self._prepare(statement, names)
        return known

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
    return bool(getattr(statement, "is_dml", False))


def _row_of(columns: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """The class of rows with these columns."""
    names = {name: property(itemgetter(at)) for at, name in enumerate(columns)}
    return type("Row", (tuple,), {"__slots__": (), **names})
