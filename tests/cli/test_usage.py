"""Every command's usage errors teach the right call: a wrong option, a missing file, a bad number, a missing word."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from outbound_cli.main import app

COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined] # a Typer app with commands is a group
OWN = {"sandbox"}
"""Takes the options of `python -m sandbox`, which has its own reader."""


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200", "TERM": "dumb"})


def said(result: Result) -> str:
    """What was printed, without the frame around it."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.stderr).split())


def first_words(name: str) -> list[str]:
    """Something for every word that the command needs."""
    return ["x" for option in COMMANDS[name].params if option.param_type_name == "argument" and option.required]


def test_without_a_command_the_list_is_shown() -> None:
    for words in ((), ("--help",)):
        shown = call(*words)
        assert all(name in shown.output for name in COMMANDS)


def test_a_wrong_command_is_answered_with_the_one_that_was_meant() -> None:
    shown = call("docter")
    assert shown.exit_code == 2
    assert "No such command 'docter'" in said(shown)
    assert "doctor" in said(shown)


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - OWN))
def test_a_wrong_option_names_the_nearest_and_where_help_is(name: str) -> None:
    shown = call(name, *first_words(name), "--hom", "x")
    assert shown.exit_code == 2
    assert "No such option: --hom" in said(shown)
    assert "--home" in said(shown) or "--help" in said(shown)
    assert f"Usage: outbound {name}" in said(shown)


@pytest.mark.parametrize("name", sorted(name for name in COMMANDS if first_words(name)))
def test_a_missing_word_is_named(name: str) -> None:
    shown = call(name)
    assert shown.exit_code == 2
    assert "Missing argument" in said(shown)
    assert f"Try 'outbound {name} --help'" in said(shown)


NUMBERS = sorted(
    (name, option.opts[0])
    for name, command in COMMANDS.items()
    for option in command.params
    if option.param_type_name == "option" and option.type_descriptor.annotation in (int, float)
)


@pytest.mark.parametrize(("name", "option"), NUMBERS)
def test_a_bad_number_names_the_option_and_what_it_takes(name: str, option: str) -> None:
    shown = call(name, *first_words(name), option, "many")
    assert shown.exit_code == 2
    assert option in said(shown)
    assert "should be a valid" in said(shown)


@pytest.mark.parametrize("name", ["verify", "when", "import"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")] if any(o.name == "home" for o in COMMANDS[name].params) else []
    shown = call(name, str(tmp_path / "nothing.csv"), *home)
    assert shown.exit_code == 2
    assert "nothing.csv" in said(shown).replace(" ", "")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_says_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    unsaid = [option.name for option in command.params if not getattr(option, "help", "") and option.name != "help"]
    assert unsaid == []
