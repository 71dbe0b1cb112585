"""Homes for the commands, and the commands in them: as processes, or in this one where nothing of a home is kept."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from typer.testing import CliRunner, Result

from outbound_cli.main import app
from tests.repository import ROOT

SECRETS = (
    "AIRTABLE_TOKEN",
    "BREVO_API_KEY",
    "OPENAI_API_KEY",
    "PERPLEXITY_API_KEY",
    "OUTBOUND_PEPPER",
    "OUTBOUND_LIVE",
)


def outbound(
    home: Path, *words: str, typed: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a home of its own, without any secret of this machine's environment."""
    return subprocess.run(
        [sys.executable, "-m", "outbound_cli.main", *words, "--home", str(home)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**_empty_handed(), **(environment or {})},
        input=typed,
    )  # fmt: skip


def outbound_here(home: Path, *words: str, environment: Mapping[str, str] | None = None) -> Result:
    """The same in this process, without its start: for commands that never load Dagster, which knows one home only."""
    before, during = dict(os.environ), {**_empty_handed(), **(environment or {})}
    os.environ.clear()
    os.environ.update(during)
    try:
        return CliRunner().invoke(app, [*words, "--home", str(home)])
    finally:
        os.environ.clear()
        os.environ.update(before)


def _empty_handed() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in SECRETS and not name.startswith("OUTBOUND_")
    }
    return {**kept, "COLUMNS": "200", "OUTBOUND_SANDBOX_URL": "http://127.0.0.1:1"}


def campaign_in(home: Path, *changes: tuple[str, str]) -> Path:
    """A home with its own campaign file, changed from the repository's."""
    text = (ROOT / "campaign.toml").read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    home.mkdir(parents=True)
    (home / "campaign.toml").write_text(text, "utf-8")
    return home
