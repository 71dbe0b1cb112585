"""Adding to a base, in memory and over HTTP."""

import pytest

from resources.airtable.builder import NewField
from resources.airtable.lead_base import AirtableLeadBase
from rules.failures import ServiceFailure
from rules.lead_fields import LEAD_FIELDS
from tests.resources.conftest import Town


async def test_a_table_is_made_with_every_type_of_field(base: AirtableLeadBase) -> None:
    builder = base.builder()
    fields = [NewField(key, one.made, one.purpose, one.options) for key, one in LEAD_FIELDS.items()]

    made = await builder.create_table("Prospects", fields)

    shape = (await builder.tables())[made]
    assert shape.table == "Prospects"
    assert shape.fields == {key: one.made for key, one in LEAD_FIELDS.items()}
    assert shape.views == ("Grid view",)


async def test_a_field_is_added_once_and_a_second_one_of_its_name_is_refused(base: AirtableLeadBase) -> None:
    builder = base.builder()
    number = next(iter(await builder.tables()))
    await builder.create_field(number, NewField("Fax", "phoneNumber", "nobody has one"))
    assert (await builder.tables())[number].fields["Fax"] == "phoneNumber"
    with pytest.raises(ServiceFailure, match="exists already"):
        await builder.create_field(number, NewField("Fax", "phoneNumber"))


async def test_without_the_scope_to_write_the_schema_it_is_said(base: AirtableLeadBase, town: Town) -> None:
    town.arm("airtable.missing_scope", match="schema.bases:write")
    with pytest.raises(ServiceFailure, match="lacks a scope"):
        await base.builder().create_table("Prospects", [NewField("Name", "singleLineText")])
