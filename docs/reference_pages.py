"""The reference pages made from code: commands, assets with their checks and jobs, tables with every column.

What must hold: what is not documented where it is defined fails here, so that no page can have a hole.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from typer.main import get_command

from outbound_assets import tables
from outbound_cli.main import app

ROOT: Final = Path(__file__).resolve().parent.parent
COMMANDS: Final = ROOT / "docs" / "reference" / "commands.md"
ASSETS: Final = ROOT / "docs" / "reference" / "assets.md"
TABLES: Final = ROOT / "docs" / "reference" / "tables.md"
DECISIONS: Final = ROOT / "docs" / "adr" / "index.md"

EXIT_CODES: Final = """Exit codes: 0 done, 1 done and something is wrong, 2 the call was wrong, 3 the configuration is
wrong, 4 a service is. `--json` prints one JSON document on standard output. State lies in the home (`--home`, or
`OUTBOUND_HOME`, else `.outbound`).
"""


TABLES_HEAD: Final = """Every asset fills the table of its name in `.outbound/warehouse.duckdb`; open it with any DuckDB
while nothing runs. Written by `make docs` from `outbound_assets/tables.py`.
"""


class Undocumented(ValueError):
    """Something has no words where it is defined."""


def commands_page() -> str:
    """Every command with its usage and options.

    Raises:
        Undocumented: A command or an option without help.
    """
    commands: Mapping[str, Any] = get_command(app).commands  # type: ignore[attr-defined] # a Typer app with commands is a group
    parts = ["# Commands\n", f"Written by `make docs` from `outbound_cli/`.\n\n{EXIT_CODES}"]
    parts += [_command(name, commands[name]) for name in sorted(commands)]
    return "\n".join(parts)


def _command(name: str, command: Any) -> str:
    if not command.help:
        raise Undocumented(f"the command {name} has no docstring")
    usage = " ".join(["outbound", name, *_usage(command)])
    lines = [f"## {name}\n", f"{_folded(command.help)}\n", f"```\n{usage}\n```\n"]
    shown = [option for option in command.params if not getattr(option, "hidden", False) and option.name != "help"]
    if shown:
        lines += ["| option | default | meaning |", "| --- | --- | --- |"]
        lines += [_parameter(name, option) for option in shown]
        lines.append("")
    return "\n".join(lines)


def _usage(command: Any) -> Iterator[str]:
    for option in command.params:
        if option.param_type_name == "argument":
            word = (option.metavar or option.name or "").upper()
            yield word if option.required else f"[{word}]"
    if any(option.param_type_name == "option" for option in command.params):
        yield "[OPTIONS]"


def _parameter(command: str, option: Any) -> str:
    help_text = getattr(option, "help", None)
    if not help_text:
        raise Undocumented(f"{command}: {option.name} has no help")
    if option.param_type_name == "argument":
        shown = f"`{(option.metavar or option.name or '').upper()}`"
    else:
        shown = ", ".join(f"`{word}`" for word in (*option.opts, *option.secondary_opts))
    default = option.default
    plain = default is None or default is False or callable(default) or isinstance(default, (list, tuple))
    value = "" if plain or "UNSET" in repr(default) or _of_this_machine(default) else f"`{_word(default)}`"
    if option.required:
        value = "required"
    return f"| {shown} | {value} | {_cell(help_text)} |"


def _of_this_machine(default: Any) -> bool:
    return isinstance(default, Path) and default.is_absolute()


def _word(default: Any) -> str:
    return str(getattr(default, "value", default))


def _folded(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _folded(text).replace("|", "\\|")


DESCRIBE: Final = """
import json
from outbound_assets.definitions import defs

repository = defs.get_repository_def()
assets = [
    {
        "name": spec.key.to_user_string(), "group": spec.group_name, "kinds": sorted(spec.kinds),
        "daily": spec.partitions_def is not None, "description": spec.description or "",
        "deps": sorted(dep.asset_key.to_user_string() for dep in spec.deps), "tags": dict(spec.tags),
    }
    for spec in defs.resolve_all_asset_specs()
]
checks = [
    {"asset": key.asset_key.to_user_string(), "name": key.name, "blocking": graph.get_check_spec(key).blocking,
     "description": graph.get_check_spec(key).description or ""}
    for graph in (repository.asset_graph,) for key in graph.asset_check_keys
]
jobs = [{"name": job.name, "description": job.description or ""} for job in defs.jobs]
ticks = [
    {"name": one.name, "cron": one.cron_schedule, "job": one.job_name, "description": one.description or ""}
    for one in defs.schedules
]
sensors = [{"name": one.name, "description": one.description or ""} for one in defs.sensors]
print(json.dumps({"assets": assets, "checks": checks, "jobs": jobs, "schedules": ticks, "sensors": sensors}))
"""


def code_location() -> dict[str, Any]:
    """The code location as Dagster loads it, in a process of its own: loading it belongs to one home."""
    with tempfile.TemporaryDirectory() as home:
        told = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", DESCRIBE], cwd=ROOT, capture_output=True, text=True, check=True,
            env={**os.environ, "OUTBOUND_HOME": home, "OUTBOUND_CAMPAIGN": str(ROOT / "campaign.toml")}, timeout=180,
        )  # fmt: skip
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def assets_page(found: Mapping[str, Any]) -> str:
    """Assets, checks, jobs, schedules and sensors.

    Raises:
        Undocumented: One of them has no description.
    """
    for kind, items in found.items():
        for item in items:
            if not item["description"]:
                raise Undocumented(f"{kind}: {item['name']} has no description")
    parts = ["# Assets, checks and jobs\n", "Written by `make docs` from the code location that Dagster loads.\n"]
    checks = _by(found["checks"], "asset")
    for group, assets in _by(_left_to_right(found["assets"]), "group").items():
        parts.append(f"## {group}\n")
        parts += [_asset(asset, checks.get(asset["name"], [])) for asset in assets]
    parts += ["## Jobs\n", _list(found["jobs"], ("name", "description"), ("job", "what it does"))]
    columns = ("name", "cron", "job", "description")
    parts += ["## Schedules\n", "Times are in the operator's zone.\n", _list(found["schedules"], columns, columns)]
    parts += ["## Sensors\n", _list(found["sensors"], ("name", "description"), ("sensor", "what it does"))]
    return "\n".join(parts)


def _left_to_right(assets: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Assets as the graph reads: each after all it is made from."""
    above = {asset["name"]: asset["deps"] for asset in assets}

    def depth(name: str) -> int:
        return 1 + max((depth(dep) for dep in above[name]), default=0)

    return sorted(assets, key=lambda asset: (depth(asset["name"]), asset["name"]))


def _asset(asset: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> str:
    first = asset["description"].partition("\n\n")[0]
    tags = asset["tags"]
    facts = ["one partition a day" if asset["daily"] else "not partitioned", f"from {_names(asset['deps'])}"]
    if "outbound/pays" in tags:
        facts.append(f"may buy answers ({tags['outbound/pays']})")
    if "outbound/reaches" in tags:
        facts.append(f"writes outside this machine ({tags['outbound/reaches']})")
    lines = [f"### {asset['name']}\n", f"{_folded(first)}\n", f"{'; '.join(facts)}.\n"]
    if checks:
        lines += ["| check | blocks | what it says |", "| --- | --- | --- |"]
        lines += [
            f"| `{one['name']}` | {'yes' if one['blocking'] else ''} | {_cell(one['description'])} |"
            for one in sorted(checks, key=lambda one: one["name"])
        ]
        lines.append("")
    return "\n".join(lines)


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing else"


def _by(items: Sequence[Mapping[str, Any]], key: str) -> dict[str, list[Mapping[str, Any]]]:
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        grouped.setdefault(item[key], []).append(item)
    return grouped


def _list(items: Sequence[Mapping[str, Any]], keys: Sequence[str], titles: Sequence[str]) -> str:
    lines = [f"| {' | '.join(titles)} |", f"| {' | '.join('---' for _ in titles)} |"]
    for item in items:
        cells = [f"`{item[key]}`" if key in {"name", "cron", "job"} else _cell(item[key]) for key in keys]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def tables_page() -> str:
    """Every table of the warehouse with every column: what each number means."""
    parts = [
        "# Tables and metrics\n",
        TABLES_HEAD,
    ]
    for table in tables.ALL:
        grain = f"one partition a {table.partition}" if table.partition else "replaced as a whole"
        parts += [
            f"## {table.name}\n",
            f"{grain}.\n".capitalize(),
            "| column | type | meaning |",
            "| --- | --- | --- |",
        ]
        parts += [f"| `{one.name}` | {one.type} | {_cell(one.description)} |" for one in table.columns]
        parts.append("")
    return "\n".join(parts)


def decisions_page() -> str:
    """The list of decisions."""
    parts = [
        "# Decisions\n",
        "A page for each decision that had an alternative: what was chosen, what else there was, why, and its price.\n",
    ]
    for page in sorted(DECISIONS.parent.glob("[0-9]*.md")):
        title = page.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        parts.append(f"- [{title}]({page.name})")
    return "\n".join([*parts, ""])


_PAGE_NAMES: Final = re.compile(r"^## (.+)$", re.MULTILINE)


def headings(page: str) -> list[str]:
    """The second-level headings of a page."""
    return _PAGE_NAMES.findall(page)
