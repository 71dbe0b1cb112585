"""Writes the pages that are made from code: the configuration's reference, the proofs of rules, the figures on replies.

What must hold: running it twice changes nothing; `tests/test_pages.py` fails where a committed page is out of date.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date, time
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs import metrics_figures, reference_pages, replies_figures
from rules.airtable_fields import MACHINE_OWNED, OPERATOR_OWNED, AirtableFields
from rules.campaign import Campaign, Mode

ROOT: Final = Path(__file__).resolve().parent.parent
CONFIGURATION: Final = ROOT / "docs" / "configuration.md"
RULES: Final = ROOT / "docs" / "rules.md"

HEAD: Final = """# Configuration

Everything about a campaign stands in one `campaign.toml`: where `OUTBOUND_CAMPAIGN` points, else in the home
(`.outbound/campaign.toml`), else in the working directory. A key that is not on this page is an error, and so is a
value of another type. Secrets never stand there; they are environment variables (see the README). This page is written
by `make docs` from `rules/campaign.py` and the modules it is put together from.

An edited file counts from the next run on. What schedules and partitions take from it (`starts`, the operator's zone,
`digest_at`) counts once Dagster has loaded the code location again.
"""


def configuration_page() -> str:
    """The reference of `campaign.toml`: every section and key with type, default and meaning."""
    parts = [HEAD, "## Top level\n", _table(Campaign, _notes_of(Campaign))]
    for path, model in _sections(Campaign):
        if model is AirtableFields:
            continue
        meaning = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
        parts += [f"## {path}\n", f"{meaning}\n", _table(model, _notes_of(model))]
    meaning = inspect.cleandoc(AirtableFields.__doc__ or "")
    parts += ["## `[airtable.fields]`\n", f"{meaning} [airtable.md](airtable.md) says what each of them holds.\n"]
    owners = {**dict.fromkeys(OPERATOR_OWNED, "people"), **dict.fromkeys(MACHINE_OWNED, "the machine")}
    rows = [f"| `{name}` | {field.default} | {owners[name]} |" for name, field in AirtableFields.model_fields.items()]
    parts.append("\n".join(["| key | default | written by |", "| --- | --- | --- |", *rows, ""]))
    modes = _notes_of(Mode)
    rows = [f"| `{mode.value}` | {modes[mode.name]} |" for mode in Mode]
    parts += ["## Modes\n", "\n".join(["| mode | what it means |", "| --- | --- |", *rows, ""])]
    return "\n".join(parts)


def _sections(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every nested section with the heading it has in the file."""
    for name, field in model.model_fields.items():
        inner = _section_of(field)
        if inner is not None:
            path = f"{above}{name}"
            repeated = get_origin(field.annotation) is tuple
            yield (f"`[[{path}]]`" if repeated else f"`[{path}]`"), inner
            yield from _sections(inner, f"{path}.")


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _table(model: type[BaseModel], notes: Mapping[str, str]) -> str:
    rows = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        if _section_of(field) is not None:
            continue
        default = "required" if field.is_required() else f"`{_shown(field.get_default(call_default_factory=True))}`"
        rows.append(f"| `{name}` | {_typed(field)} | {default} | {notes.get(name, '')} |")
    return "\n".join([*rows, ""]) if len(rows) > len(("head", "rule")) else "Only the sections below.\n"


def _notes_of(declared: type) -> dict[str, str]:
    """The string below each attribute of a class, by the attribute's name."""
    node = ast.parse(inspect.getsource(declared)).body[0]
    return _notes(node) if isinstance(node, ast.ClassDef) else {}


def _notes(node: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    name = None
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            name = part.target.id
        elif isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            name = part.targets[0].id
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and name:
            found[name] = " ".join(str(part.value.value).split()).replace("``", "`")
            name = None
        else:
            name = None
    return found


_WORDS: Final[dict[Any, str]] = {
    str: "text", int: "whole number", float: "number", bool: "true or false", date: "date", time: "time",
}  # fmt: skip


def _typed(field: FieldInfo) -> str:
    """A field's type in words, with its limits."""
    limits = []
    for rule in field.metadata:
        for name, word in (("gt", "over"), ("ge", "at least"), ("lt", "under"), ("le", "at most")):
            if (bound := getattr(rule, name, None)) is not None:
                limits.append(f"{word} {bound}")
    return ", ".join([_words(field.annotation), *limits])


def _words(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation in _WORDS:
        return _WORDS[annotation]
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(_words(part) for part in parts if part is not NoneType)
    if origin is dict:
        return f"table of {_words(parts[1])}"
    if origin is tuple:
        return f"list of {_words(parts[0])}"
    if parts:
        return _words(parts[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    return str(getattr(annotation, "__name__", annotation))


def _shown(value: Any) -> str:
    """A default as it would stand in the file."""
    if isinstance(value, Enum):
        return _shown(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(part) for part in value)}]"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, time | date):
        return value.isoformat()
    return str(value)


_MARK: Final = re.compile(r"""pytest\.mark\.rule\(\s*["'](?P<rule>[AB]\d+)["']""")
_ROW: Final = re.compile(r"^\| (?P<rule>[AB]\d+) \|(?P<cells>.*)\|(?P<proof>[^|]*)\|$", re.MULTILINE)


def marked_tests() -> dict[str, dict[str, int]]:
    """Rule to test file to the number of its marks there."""
    found: dict[str, dict[str, int]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for mark in _MARK.finditer(path.read_text("utf-8")):
            files = found.setdefault(mark["rule"], {})
            shown = path.relative_to(ROOT).as_posix()
            files[shown] = files.get(shown, 0) + 1
    return found


def with_proofs(page: str) -> str:
    """The page of rules with its last column filled from the tests' marks."""
    proofs = marked_tests()
    table, opened, rest = page.partition("\n## Open")

    def filled(row: re.Match[str]) -> str:
        files = proofs.get(row["rule"], {})
        shown = ", ".join(f"`{name}` ({count})" for name, count in files.items())
        return f"| {row['rule']} |{row['cells']}| {shown} |" if shown else f"| {row['rule']} |{row['cells']}| |"

    return _ROW.sub(filled, table) + opened + rest


def main() -> int:
    """Write every page."""
    replies = replies_figures.PAGE
    for path, text in (
        (CONFIGURATION, configuration_page()),
        (RULES, with_proofs(RULES.read_text("utf-8"))),
        (reference_pages.COMMANDS, reference_pages.commands_page()),
        (reference_pages.ASSETS, reference_pages.assets_page(reference_pages.code_location())),
        (reference_pages.DECISIONS, reference_pages.decisions_page()),
        (reference_pages.TABLES, reference_pages.tables_page()),
        (replies, replies_figures.with_figures(replies.read_text("utf-8"))),
        (metrics_figures.PAGE, metrics_figures.with_tables(metrics_figures.PAGE.read_text("utf-8"))),
    ):
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
