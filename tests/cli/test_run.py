"""The newcomer's way to the first mail: `init`, `import`, `run`, each once, against a sandbox."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from resources.campaign_file import load_campaign
from sandbox import World
from sandbox.serving import running
from stages.office_hours import last_office_hours
from tests.cli.homes import campaign_in, outbound, outbound_here
from tests.repository import ROOT

LEADS = """name,email,company,website,country
Ada Vogel,ada.vogel@hafenkontor.example,Hafenkontor,https://hafenkontor.example,Germany
Jonas Lind,jonas.lind@lindwerke.example,Lindwerke,https://lindwerke.example,Germany
"""


def test_a_home_made_by_init_sends_its_first_mails_when_told_to(tmp_path: Path) -> None:
    home, leads = tmp_path / "home", tmp_path / "leads.csv"
    leads.write_text(LEADS, "utf-8")
    morning = last_office_hours(datetime.now(UTC), load_campaign(ROOT / "campaign.toml"))
    with running(World(7, start=morning)) as town:
        there = {"OUTBOUND_SANDBOX_URL": town.url}
        made = outbound_here(home, "init", "--yes", environment=there)
        assert made.exit_code == 0, made.stderr
        taken = outbound(home, "import", str(leads), environment=there)
        assert taken.returncode == 0, taken.stderr

        ran = outbound(home, "run", "intake", "outreach", environment=there)

        assert ran.returncode == 0, ran.stderr
        assert "verification_results 2" in ran.stderr
        assert "sends 2" in ran.stderr
        assert town.call(lambda world: len(world.provider.mails)) == 2


def test_a_job_that_cannot_run_says_why_in_a_sentence(tmp_path: Path) -> None:
    ran = outbound(campaign_in(tmp_path / "home"), "run", "intake")
    assert ran.returncode == 1
    assert "no sandbox at" in ran.stderr


def test_a_day_that_has_not_come_is_no_traceback(tmp_path: Path) -> None:
    with running(World(7, start=datetime.now(UTC) + timedelta(days=2))) as town:
        home = campaign_in(tmp_path / "home")
        ran = outbound(home, "run", "intake", environment={"OUTBOUND_SANDBOX_URL": town.url})
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("intake was not run: the sandbox's clock is at ")
