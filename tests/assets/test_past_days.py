"""Past partitions never act: rebuilding costs nothing and gives the same tables (invariant I11, design 3)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.assets.stage_door import House, house

DAYS_WITH_WORK = (0, 1, 7, 8)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A campaign that sent openers and bumps over nine days, heard back, and reported."""
    with house(tmp_path_factory.mktemp("past"), leads=24) as home:
        home.move_to(0, 7)
        home.run(f"intake@{home.day(0)}", f"outreach@{home.day(0)}")
        home.move_to(0, 14)
        home.run(f"outreach@{home.day(0)}")
        home.move_to(1, 7)
        home.run(f"engagement@{home.day(1)}", f"digest@{home.day(0)}", f"outreach@{home.day(1)}")
        home.move_to(7, 9)
        home.run(f"engagement@{home.day(7)}", f"outreach@{home.day(7)}")
        home.move_to(8, 9)
        home.run(f"engagement@{home.day(8)}", f"outreach@{home.day(8)}", f"nightly@{home.day(8)}", "mirror")
        yield home


@pytest.mark.slow
@pytest.mark.rule("B30")
def test_a_rebuilt_warehouse_is_identical_and_cost_nothing(campaign: House) -> None:
    """The file is deleted and every partition of every asset backfilled: same rows, 0 paid calls, 0 sends (I11)."""
    campaign.move_to(9, 4)
    everything = [f"backfill@{campaign.day(offset)}" for offset in DAYS_WITH_WORK]
    campaign.run(*everything, "mirror")
    before = campaign.tables()
    paid, accepted, requests = campaign.paid(), campaign.accepted(), campaign.stats()["requests"]
    assert len(before["sends"]) > 10
    assert before["drafts"]
    assert before["research_blobs"]
    assert before["daily_digest"]

    campaign.run(everything[-1], "mirror")  # rows are replaced, not added: one day of every asset shows it
    assert campaign.tables() == before

    (campaign.home / "warehouse.duckdb").unlink()
    campaign.run(*everything, f"nightly@{campaign.day(9)}", "mirror")
    rebuilt = campaign.tables()
    health = {"service_health", "reconciliation", "reconciliation_items"}
    assert set(rebuilt) == set(before)
    for name in sorted(set(before) - health):
        assert rebuilt[name] == before[name], name
    assert campaign.paid() == paid
    assert campaign.accepted() == accepted
    written = campaign.stats()["requests"]["airtable"].get("PATCH /v0/{base}/{table}", 0)
    assert written == requests["airtable"].get("PATCH /v0/{base}/{table}", 0)


@pytest.mark.slow
@pytest.mark.rule("A10")
def test_bumps_went_only_to_people_whose_opener_was_delivered_and_who_said_nothing(campaign: House) -> None:
    """Every bump's opener has a delivery and no bounce, reply or unsubscription before it."""
    with campaign.ledger() as ledger:
        mails = {row["send_key"]: row for lead in _leads(campaign) for row in ledger.questions.mails_of(lead)}
        bumps = [row for row in mails.values() if row["step"] == "bump" and row["intent_at"]]
        openers = {row["lead_id"]: row for row in mails.values() if row["step"] == "opener"}
        assert bumps
        for bump in bumps:
            events = openers[bump["lead_id"]]["events"]
            earlier = {event["kind"] for event in events if event["at"] <= bump["intent_at"]}
            assert earlier & {"delivered", "opened", "clicked"}
            assert not earlier & {"hard_bounce", "unsubscribed", "complaint", "invalid"}
            assert bump["in_reply_to"] == openers[bump["lead_id"]]["message_id"]
            assert bump["subject"] == f"Re: {openers[bump['lead_id']]['subject']}"
            answers = ledger.questions.replies_of(bump["lead_id"])
            assert not [answer for answer in answers if answer["sent_at"] < bump["intent_at"] - timedelta(hours=2)]


@pytest.mark.slow
@pytest.mark.rule("A14")
def test_dagsters_storage_holds_no_address(campaign: House) -> None:
    """Run logs, metadata and checks name counts and opaque ids only (design 3)."""
    addresses = {row[4] for row in campaign.tables()["leads"] if row[4]}
    assert len(addresses) > 10
    for path in sorted(Path(campaign.home / "dagster").rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes().lower()
        found = [address for address in addresses if address.encode() in content]
        assert not found, f"{path.name} holds {len(found)} addresses"


def _leads(campaign: House) -> list[str]:
    return [row[1] for row in campaign.tables()["leads"]]
