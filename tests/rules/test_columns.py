"""Columns of other people's files are guessed, with how sure the guess is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.columns import Field, UnknownColumnError, guess_columns, overrule_columns


def _found(header: list[str], sample: dict[str, list[str | None]] | None = None) -> dict[str, str]:
    return {field.value: guess.column for field, guess in guess_columns(header, sample).items()}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ["lead_id", "full_name", "email", "company_name", "company_url", "country"],
            {"lead_id": "lead_id", "full_name": "full_name", "email": "email", "company": "company_name"}
            | {"website": "company_url", "country": "country"},
        ),
        (
            ["First Name", "Last Name", "E-Mail", "Organisation", "Company Linkedin Url", "Website", "Job Title"],
            {"first_name": "First Name", "last_name": "Last Name", "email": "E-Mail", "company": "Organisation"}
            | {"website": "Website", "title": "Job Title"},
        ),
        (
            ["Vorname", "Nachname", "E-Mail-Adresse", "Firma", "Webseite", "Land", "Ort", "Bundesland", "Telefon"],
            {"first_name": "Vorname", "last_name": "Nachname", "email": "E-Mail-Adresse", "company": "Firma"}
            | {"website": "Webseite", "country": "Land", "city": "Ort", "state": "Bundesland", "phone": "Telefon"},
        ),
        (
            ["Id", "companyName", "emailAddress", "companyWebsite", "lead source"],
            {"lead_id": "Id", "company": "companyName", "email": "emailAddress", "website": "companyWebsite"}
            | {"source": "lead source"},
        ),
        (
            ["Prospect e-mail (verified)", "Company Domain (clean)"],
            {"email": "Prospect e-mail (verified)", "website": "Company Domain (clean)"},
        ),
        (["Email Status", "Company Size", "Facebook URL"], {}),
        ([], {}),
        (["", ""], {}),
    ],
)
def test_headers_are_recognised(header: list[str], expected: dict[str, str]) -> None:
    assert _found(header) == expected


def test_cells_speak_where_headers_do_not() -> None:
    sample: dict[str, list[str | None]] = {
        "a": ["x", None],
        "b": ["jane@acme.com", "joe@acme.com", "", None],
        "c": ["acme.com", "https://x.org/"],
    }
    found = guess_columns(["a", "b", "c"], sample)
    assert {field: guess.column for field, guess in found.items()} == {Field.EMAIL: "b", Field.WEBSITE: "c"}
    assert all(0 < guess.confidence < 0.7 for guess in found.values())


def test_a_known_header_is_surer_than_a_word_in_one() -> None:
    assert guess_columns(["email"])[Field.EMAIL].confidence == 1
    assert guess_columns(["best email we have"])[Field.EMAIL].confidence < 1


def test_a_person_overrules_a_guess_and_frees_its_column() -> None:
    header = ["email", "second email", "url"]
    found = overrule_columns(guess_columns(header), {"email": "second email", "company": "email"}, header)
    assert {field.value: guess.column for field, guess in found.items()} == {
        "website": "url",
        "email": "second email",
        "company": "email",
    }


@pytest.mark.parametrize("chosen", [{"mail": "email"}, {"email": "e-post"}])
def test_an_overruling_that_names_nothing_says_what_there_is(chosen: dict[str, str]) -> None:
    with pytest.raises(UnknownColumnError, match="email"):
        overrule_columns({}, chosen, ["email"])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=20) | st.sampled_from(["email", "E-Mail", "name", "url", "website"]), max_size=8))
def test_a_column_is_given_away_once_at_most(header: list[str]) -> None:
    columns = [guess.column for guess in guess_columns(header).values()]
    assert len(columns) == len(set(columns))
    assert set(columns) <= set(header)
