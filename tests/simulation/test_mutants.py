"""A few of the mutants, caught; all of them fit the product as it is (`make mutants` tries every one)."""

import ast
from pathlib import Path

import pytest

from simulation.mutants.__main__ import verdict_on
from simulation.mutants.catalogue import LUCK, MUTANTS
from simulation.mutants.mutant import Mutant, StaleMutantError, mutant, mutated
from simulation.mutants.overlay import ROOT, overlay

NAMED = {each.name: each for each in MUTANTS}
QUICK = ["the intent is committed after the call", "UTC instead of the recipient's clock"]


def test_every_mutant_fits_the_product_as_it_is() -> None:
    for each in MUTANTS:
        for path, text in mutated(ROOT, each).items():
            assert text != (ROOT / path).read_text("utf-8"), each.name
            ast.parse(text)
    assert len(NAMED) == len(MUTANTS) >= 40
    assert {each.luck.name for each in MUTANTS} <= set(LUCK)
    assert all(each.breaks for each in MUTANTS)


def test_every_invariant_has_mutants_that_break_it() -> None:
    broken = {invariant for each in MUTANTS for invariant in each.breaks}
    assert broken == {f"I{number}" for number in range(1, 12)}


def test_a_mutant_whose_text_is_gone_fails_loudly() -> None:
    stale = mutant("stale", "I1", LUCK["quiet"], ("rules/sending.py", "what was never written there", "x"))
    with pytest.raises(StaleMutantError, match=r"rules/sending\.py has 0 times 'what was never"):
        mutated(ROOT, stale)


def test_an_overlay_leaves_the_project_as_it_is(tmp_path: Path) -> None:
    before = (ROOT / "rules/sending.py").read_bytes()
    place = overlay(tmp_path, {"rules/sending.py": "changed = True\n"})
    assert (place / "rules/sending.py").read_text("utf-8") == "changed = True\n"
    assert (ROOT / "rules/sending.py").read_bytes() == before
    assert (place / "rules/mail.py").resolve() == ROOT / "rules/mail.py"
    assert (place / "stages").resolve() == ROOT / "stages"


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_a_mutant_is_caught(name: str) -> None:
    verdict = verdict_on(NAMED[name], seeds=3)
    assert verdict.invariant in NAMED[name].breaks
    assert verdict.message


@pytest.mark.slow
def test_the_product_itself_is_not() -> None:
    itself = Mutant("itself", frozenset(f"I{number}" for number in range(1, 12)), LUCK["quiet"], ())
    assert verdict_on(itself, seeds=1).invariant == ""
