"""The lead table as it should be: made whole, mapped, and left alone the second time."""

from rules.airtable_fields import Airtable, AirtableFields
from sandbox import keys
from stages.doctor.findings import State
from stages.setup.table import carry_out, plan_table, views_to_click
from tests.builders import campaign
from tests.stages.doctor.practice import lines
from tests.stages.office import Office

DEFAULT = AirtableFields()


async def test_a_base_without_the_table_gets_it_whole_and_a_second_run_changes_nothing(office: Office) -> None:
    builder = office.base.builder()
    plan = await plan_table(builder, "Prospects", named=DEFAULT)
    assert (plan.table_id, len(plan.missing)) == (None, len(AirtableFields.model_fields))
    assert await carry_out(builder, plan) == [f"table Prospects with {len(AirtableFields.model_fields)} fields"]

    again = await plan_table(builder, "Prospects", named=DEFAULT)
    assert (again.missing, again.guessed) == ({}, {})
    assert await carry_out(builder, again) == []


async def test_an_existing_table_keeps_its_columns_and_gets_what_it_lacks(office: Office) -> None:
    table = office.world.airtable.bases[keys.SANDBOX_BASE_ID].table_named(keys.SANDBOX_TABLE_NAME)
    assert table is not None
    table.fields = [one for one in table.fields if one.name not in {"Audit", "Cost USD"}]
    next(one for one in table.fields if one.name == "Email").name = "Work E-Mail"
    before = {one.name: one.type for one in table.fields}

    builder = office.base.builder()
    plan = await plan_table(builder, "Leads", named=DEFAULT)
    made = await carry_out(builder, plan)

    assert plan.guessed == {"email": "Work E-Mail"}
    assert made == ["field Audit (multilineText)", "field Cost USD (number)"]
    assert plan.names().email == "Work E-Mail"
    assert {one.name: one.type for one in table.fields}.items() >= before.items()


async def test_a_field_that_somebody_made_meanwhile_is_no_failure(office: Office) -> None:
    builder = office.base.builder()
    plan = await plan_table(builder, "Leads", named=DEFAULT, chosen={"source": "Origin"})
    assert plan.missing == {"source": "Origin"}
    assert await carry_out(builder, plan) == ["field Origin (singleLineText)"]
    assert await carry_out(builder, plan) == []


async def test_what_was_made_satisfies_the_doctor_but_for_the_view_that_a_person_clicks(office: Office) -> None:
    builder = office.base.builder()
    await carry_out(builder, await plan_table(builder, "Prospects", named=DEFAULT))
    office.campaign = campaign(airtable=Airtable(table="Prospects").model_dump(mode="json"))
    office.base._place = type(office.base._place)(keys.SANDBOX_BASE_ID, "Prospects")
    found = await lines(office, only="airtable")
    assert {name for name, line in found.items() if line.state is not State.OK} == {"airtable.view"}
    steps = views_to_click(await plan_table(builder, "Prospects", named=DEFAULT), "Queue")
    assert steps[0].startswith("open the table Prospects, Create > Grid, name it 'Queue'")
    assert "Next Action At is today" in " ".join(steps)
