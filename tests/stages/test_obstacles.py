"""Why not: each thing that keeps a lead from being mailed is named with who decided it and what changes it."""

from datetime import timedelta
from typing import Any

import pytest

from resources.ledger.flags import FlagName
from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.hashing import address_hash
from stages.days import day_of
from stages.obstacles import Obstacle, obstacles
from stages.story import find_lead, tell
from tests.builders import DAY, MONDAY, PEPPER
from tests.stages.office import Office, lead


async def in_the_way(office: Office, who: str = "Grace Hopper1") -> list[Obstacle]:
    found = find_lead(who, ledger=office.ledger, campaign=office.campaign)
    today = day_of(office.now, office.campaign.zone)
    story = tell(found, ledger=office.ledger, pepper=PEPPER, today=today)
    return obstacles(story, ledger=office.ledger, campaign=office.campaign, now=office.now)


async def planned(office: Office, **fields: Any) -> list[Obstacle]:
    office.add(lead(1, **fields))
    await office.receive()
    await office.plan()
    return await in_the_way(office)


async def test_nothing_is_in_the_way_of_a_lead_that_is_due(office: Office) -> None:
    assert await planned(office) == []


@pytest.mark.rule("A11")
@pytest.mark.parametrize(
    ("fields", "what", "by", "changes"),
    [
        ({"Email": "bad"}, "has no @", "normalising", "corrected in Airtable"),
        ({"Do Not Contact": True}, "not to be contacted", "the operator", "Do Not Contact is unticked"),
        ({"Attribution Override": "mismatch"}, "judged mismatch", "the operator", "Attribution Override says match"),
        ({"Email": "g@gmail.com"}, "judged unverifiable", "rules 20", "Attribution Override says match"),
        ({"Country": "Atlantis", "City": "", "State": ""}, "what time it is there", "the campaign", "reason is gone"),
        ({"Country": "Australia", "City": "Sydney"}, "not business time", "recipient's clock", "at 2026-11-23 23:00"),
    ],
)
async def test_what_keeps_a_lead_is_told_with_who_decided_and_what_changes_it(
    office: Office, fields: dict[str, Any], what: str, by: str, changes: str
) -> None:
    first, *_ = await planned(office, **fields)
    assert what in first.what
    assert by in first.by
    assert changes in first.changes


async def test_a_mail_that_went_out_waits_for_its_next_step(office: Office) -> None:
    await planned(office)
    await office.outreach()
    await office.plan()
    assert [one.what for one in await in_the_way(office)] == ["opener: went out today"]
    office.later(days=1)
    await office.plan()
    (one,) = await in_the_way(office)
    assert (one.what, one.changes) == ("bump: due 6 days after the opener", "on 2026-11-29")


async def test_a_suppression_is_told_once_with_its_source_and_end(office: Office) -> None:
    await planned(office)
    absence = Suppression(
        "address", address_hash("grace@harbour1.com", PEPPER), SuppressionReason.OUT_OF_OFFICE, at=office.now,
        source="reply", evidence="x", until=MONDAY + timedelta(days=7),
    )  # fmt: skip
    office.ledger.suppressions.add([absence], now=office.now)
    await office.plan()
    (one, *_) = await in_the_way(office)
    assert (one.what, one.changes) == ("out of office", "on 2026-11-30")


async def test_what_two_sources_reported_is_told_once_with_both(office: Office) -> None:
    await planned(office)
    address = address_hash("grace@harbour1.com", PEPPER)
    for source in ("provider_event", "blocked_contacts"):
        fact = Suppression("address", address, SuppressionReason.UNSUBSCRIBED, office.now, source, "k")
        office.ledger.suppressions.add([fact], now=office.now)

    (told,) = [one for one in await in_the_way(office) if one.what == "unsubscribed"]

    assert (told.by, told.changes) == (f"provider_event, {DAY}; blocked_contacts, {DAY}", "never by itself")


async def test_switches_and_caps_are_in_everybodys_way(office: Office) -> None:
    await planned(office)
    office.ledger.flags.raise_flag(FlagName.PAUSE, reason="lunch", actor="ada", now=office.now)
    assert await in_the_way(office) == [Obstacle("pause: lunch", "ada", "when `outbound resume` takes it off")]
