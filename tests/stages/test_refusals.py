"""What was refused keeps its lead out of the plan, with the reason and for as long as the refusal is good."""

from datetime import timedelta
from typing import Any

import pytest

from resources.ledger.work import Item
from rules.drafting import prompt_id
from rules.outcomes import Rejected
from stages.drafting import draft_key
from stages.research_reading import research_key
from tests.builders import DAY, MONDAY
from tests.stages.office import Office, lead


async def standing(office: Office) -> dict[str, Any]:
    """The one lead's row of today's plan."""
    (row,) = (await office.plan()).frame.iter_rows(named=True)
    return row


async def one_lead(office: Office) -> str:
    (record,) = office.add(lead())
    await office.receive()
    return record


@pytest.mark.parametrize("stage", ["draft", "research"])
async def test_what_was_refused_keeps_its_lead_out_with_the_reason(office: Office, stage: str) -> None:
    record = await one_lead(office)
    key = draft_key(record, "opener", prompt_id(office.campaign)) if stage == "draft" else research_key("harbour1.com")
    name = "drafts" if stage == "draft" else "research"
    office.ledger.work.record(Item(name, key, "h", DAY, record), Rejected("no fact with a source"), now=MONDAY)

    row = await standing(office)
    assert (row["standing"], row["reason"]) == ("excluded", f"the {stage} was refused: no fact with a source")


async def test_a_company_whose_research_was_refused_long_ago_is_looked_at_again(office: Office) -> None:
    record = await one_lead(office)
    long_ago = MONDAY - timedelta(days=office.campaign.research.fresh_days, minutes=1)
    item = Item("research", research_key("harbour1.com"), "h", DAY, record)
    office.ledger.work.record(item, Rejected("no fact with a source"), now=long_ago)

    assert (await standing(office))["standing"] == "due"
