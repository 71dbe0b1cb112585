"""How this repository is kept: what may not stand in it, and what must stand beside what is there."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from resources.redaction import SECRET, redact
from sandbox import keys
from tests.repository import CODE, PACKAGES, ROOT, pages, python_files, shown, text_files

LONGEST_FILE = 400
MACHINE_PATH = re.compile(r"(?<![\w.$/])/(?:root|home|work|tmp|opt|Users|mnt)/\w|[A-Z]:\\Users", re.ASCII)
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "common"}
EXCUSE = re.compile(r"# (noqa: (?P<codes>[A-Z0-9, ]+)|type: ignore\[(?P<kinds>[\w, -]+)\])(?P<reason>.*)")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-site.lock")


def pins(lock: str) -> dict[str, str]:
    """Package to version (with its marker) of a lock file."""
    found = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    return dict(found)


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    itself = Path(__file__)
    named = [
        f"{shown(path)}:{number}"
        for path in text_files()
        if path != itself
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert named == []


def test_no_file_is_long_and_no_name_is_vague() -> None:
    long = {
        shown(path): lines
        for path in python_files(*PACKAGES)
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}
    assert [shown(path) for path in python_files(*CODE) if path.stem in VAGUE_NAMES] == []


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        shown(path)
        for path in python_files(*PACKAGES, "tests", "bench")
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_an_exception_to_the_linters_has_its_reason_beside_it() -> None:
    """A code may be excused often in a file; the first time says why."""
    bare = []
    for path in python_files(*CODE):
        reasons: dict[str, bool] = defaultdict(bool)
        for line in path.read_text("utf-8").splitlines():
            if path != Path(__file__) and (excuse := EXCUSE.search(line)):
                for code in re.split(r"[ ,]+", (excuse["codes"] or excuse["kinds"]).strip()):
                    reasons[code] |= len(excuse["reason"].strip(" -#")) >= len("why")
        bare += [f"{shown(path)}: {code}" for code, given in reasons.items() if not given]
    assert bare == []


def _names(caught: ast.expr | None) -> list[ast.Name]:
    return [] if caught is None else [leaf for leaf in ast.walk(caught) if isinstance(leaf, ast.Name)]


@pytest.mark.rule("B14")
def test_a_required_module_is_never_imported_only_perhaps() -> None:
    perhaps = []
    for path in python_files(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Try) and any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body):
                caught = {name.id for handler in node.handlers for name in _names(handler.type)}
                if caught & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}:
                    perhaps.append(f"{shown(path)}:{node.lineno}")
    assert perhaps == []


@pytest.mark.rule("B15")
def test_no_exception_is_gathered_and_dropped() -> None:
    gathered = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "gather"
    ]
    assert gathered == []


def test_tests_patch_nothing_and_wait_for_no_clock() -> None:
    """Where another process is watched there is nothing to wait on but its effects; the line says so."""
    banned = re.compile(r"unittest\.mock|mocker\b|\b(?:time\.sleep\(|asyncio\.sleep\([1-9])[^#]*$")
    found = [
        f"{shown(path)}:{number}"
        for path in python_files("tests")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if banned.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_by_hash_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"https?:|file:|--(?:extra-)?index-url|--find-links|--trusted-host", text)
    unhashed = [
        block.splitlines()[0]
        for block in re.split(r"\n(?=\w)", text)
        if "==" in block and "--hash=sha256:" not in block
    ]
    assert unhashed == []
    assert len(pins(lock)) > 8


def test_running_and_testing_use_the_same_versions() -> None:
    runtime, dev = pins(LOCKS[0]), pins(LOCKS[1])
    assert {name: dev.get(name) for name in runtime} == runtime


@pytest.mark.rule("B37")
def test_no_page_shows_a_secret() -> None:
    lent = [value for name, value in vars(keys).items() if name.endswith(("_TOKEN", "_KEY", "_PASSWORD"))]
    assert len(lent) >= 6
    telling = []
    for path in pages():
        text = path.read_text("utf-8")
        if SECRET in redact(text).replace(f"`{SECRET}`", "") or any(key in text for key in lent):
            telling.append(shown(path))
    assert telling == []
