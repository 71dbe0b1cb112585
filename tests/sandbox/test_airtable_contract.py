"""The Airtable stand-in through pyairtable: records, pages, formulas, views, upserts, schema, comments."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyairtable.formulas as f
import pytest
import requests
from pyairtable import Api, Table
from pyairtable.api.types import RecordDict

from sandbox.keys import SANDBOX_BASE_ID
from sandbox.serving import Running

ANN: dict[str, Any] = {
    "Name": "Ann Lee",
    "Email": "ann@alder.example",
    "Priority": 3,
    "Do Not Contact": True,
    "Country": "Germany",
}
BOB: dict[str, Any] = {"Name": "Bob O'Hara", "Email": "bob@birch.example", "Priority": 1}
CEM: dict[str, Any] = {"Name": "Cem", "Notes": 'says "hello"', "Priority": 0}


@pytest.fixture
def three(leads: Table) -> Table:
    leads.batch_create([ANN, BOB, CEM])
    return leads


def names(records: Iterable[RecordDict]) -> list[Any]:
    return [record["fields"]["Name"] for record in records]


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[int, dict[str, str]]:
    with pytest.raises(requests.HTTPError) as e:
        call(*arguments, **named)
    return e.value.response.status_code, e.value.response.json()["error"]


def test_empty_cells_are_absent_and_an_unchecked_box_is_empty(leads: Table) -> None:
    made = leads.create({"Name": "Ann", "Email": "", "Do Not Contact": False, "Notes": None, "Priority": 0})
    assert set(made["fields"]) == {"Name", "Priority", "Last Modified"}
    assert made["fields"]["Priority"] == 0
    assert leads.get(made["id"]) == made


def test_a_listing_walks_over_all_pages_with_the_fewest_requests(leads: Table, town: Running) -> None:
    leads.batch_create([{"Name": f"n{number}"} for number in range(250)])
    before = sum(town.world.tally.requests.values())
    assert len(leads.all()) == 250
    assert sum(town.world.tally.requests.values()) - before == 3
    assert len(leads.all(max_records=120, page_size=50)) == 120
    assert len(next(iter(leads.iterate(page_size=7)))) == 7


def test_a_write_of_ten_is_the_most(leads: Table, town: Running) -> None:
    leads.batch_create([{"Name": str(number)} for number in range(25)])
    assert town.world.tally.requests["airtable|POST /v0/{base}/{table}"] == 3


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (f.match({"Email": "ann@alder.example"}), ["Ann Lee"]),
        (f.EQ(f.Field("Name"), "Bob O'Hara"), ["Bob O'Hara"]),
        (f.AND(f.GTE(f.Field("Priority"), 1), f.NOT(f.Field("Do Not Contact"))), ["Bob O'Hara"]),
        (f.OR(f.EQ(f.Field("Email"), ""), f.Field("Do Not Contact")), ["Ann Lee", "Cem"]),
        ("NOT({Email})", ["Cem"]),
        ("{Email}=BLANK()", ["Cem"]),
        ("{Do Not Contact}=1", ["Ann Lee"]),
        ("{Do Not Contact}=TRUE()", ["Ann Lee"]),
        ("FIND('@alder', {Email})", ["Ann Lee"]),
        ("SEARCH('ANN', {Email})", ["Ann Lee"]),
        ("LOWER({Name})='ann lee'", ["Ann Lee"]),
        ("LEN(TRIM({Name}))>3", ["Ann Lee", "Bob O'Hara"]),
        ("REGEX_MATCH({Email}, '^b.*example$')", ["Bob O'Hara"]),
        ("IF({Priority}>2, 'yes', '')", ["Ann Lee"]),
        ("SWITCH({Priority}, 0, 1, 3, 1, 0)", ["Ann Lee", "Cem"]),
        ("({Priority}+1)*2=4", ["Bob O'Hara"]),
        ("{Priority}/0", []),
        ("ISERROR({Priority}/0)", ["Ann Lee", "Bob O'Hara", "Cem"]),
        ("{Name}&{Priority}='Cem0'", ["Cem"]),
        ("XOR({Email}, {Do Not Contact})", ["Bob O'Hara"]),
        ('FIND("\\"hello\\"", {Notes})', ["Cem"]),
        ("SUBSTITUTE({Name}, 'Bob', 'Rob')=\"Rob O'Hara\"", ["Bob O'Hara"]),
        ("LEFT({Name}, 3)='Ann'", ["Ann Lee"]),
        ("IS_AFTER(LAST_MODIFIED_TIME(), '2020-01-01')", ["Ann Lee", "Bob O'Hara", "Cem"]),
        ("IS_BEFORE(CREATED_TIME(), DATEADD(NOW(), -1, 'days'))", []),
        ("DATETIME_DIFF(NOW(), CREATED_TIME(), 'hours')=0", ["Ann Lee", "Bob O'Hara", "Cem"]),
        ("ROUND({Priority}/2, 0)=2", ["Ann Lee"]),
        ("MAX({Priority}, 2)=2", ["Bob O'Hara", "Cem"]),
    ],
)
def test_formulas_select(three: Table, formula: object, found: list[str]) -> None:
    assert names(three.all(formula=str(formula))) == found


def test_a_record_can_be_found_by_its_id_in_a_formula(three: Table) -> None:
    record = three.all()[1]
    assert three.first(formula=f.EQ(f.RECORD_ID(), record["id"])) == record


def test_records_named_in_a_formula_are_found_beside_others_it_holds_for(three: Table) -> None:
    first, second, third = three.all()
    named = f.OR(f.EQ(f.RECORD_ID(), first["id"]), f.EQ(third["id"], f.RECORD_ID()))
    assert names(three.all(formula=named)) == [first["fields"]["Name"], third["fields"]["Name"]]
    by_name = f.OR(f.EQ(f.RECORD_ID(), first["id"]), f.EQ(f.Field("Name"), second["fields"]["Name"]))
    assert names(three.all(formula=by_name)) == [first["fields"]["Name"], second["fields"]["Name"]]
    neither = f.AND(f.EQ(f.RECORD_ID(), first["id"]), f.EQ(f.RECORD_ID(), second["id"]))
    assert three.all(formula=neither) == []


def test_last_modified_watches_the_operators_fields_only(three: Table, town: Running) -> None:
    ann, bob, _ = (record["id"] for record in three.all())
    town.call(lambda world: world.advance(timedelta(hours=1)))
    since = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    three.update(ann, {"Title": "Head of Operations"})
    three.update(bob, {"Status": "queued"})
    changed = three.all(formula=f.GT(f.Field("Last Modified"), since))
    assert names(changed) == ["Ann Lee"]
    anything = three.all(formula=f.IS_AFTER(f.LAST_MODIFIED_TIME(), since))
    assert names(anything) == ["Ann Lee", "Bob O'Hara"]
    watched = three.all(formula=f.IS_AFTER(f.LAST_MODIFIED_TIME(f.Field("Status")), since))
    assert names(watched) == ["Bob O'Hara"]


def test_writing_the_same_value_is_no_modification(three: Table, town: Running) -> None:
    ann = three.all()[0]
    town.call(lambda world: world.advance(timedelta(hours=1)))
    assert three.update(ann["id"], {"Email": ANN["Email"]})["fields"]["Last Modified"] == ann["fields"]["Last Modified"]


def test_the_queue_view_holds_everybody_with_an_address(three: Table) -> None:
    assert names(three.all(view="Queue")) == ["Ann Lee", "Bob O'Hara"]
    assert names(three.all(view="Queue", formula="{Priority}=1")) == ["Bob O'Hara"]
    assert names(three.all(sort=["-Priority"])) == ["Ann Lee", "Bob O'Hara", "Cem"]
    assert names(three.all(sort=["Email"])) == ["Cem", "Ann Lee", "Bob O'Hara"]


def test_fields_can_be_chosen_and_named_by_id(three: Table) -> None:
    record = three.all(fields=["Email"], max_records=1)[0]
    assert record["fields"] == {"Email": "ann@alder.example"}
    by_id = three.all(use_field_ids=True)[0]["fields"]
    assert all(name.startswith("fld") for name in by_id)
    assert three.all(cell_format="string", time_zone="UTC", user_locale="en")[0]["fields"]["Priority"] == "3"


def test_patch_keeps_other_cells_and_put_clears_them(three: Table) -> None:
    ann = three.all()[0]["id"]
    assert three.update(ann, {"Title": "CTO"})["fields"]["Email"] == "ann@alder.example"
    assert set(three.update(ann, {"Name": "Ann"}, replace=True)["fields"]) == {"Name", "Last Modified"}


def test_an_upsert_creates_or_updates_by_the_values_of_a_field(three: Table) -> None:
    rows = [{"fields": {"Email": "bob@birch.example", "Title": "COO"}}, {"fields": {"Email": "dan@d.example"}}]
    result = three.batch_upsert(rows, key_fields=["Email"])
    assert (len(result["createdRecords"]), len(result["updatedRecords"])) == (1, 1)
    again = three.batch_upsert(rows, key_fields=["Email"])
    assert again["createdRecords"] == []
    assert len(three.all()) == 4


def test_an_upsert_that_matches_twice_is_refused_as_a_whole(three: Table) -> None:
    three.create({"Name": "Second", "Email": "bob@birch.example"})
    status, _ = refused(three.batch_upsert, [{"fields": {"Email": "bob@birch.example"}}], key_fields=["Email"])
    assert status == 422


def test_deleting_one_and_many(three: Table) -> None:
    first, *rest = [record["id"] for record in three.all()]
    assert three.delete(first) == {"deleted": True, "id": first}
    three.batch_delete(rest)
    assert three.all() == []
    assert refused(three.get, first) == (404, {"type": "MODEL_ID_NOT_FOUND", "message": "Record not found"})


def test_a_bad_batch_changes_nothing(three: Table) -> None:
    ids = [record["id"] for record in three.all()]
    changes = [{"id": ids[0], "fields": {"Title": "X"}}, {"id": ids[1], "fields": {"Nope": 1}}]
    status, error = refused(three.batch_update, changes)
    assert (status, error) == (422, {"type": "UNKNOWN_FIELD_NAME", "message": 'Unknown field name: "Nope"'})
    assert "Title" not in three.get(ids[0])["fields"]


def test_typecast_converts_and_creates_options_and_without_it_they_are_refused(leads: Table) -> None:
    assert refused(leads.create, {"Priority": "3"})[1]["type"] == "INVALID_VALUE_FOR_COLUMN"
    status, error = refused(leads.create, {"Attribution Override": "maybe"})
    assert (status, error["message"]) == (422, 'Insufficient permissions to create new select option ""maybe""')
    made = leads.create({"Priority": "3", "Attribution Override": "maybe", "Do Not Contact": "yes"}, typecast=True)
    assert (made["fields"]["Priority"], made["fields"]["Do Not Contact"]) == (3, True)
    leads.create({"Attribution Override": "maybe"})


def test_dates_are_kept_in_utc(leads: Table) -> None:
    made = leads.create({"Next Action At": "2026-11-24T10:00:00+02:00"})
    assert made["fields"]["Next Action At"] == "2026-11-24T08:00:00.000Z"
    assert refused(leads.create, {"Next Action At": "soon"})[0] == 422


def test_the_schema_is_readable_and_can_be_extended(airtable: Api) -> None:
    base = airtable.base(SANDBOX_BASE_ID)
    table = base.schema().tables[0]
    assert (table.name, table.fields[0].name) == ("Leads", "Name")
    assert {view.name for view in table.views} == {"Grid view", "Queue"}
    assert [found.id for found in airtable.bases()] == [SANDBOX_BASE_ID]
    assert "user.email:read" in airtable.whoami()["scopes"]
    made = base.create_table("Campaigns", [{"name": "Title", "type": "singleLineText"}])
    field = made.create_field("State", "singleSelect", options={"choices": [{"name": "open"}]})
    assert field.options.choices[0].id.startswith("sel")  # type: ignore[union-attr]  # a select field
    made.create({"Title": "Spring", "State": "open"})
    assert refused(made.create_field, "Sum", "formula", options={"formula": "1"})[0] == 422
    assert refused(made.create_field, "title", "number", options={"precision": 0})[1]["type"] == (
        "DUPLICATE_OR_EMPTY_FIELD_NAME"
    )


def test_comments_can_be_written_changed_and_removed(three: Table) -> None:
    record = three.all()[0]["id"]
    first = three.add_comment(record, "called")
    three.add_comment(record, "mailed")
    assert [comment.text for comment in three.comments(record)] == ["mailed", "called"]
    first.text = "called twice"
    first.save()
    assert three.comments(record)[1].last_updated_time is not None
    first.delete()
    assert len(three.comments(record)) == 1
    assert three.all(count_comments=True)[0]["commentCount"] == 1


def test_a_lead_with_a_country_is_settled_there(three: Table, town: Running) -> None:
    del three
    assert town.world.threads["ann@alder.example"].zone == "Europe/Berlin"
