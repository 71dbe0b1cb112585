"""Pages that are made from code are current, and what pages point to is there."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from docs import metrics_figures, reference_pages, replies_figures
from docs.generate import CONFIGURATION, RULES, configuration_page, with_proofs
from outbound_cli.main import app
from rules.airtable_fields import AirtableFields
from tests.repository import ROOT, pages, shown


def test_the_page_of_the_configuration_is_what_the_code_says() -> None:
    assert CONFIGURATION.read_text("utf-8") == configuration_page(), "run `make docs`"


def test_every_command_and_every_option_stands_on_the_page_of_commands() -> None:
    assert reference_pages.COMMANDS.read_text("utf-8") == reference_pages.commands_page(), "run `make docs`"
    commands = get_command(app).commands  # type: ignore[attr-defined] # a Typer app with commands is a group
    assert reference_pages.headings(reference_pages.COMMANDS.read_text("utf-8")) == sorted(commands)


def test_every_asset_check_job_table_and_column_stands_on_its_page() -> None:
    found = reference_pages.code_location()
    assert reference_pages.ASSETS.read_text("utf-8") == reference_pages.assets_page(found), "run `make docs`"
    assert reference_pages.TABLES.read_text("utf-8") == reference_pages.tables_page(), "run `make docs`"
    assert reference_pages.DECISIONS.read_text("utf-8") == reference_pages.decisions_page(), "run `make docs`"


def test_what_has_no_words_where_it_is_defined_is_refused() -> None:
    found = {
        "assets": [],
        "checks": [],
        "jobs": [{"name": "silent", "description": ""}],
        "schedules": [],
        "sensors": [],
    }
    with pytest.raises(reference_pages.Undocumented, match="jobs: silent has no description"):
        reference_pages.assets_page(found)


def test_every_page_stands_in_the_sites_navigation() -> None:
    listed = set(re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
    there = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert listed <= there
    unlisted = {page for page in there - listed if not page.startswith("adr/")}
    assert unlisted == set(), "add them to nav in mkdocs.yml and to docs/index.md"


def test_filling_in_the_proofs_changes_only_the_last_column() -> None:
    page = RULES.read_text("utf-8")
    filled = with_proofs(page)
    assert with_proofs(filled) == filled
    for before, after in zip(page.splitlines(), filled.splitlines(), strict=True):
        assert before.rsplit("|", 2)[0] == after.rsplit("|", 2)[0]


def test_the_figures_on_replies_are_what_the_rules_do() -> None:
    page = replies_figures.PAGE.read_text("utf-8")
    assert page == replies_figures.with_figures(page), "run `make docs`"


def test_the_tables_of_rates_and_rules_are_current() -> None:
    page = metrics_figures.PAGE.read_text("utf-8")
    assert page == metrics_figures.with_tables(page), "run `make docs`"


def test_the_page_of_the_table_lists_every_mapped_field() -> None:
    rows = re.findall(r"^\| (.+?) \| `(\w+)` \|", (ROOT / "docs" / "airtable.md").read_text("utf-8"), re.MULTILINE)
    assert {key: name for name, key in rows} == {
        name: field.default for name, field in AirtableFields.model_fields.items()
    }


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_make_targets_and_commands_on_pages_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    commands = set(get_command(app).commands)  # type: ignore[attr-defined] # a Typer app with commands is a group
    assert set(re.findall(r"`(?:\.venv/bin/)?outbound ([a-z]+)", text)) <= commands
