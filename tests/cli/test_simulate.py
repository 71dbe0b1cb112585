"""`outbound simulate`: which kinds of runs there are, what it prints for a person and for a program."""

import json

import pytest
from typer.testing import CliRunner

from outbound_cli.main import app


def simulate(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["simulate", "--days", "2", "--people", "60", *words])
    return done.exit_code, done.output


@pytest.mark.parametrize("kind", ["dense", "bare"])
def test_a_denser_kind_is_simulated_and_summed_up(kind: str) -> None:
    code, said = simulate("--kind", kind, "--json")
    told = json.loads(said)
    assert code == 0
    assert (told["days"], told["violations"], told["shrunk"]) == (2, [], None)
    assert told["sends"] > 10


def test_the_table_names_the_kind() -> None:
    code, said = simulate("--kind", "bare", "--faults", "none")
    assert code == 0
    assert "2 bare days" in said
    assert "mails a second" in said


def test_a_kind_that_is_not_there_is_told_with_those_that_are() -> None:
    code, said = simulate("--kind", "storm")
    assert code == 2
    assert "there are ordinary, dense, bare" in said
