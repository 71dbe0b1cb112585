"""Which of a base's columns is which of our fields."""

import pytest

from rules.airtable_fields import AirtableFields
from rules.field_mapping import UnknownFieldError, map_fields

THEIRS = {
    "Name": "singleLineText", "E-Mail": "email", "Firma": "singleLineText", "Webseite": "url", "Land": "singleLineText",
    "Priority": "singleLineText", "do not contact": "checkbox", "Logo": "multipleAttachments",
}  # fmt: skip


def test_names_that_are_ours_come_first_and_others_are_guessed() -> None:
    found = map_fields(THEIRS, named=AirtableFields())
    assert {key: one.column for key, one in found.items() if one.there} == {
        "name": "Name", "email": "E-Mail", "company": "Firma", "website": "Webseite", "country": "Land",
        "do_not_contact": "do not contact", "priority": "Priority",
    }  # fmt: skip
    assert [key for key, one in found.items() if one.guessed] == [
        "email", "company", "website", "country", "do_not_contact",
    ]  # fmt: skip
    assert not found["status"].there
    assert list(found) == list(AirtableFields.model_fields)


def test_a_column_of_an_impossible_type_is_not_guessed() -> None:
    found = map_fields({"Company Logo": "multipleAttachments", "E-mail": "checkbox"}, named=AirtableFields())
    assert not any(one.there for one in found.values())


def test_what_a_person_says_counts_and_frees_the_column_for_nobody_else() -> None:
    found = map_fields(THEIRS, named=AirtableFields(), chosen={"Last Name": "Name", "company": "Konto"})
    assert (found["last_name"].column, found["last_name"].there) == ("Name", True)
    assert (found["company"].column, found["company"].there) == ("Konto", False)
    assert found["name"].column == "Name (outbound)"
    assert len({one.column for one in found.values()}) == len(found)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [({"e-mial": "E-Mail"}, "no field 'e-mial'"), ({"email": "Mail", "name": "Mail"}, "given to two fields")],
)
def test_a_mapping_that_cannot_be_is_refused_with_what_can(chosen: dict[str, str], said: str) -> None:
    with pytest.raises(UnknownFieldError, match=said):
        map_fields(THEIRS, named=AirtableFields(), chosen=chosen)
