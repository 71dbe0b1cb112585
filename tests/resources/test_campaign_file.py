"""Reading the campaign file: every complaint names the key, the value and the fix."""

from pathlib import Path
from typing import Any

import pytest

from resources.campaign_file import LIVE_SWITCH, CampaignFileError, load_campaign
from rules.airtable_fields import MACHINE_OWNED, OPERATOR_OWNED, AirtableFields
from rules.campaign import Campaign, Mode
from tests.builders import campaign_document
from tests.repository import ROOT

SAMPLE = (ROOT / "campaign.toml").read_text("utf-8")


def write(folder: Path, text: str) -> Path:
    path = folder / "campaign.toml"
    path.write_text(text, "utf-8")
    return path


def complaint(folder: Path, *, old: str, new: str) -> str:
    """What is said about the sample file with one change."""
    assert old in SAMPLE
    with pytest.raises(CampaignFileError) as refused:
        load_campaign(write(folder, SAMPLE.replace(old, new, 1)))
    return str(refused.value)


def test_the_sample_file_is_a_campaign_in_the_sandbox() -> None:
    campaign = load_campaign(ROOT / "campaign.toml")
    assert campaign.mode is Mode.SANDBOX
    assert [step.name for step in campaign.cadence.steps] == ["opener", "bump", "breakup"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("per_hour = 63", "per_huor = 63", "caps.per_huor = 63: unknown key; remove it or correct its spelling"),
        ("per_hour = 63", "per_huor = 63", "(did you mean 'per_hour'?)"),
        ('id = "acme-spring"', 'id = "acme-spring"\ncadense = 1', "(did you mean 'cadence'?)"),
        ("opens = 09:00:00", "opens = 09:00:00\nzzz = 1", "hours.zzz = 1: unknown key; remove it or"),
        ("day = 6", "day = 6\nvarians = []", "cadence.steps.1.varians"),
        ("per_day = 500", 'per_day = "many"', "caps.per_day = 'many': Input should be a valid integer"),
        ("per_day = 500", "per_day = 0", "caps.per_day = 0: Input should be greater than 0"),
        ("per_day_usd = 25.0", "per_day_usd = -1.0", "budget.per_day_usd = -1.0: Input should be greater than 0"),
        ('name = "Ada Marsh"\n', "", "sender.name: missing; add it (docs/configuration.md describes it)"),
        ('name = "Ada Marsh"', 'name = "  "', "sender.name"),
        ("ada@outreach.example", "ada at outreach", "sender.email"),
        ("Europe/Berlin", "Europe/Berlim", "'Europe/Berlim' is no IANA time zone; write one such as 'Europe/Berlin'"),
        ("opens = 09:00:00", "opens = 18:00:00", "opens (18:00) must be before closes (17:00)"),
        ("day = 0", "day = 1", "the first step is the opener on day 0"),
        ("day = 14", "day = 6", "each step's day is later than the one before; got [0, 6, 6]"),
        ('name = "breakup"', 'name = "bump"', "each step's name is used once"),
        ('name = "breakup"', 'name = "poke"', "cadence.steps.2.name"),
        ('mode = "sandbox"', 'mode = "full"', "mode = 'full'"),
        ('mode = "sandbox"', 'mode = "live"', "unsubscribe_url must be https outside the sandbox"),
        ("starts = 2026-09-01", 'starts = "soon"', "starts = 'soon'"),
        ("[caps]", '[research]\nprovider = "openai"\n[caps]', "is no model of OpenAI; name one such as 'gpt-6-luna'"),
        ("[caps]", '[research]\nmodel = "gpt-6-luna"\n[caps]', "or research.provider = 'openai'"),
        ("[caps]", '[research]\nprovider = "bing"\n[caps]', "research.provider = 'bing'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_value(tmp_path: Path, old: str, new: str, said: str) -> None:
    told = complaint(tmp_path, old=old, new=new)
    assert said in told
    assert "campaign.toml has 1 problem(s)" in told


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = SAMPLE.replace("per_hour = 63", "per_huor = 63").replace("per_day = 500", 'per_day = "many"')
    with pytest.raises(CampaignFileError, match=r"2 problem\(s\)"):
        load_campaign(write(tmp_path, text))


def test_a_file_that_is_not_there_or_is_no_toml_says_so(tmp_path: Path) -> None:
    with pytest.raises(CampaignFileError, match=r"does not exist; `outbound init` writes one there"):
        load_campaign(tmp_path / "campaign.toml")
    with pytest.raises(CampaignFileError, match="is no readable TOML: Invalid value"):
        load_campaign(write(tmp_path, "id = "))
    (tmp_path / "campaign.toml").write_bytes(b"id = '\xff'")
    with pytest.raises(CampaignFileError, match="is no readable TOML"):
        load_campaign(tmp_path / "campaign.toml")


@pytest.mark.parametrize("switch", [None, "", "yes", "acme-autumn"])
def test_nobody_is_mailed_without_the_switch_that_names_the_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str | None
) -> None:
    text = SAMPLE.replace('mode = "sandbox"', 'mode = "live"').replace(
        "http://127.0.0.1:8027", "https://lantern.example"
    )
    monkeypatch.delenv(LIVE_SWITCH, raising=False)
    if switch is not None:
        monkeypatch.setenv(LIVE_SWITCH, switch)
    with pytest.raises(CampaignFileError, match="mode is live, but OUTBOUND_LIVE is not set to 'acme-spring'"):
        load_campaign(write(tmp_path, text))
    monkeypatch.setenv(LIVE_SWITCH, "acme-spring")
    assert load_campaign(write(tmp_path, text)).mode is Mode.LIVE


@pytest.mark.rule("B6")
@pytest.mark.rule("B9")
def test_every_field_has_one_writer() -> None:
    assert set(OPERATOR_OWNED) | set(MACHINE_OWNED) == set(AirtableFields.model_fields)
    assert not set(OPERATOR_OWNED) & set(MACHINE_OWNED)
    names = list(AirtableFields().model_dump().values())
    assert len(set(names)) == len(names)


@pytest.mark.rule("B38")
def test_a_campaign_does_not_change_and_knows_its_steps() -> None:
    found = Campaign.model_validate(campaign_document())
    with pytest.raises(ValueError, match="frozen"):
        found.id = "other"  # type: ignore[misc] # what is refused
    assert found.step("bump").day == 6
    with pytest.raises(KeyError, match="has no step 'poke'"):
        found.step("poke")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Argentina/Buenos_Aires"])
def test_any_zone_of_the_tz_database_is_taken(zone: str) -> None:
    document: dict[str, Any] = campaign_document(operator={"timezone": zone})
    assert str(Campaign.model_validate(document).zone) == zone
