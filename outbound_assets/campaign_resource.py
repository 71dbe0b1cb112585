"""The campaign and its secret as a resource: read once per run, so that an edited file counts from the next run on."""

from pathlib import Path

import dagster as dg

from resources.campaign_file import load_campaign
from resources.keys import PEPPER, require_key
from rules.campaign import Campaign


class CampaignResource(dg.ConfigurableResource["CampaignResource"]):
    """The campaign's file and the secret behind address hashes and unsubscribe tokens.

    Attributes:
        path: `campaign.toml`.
        pepper: Given as ``dg.EnvVar("OUTBOUND_PEPPER")``.
    """

    path: str
    pepper: str

    def campaign(self) -> Campaign:
        """The campaign; raises `CampaignFileError`."""
        return load_campaign(Path(self.path))

    def secret(self) -> str:
        """The pepper; raises `ServiceFailure` where it is missing or a placeholder."""
        return require_key(self.pepper, PEPPER)
