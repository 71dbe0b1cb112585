"""`outbound init` and `outbound doctor` as processes against a sandbox."""

import json
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from outbound_cli.doctor import show
from outbound_cli.main import app
from sandbox import keys
from sandbox.airtable.schema import Field
from sandbox.serving import Running, running
from stages.doctor.findings import fail, ok
from tests.cli.homes import outbound


@pytest.fixture(scope="module")
def street() -> Iterator[Running]:
    with running() as up:
        yield up


def near(street: Running, home: Path, *words: str, typed: str = "") -> Result:
    """The command in a home whose sandbox is this one; in this process, since `init` reads no module of a home."""
    there = {"OUTBOUND_SANDBOX_URL": street.url, "AIRTABLE_TOKEN": "", "COLUMNS": "200"}
    return CliRunner().invoke(app, [*words, "--home", str(home)], input=typed, env=there)


def test_a_first_run_writes_a_second_changes_nothing_and_force_keeps_the_old_file(
    street: Running, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    first = near(
        street, home, "init", "--yes", "--table", "Prospects", "--set", "caps.per_day=40", "--set", "caps.ramp=[5, 10]"
    )
    assert first.exit_code == 0, first.stderr
    assert "table Prospects with" in first.stdout
    text = (home / "campaign.toml").read_text("utf-8")
    assert "# The campaign. Every key is described" in text
    assert tomllib.loads(text)["caps"] == {"per_hour": 63, "per_day": 40, "per_company_per_day": 2, "ramp": [5, 10]}
    names = (home / "secrets.env.template").read_text("utf-8")
    assert "AIRTABLE_TOKEN=\n" in names

    second = near(street, home, "init", "--yes")
    assert second.exit_code == 0
    assert "Nothing had to be changed" in second.stdout
    assert (home / "campaign.toml").read_text("utf-8") == text

    forced = near(street, home, "init", "--yes", "--force", "--table", "Prospects", "--json")
    told = json.loads(forced.stdout)
    assert any("the old file is kept as" in line for line in told["done"])
    assert len(list(home.glob("campaign.*.toml"))) == 1


def test_a_person_is_asked_and_may_correct_a_guess(street: Running, tmp_path: Path) -> None:
    def rename(world: object) -> None:
        table = street.world.airtable.bases[keys.SANDBOX_BASE_ID].table_named("Leads")
        assert table is not None
        table.fields = [one for one in table.fields if one.name not in {"Company", "Email"}]
        table.fields.append(Field("fldCustomers00001", "Customer", "singleLineText"))
        table.fields.append(Field("fldEMail000000001", "E-Mail", "email"))
        assert world

    street.call(rename)
    home = tmp_path / "home"
    questions = "\n".join([""] * 13)  # the sandbox's answers to all of them
    shown = near(street, home, "init", typed=f"{questions}\nn\ncompany\nCustomer\ny\n")
    assert shown.exit_code == 0, shown.stderr
    assert tomllib.loads((home / "campaign.toml").read_text("utf-8"))["airtable"]["fields"] == {
        "email": "E-Mail", "company": "Customer",
    }  # fmt: skip

    (home / "campaign.toml").write_text(
        (home / "campaign.toml").read_text("utf-8").replace('email = "E-Mail"', 'email = "Email"'), "utf-8"
    )
    careful = near(street, home, "init", "--yes")
    assert 'put email = "E-Mail" under [airtable.fields]' in careful.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--map", "email"), "write --map email='E-Mail'"),
        (("--map", "emial=Mail"), "there is no field 'emial'"),
        (("--set", "sender.nmae=Ada"), "there is no key 'sender.nmae'"),
        (("--set", "sender"), "write --set sender.email=ada@firm.example"),
        (("--mode", "wild"), "'sandbox', 'dry_run', 'live'"),
    ],
)
def test_a_wrong_call_teaches_the_right_one(street: Running, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    shown = near(street, tmp_path / "home", "init", "--yes", *words)
    assert shown.exit_code == 2
    assert said in " ".join(shown.stderr.replace("│", " ").split())


def test_answers_that_make_no_campaign_name_every_problem(street: Running, tmp_path: Path) -> None:
    shown = near(
        street, tmp_path / "home", "init", "--yes", "--set", "caps.per_day=-3", "--set", "operator.timezone=Moon"
    )
    assert shown.exit_code == 3
    assert "caps.per_day = -3" in shown.stderr
    assert "'Moon' is no IANA time zone" in shown.stderr
    assert not (tmp_path / "home" / "campaign.toml").exists()


def test_outside_the_sandbox_the_file_is_written_and_the_missing_token_is_named(
    street: Running, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shown = near(
        street, home, "init", "--yes", "--mode", "dry_run", "--set", "sender.unsubscribe_url=https://o.example/u"
    )  # fmt: skip
    assert shown.exit_code == 0, shown.stderr
    assert "set AIRTABLE_TOKEN and run `outbound init` again" in shown.stdout
    assert tomllib.loads((home / "campaign.toml").read_text("utf-8"))["mode"] == "dry_run"


@pytest.mark.rule("B21")
def test_the_doctor_ends_by_its_worst_line_and_as_json(street: Running, tmp_path: Path) -> None:
    there = {"OUTBOUND_SANDBOX_URL": street.url, "OUTBOUND_NAME_SERVER": f"127.0.0.1:{street.house.dns_port}"}
    street.call(lambda world: world.faults.arm("brevo.sender_inactive"))
    shown = outbound(tmp_path / "home", "doctor", "--only", "provider", "--json", environment=there)
    street.call(lambda world: world.faults.disarm())
    told = json.loads(shown.stdout)
    assert (shown.returncode, told["worst"], told["passed"]) == (1, "fail", False)
    assert {line["name"]: line["state"] for line in told["lines"]}["provider.sender"] == "fail"


def test_the_doctors_lines_are_shown_with_their_fixes() -> None:
    told = StringIO()
    show([ok("a.b", "fine"), fail("c.d", "broken [1]", "mend it")], Console(file=told, width=80))
    lines = told.getvalue().splitlines()
    assert lines[0].split(maxsplit=2) == ["ok", "a.b", "fine"]
    assert lines[2].split(maxsplit=2) == ["fail", "c.d", "broken [1]"]
    assert lines[3].strip() == "-> mend it"
    assert lines[-1] == "1 ok, 0 warn, 1 fail"
