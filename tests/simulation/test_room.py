"""The checkers stand apart: what they know of the product is what was recorded."""

import ast
import sys
from pathlib import Path

import simulation.checkers
from simulation.facts import Approved, Planned, RunEnded
from simulation.history import History, fingerprint
from tests.builders import MONDAY

ALLOWED = {"simulation", "holidays"} | sys.stdlib_module_names


def test_checkers_import_the_history_and_nothing_of_the_product() -> None:
    for path in sorted(Path(simulation.checkers.__file__ or "").parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in ALLOWED, f"{path.name} imports {name}"
                inside = name.startswith(("simulation.facts", "simulation.history", "simulation.checkers"))
                assert inside or not name.startswith("simulation"), f"{path.name} imports {name}"


def test_a_history_finds_the_facts_of_a_key_and_has_a_hash_of_its_own() -> None:
    first, second = History(), History()
    for history in (first, second):
        history.add(Planned(at=MONDAY, day="2026-11-23", lead_id="rec1", step="opener", standing="due", reason=""))
        history.add(
            Approved(
                at=MONDAY, key="k1", lead_id="rec1", address="a@b.example", company="b.example", step="opener",
                day="2026-11-23", subject="Hello", text="You", fingerprint=fingerprint("Hello", "You"),
            )
        )  # fmt: skip

    assert first.digest() == second.digest()
    assert [type(fact) for fact in first.about(["rec1"])] == [Planned, Approved]
    assert [fact.key for fact in first.of(Approved)] == ["k1"]

    second.add(RunEnded(at=MONDAY))
    assert first.digest() != second.digest()
