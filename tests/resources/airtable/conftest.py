"""The lead base of a town, with leads in it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from resources.airtable.client import connect
from resources.airtable.fake import fake_lead_base
from resources.airtable.lead_base import AirtableLeadBase, Place
from resources.backoff import Patience
from resources.pacing import Pacer
from sandbox import World
from sandbox.keys import SANDBOX_AIRTABLE_TOKEN, SANDBOX_BASE_ID, SANDBOX_TABLE_NAME
from tests.resources.conftest import Naps, Town

PLACE = Place(SANDBOX_BASE_ID, SANDBOX_TABLE_NAME, ("Email", "Company", "Notes", "Do Not Contact"))


def add_leads(world: World, count: int, *, first: int = 0, **fields: Any) -> list[str]:
    """Put leads straight into the base and return their record ids."""
    table = world.airtable.bases[SANDBOX_BASE_ID].table_named(SANDBOX_TABLE_NAME)
    assert table is not None
    rows = [
        {"Name": f"Lead {number}", "Email": f"lead{number}@firm{number % 7}.example", **fields}
        for number in range(first, first + count)
    ]
    return [record.id for record in world.airtable.create(table, rows, now=world.now)]


def cells(world: World, record_id: str) -> dict[str, Any]:
    """What a record holds, by field name."""
    table = world.airtable.bases[SANDBOX_BASE_ID].table_named(SANDBOX_TABLE_NAME)
    assert table is not None
    names = {column.id: column.name for column in table.fields}
    return {names[field]: value for field, value in table.records[record_id].cells.items()}


@pytest.fixture
async def base(town: Town, patience: Patience, naps: Naps) -> AsyncIterator[AirtableLeadBase]:
    if town.url is None:
        yield fake_lead_base(town.app, PLACE, token=SANDBOX_AIRTABLE_TOKEN, patience=patience)
        return
    endpoint = f"{town.url}/airtable"
    pacer = Pacer(0, sleep=naps, monotonic=lambda: sum(naps.taken))
    async with connect(SANDBOX_AIRTABLE_TOKEN, PLACE, endpoint_url=endpoint, pacer=pacer, patience=patience) as opened:
        yield opened
