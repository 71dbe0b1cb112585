"""Where this deployment keeps its state, and which campaign it runs; read from the environment once, at load.

No secret passes through here: those are `EnvVar`s of the resources and are read when a run opens them.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from resources.campaign_file import load_campaign
from rules.campaign import Campaign, Mode

HOME = "OUTBOUND_HOME"
CAMPAIGN = "OUTBOUND_CAMPAIGN"
LEDGER_URL = "OUTBOUND_LEDGER_URL"
SANDBOX_URL = "OUTBOUND_SANDBOX_URL"
MAILBOX = "OUTBOUND_MAILBOX"
NAME_SERVER = "OUTBOUND_NAME_SERVER"


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths and addresses of one deployment: one campaign, one ledger, one warehouse.

    Attributes:
        home: The state directory.
        campaign_file: The campaign's file: the home's own, else the one in the working directory.
        ledger_url: SQLite in the home, or Postgres by `OUTBOUND_LEDGER_URL`.
        sandbox_url: Where the sandbox answers, in sandbox mode.
        mailbox: ``user@host:port`` of the IMAP mailbox, outside the sandbox.
        name_server: ``address:port`` to look names up at; empty for the system's own.
    """

    home: Path
    campaign_file: Path
    ledger_url: str
    sandbox_url: str
    mailbox: str
    name_server: str

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.home / "warehouse.duckdb"

    @property
    def witness(self) -> Path:
        """The ledger's witness."""
        return self.home / "witness.json"

    def campaign(self) -> Campaign:
        """The campaign; raises `CampaignFileError` where the file cannot be used."""
        return load_campaign(self.campaign_file)

    def endpoint(self, service: str, live: str, mode: Mode) -> str:
        """A service's address: the sandbox's in sandbox mode, the real one otherwise."""
        return f"{self.sandbox_url}/{service}" if mode is Mode.SANDBOX else live


def read_settings() -> Settings:
    """The settings of this process."""
    home = Path(os.environ.get(HOME, ".outbound")).absolute()
    own = home / "campaign.toml"
    named = os.environ.get(CAMPAIGN)
    campaign_file = Path(named) if named else (own if own.exists() else Path("campaign.toml"))
    return Settings(
        home=home,
        campaign_file=campaign_file.absolute(),
        ledger_url=os.environ.get(LEDGER_URL) or f"sqlite:///{home / 'ledger.db'}",
        sandbox_url=(os.environ.get(SANDBOX_URL) or "http://127.0.0.1:8025").rstrip("/"),
        mailbox=os.environ.get(MAILBOX, ""),
        name_server=os.environ.get(NAME_SERVER, ""),
    )
