"""The demo's campaign: the user's own file, with only what virtual time needs changed."""

import tomllib

import pytest

from outbound_cli.demo import unpaced
from tests.repository import ROOT


@pytest.mark.parametrize(
    "section", ["", '\n[airtable]\nview = "Mine"\n', '\n[airtable]\nrequests_per_second = 4.5\nview = "Mine"\n']
)
def test_a_campaign_with_or_without_a_section_on_airtable_is_asked_without_pauses(section: str) -> None:
    text = (ROOT / "campaign.toml").read_text("utf-8") + section
    airtable = tomllib.loads(unpaced(text))["airtable"]
    assert airtable["requests_per_second"] == 0
    assert airtable.get("view", "Mine") == "Mine"
    assert set(tomllib.loads(unpaced(text))) == set(tomllib.loads(text)) | {"airtable"}
