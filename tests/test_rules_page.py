"""The page of rules tells the truth: every rule stands on it, what it names is there, and what has no proof says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from docs.generate import RULES, marked_tests
from tests.repository import ROOT

EVERY_RULE = [f"A{number}" for number in range(1, 15)] + [f"B{number}" for number in range(1, 42)]

OPEN = {"B2", "B10", "B23", "B31", "B37", "B40"}
"""Rules that the page may declare open, wholly or in part. It only ever gets shorter."""

UNPROVEN = {"B40"}
"""Of these, the ones without any proof."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it stands on the page."""

    rule: str
    text: str
    story: str
    enforced: str
    proven: str


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def table() -> Mapping[str, Row]:
    page = RULES.read_text("utf-8").partition("\n## Open")[0]
    rows = [Row(*cells(line)) for line in page.splitlines() if re.match(r"\| [AB]\d+ \|", line)]
    assert len({row.rule for row in rows}) == len(rows)
    return {row.rule: row for row in rows}


def opened() -> Mapping[str, list[str]]:
    page = RULES.read_text("utf-8").partition("\n## Open")[2]
    rows = [cells(line) for line in page.splitlines() if re.match(r"\| [AB]\d+ \|", line)]
    return {row[0]: row[1:] for row in rows}


def test_every_rule_stands_on_the_page_in_order() -> None:
    assert list(table()) == EVERY_RULE


def test_every_rule_says_what_holds_and_what_happened() -> None:
    assert [row.rule for row in table().values() if len(row.text) < 20 or len(row.story) < 10] == []


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_what_enforces_a_rule_is_where_the_page_says(rule: str) -> None:
    """Paths exist, and a name behind a path stands in that file (or in a file of that folder)."""
    named = re.findall(r"`([^`]+)`", table()[rule].enforced)
    assert named
    text = ""
    for token in named:
        place = ROOT / token
        if "/" in token or place.exists():
            assert place.exists(), f"{rule}: {token} is not there"
            files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
            text = "\n".join(path.read_text("utf-8") for path in files)
        else:
            assert token in text, f"{rule}: {token!r} does not stand in the file before it"


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_what_proves_a_rule_is_marked_with_it(rule: str) -> None:
    marked = marked_tests().get(rule, {})
    named = re.findall(r"`([^`]+)`", table()[rule].proven)
    assert set(named) <= set(marked), f"{rule}: run `make docs`"
    assert named or rule in UNPROVEN, f"{rule} has no proof: mark a test with it, then run `make docs`"
    if rule in UNPROVEN:
        assert rule in opened()


def test_what_is_open_is_declared_with_its_reason() -> None:
    assert set(opened()) == OPEN
    assert OPEN >= UNPROVEN
    assert [rule for rule, (missing, why) in opened().items() if len(missing) < 5 or len(why) < 20] == []


def test_no_test_proves_a_rule_that_does_not_exist() -> None:
    assert set(marked_tests()) <= set(EVERY_RULE)


def test_the_page_covers_the_list_the_rules_came_from() -> None:
    """The list lies beside the repository while it is being built; the page stands without it."""
    source = ROOT.parent / "shared" / "rules.md"
    if not source.exists():
        pytest.skip("the list of rules is not beside the repository")
    listed = re.findall(r"^\| ([AB]\d+) \|", source.read_text("utf-8"), re.MULTILINE)
    assert listed == EVERY_RULE
