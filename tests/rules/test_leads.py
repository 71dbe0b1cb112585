"""From records to leads: one per person, placed, and whatever a cell holds, never an exception."""

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.leads import Lead, RawLead, company_key_of, normalise, rename, text_of
from tests.builders import DAY, MONDAY

GRACE = {
    "name": "Grace Hopper", "email": "grace@harbour.com", "company": "Harbour Works",
    "website": "https://www.harbour.com", "country": "Germany", "city": "Berlin",
}  # fmt: skip


def record(number: int = 1, **fields: Any) -> RawLead:
    return RawLead(f"rec{number}", DAY, MONDAY + timedelta(minutes=number), True, GRACE | fields)


def one(**fields: Any) -> Lead:
    (lead,) = normalise([record(1, **fields)])
    return lead


def test_a_record_becomes_a_person_at_a_company() -> None:
    lead = one()
    assert (lead.address, lead.first_name, lead.last_name, lead.company_key) == (
        "grace@harbour.com", "Grace", "Hopper", "harbour.com",
    )  # fmt: skip
    assert lead.places.candidates == ("Europe/Berlin",)
    assert (lead.rejected, lead.priority, lead.do_not_contact) == (None, 0.0, False)


@pytest.mark.rule("B22")
@pytest.mark.parametrize(
    "spelling",
    ["GRACE@HARBOUR.COM", " grace@harbour.com ", "grace@harbour.com.", "grace@\uff48arbour.com", "grace@harbour.com\n"],
)
def test_a_person_in_two_spellings_is_one_lead(spelling: str) -> None:
    first, second = normalise([record(1), record(2, email=spelling)])
    assert first.rejected is None
    assert second.rejected == "the same person as record rec1"


@pytest.mark.rule("B22")
def test_the_order_of_intake_decides_which_record_it_is() -> None:
    leads = normalise([record(3), record(1), record(2)])
    assert [lead.rejected for lead in leads] == [None, *["the same person as record rec3"] * 2]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "=HYPERLINK(1)"}, "the name is a spreadsheet formula: '=HYPERLINK(1)'"),
        ({"company": "+cmd|' /C calc'!A0"}, "the company is a spreadsheet formula"),
        ({"first_name": "@SUM(1)"}, "the first name is a spreadsheet formula"),
        ({"email": ""}, "the address is empty"),
        ({"email": None}, "the address is empty"),
        ({"email": "grace"}, "'grace' has no @"),
        ({"company": "", "website": ""}, "neither a company nor a website"),
    ],
)
def test_a_record_that_cannot_be_a_lead_says_why(fields: dict[str, Any], reason: str) -> None:
    assert (one(**fields).rejected or "").startswith(reason)


@pytest.mark.rule("B26")
@pytest.mark.parametrize(
    ("cell", "number"),
    [(0, 0.0), (0.0, 0.0), (-2, -2.0), ("3", 3.0), (None, 0.0), ("", 0.0), ("high", 0.0), (True, 1.0), ([], 0.0),
     ("nan", 0.0), ("inf", 0.0), (10**400, 0.0), ({"a": 1}, 0.0)],
)  # fmt: skip
def test_priority_is_a_number_that_can_be_sorted(cell: Any, number: float) -> None:
    assert one(priority=cell).priority == number


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), (False, ""), (0, "0"), (["a", None, "b "], "a, , b"), ("  a\n b\t", "a b"), ("a\x00b", "a b"),
     ("half \ud83d", "half ?"), ({"a": 1}, "{'a': 1}"), ("x" * 5000, "x" * 1000)],
)  # fmt: skip
def test_a_cell_is_one_line_of_text(cell: Any, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(("cell", "barred"), [(True, True), (None, False), (False, False), ("yes", True), (1, True)])
def test_do_not_contact_is_believed_in_any_form(cell: Any, barred: bool) -> None:
    assert one(do_not_contact=cell).do_not_contact is barred


def test_a_company_is_its_domain_else_its_name_else_its_mail_domain() -> None:
    assert company_key_of("https://shop.harbour.co.uk/x", "Harbour", "mail.com") == "harbour.co.uk"
    assert company_key_of("", "Harbour  WORKS", "m.com") == company_key_of("not a site", "harbour works", "x.com")
    assert company_key_of("", "Harbour", "m.com").startswith("name:")
    assert company_key_of("", " ", "harbour.com") == "harbour.com"


def test_fields_are_renamed_by_the_mapping_and_missing_ones_are_left_out() -> None:
    names = {"name": "Full Name", "email": "E-Mail", "city": "Town"}
    assert rename({"Full Name": "Grace", "E-Mail": None, "Other": 1}, names) == {"name": "Grace", "email": None}


CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just("\ud83d\x00\u202e=1+1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*GRACE, "first_name", "last_name", "title", "state", "phone", "priority", "do_not_contact",
                         "attribution_override", "source"])  # fmt: skip


@pytest.mark.rule("B23")
@given(st.lists(st.dictionaries(NAMES, CELLS, max_size=6), max_size=4))
def test_no_cell_stops_the_list(rows: list[dict[str, Any]]) -> None:
    """Every record comes out, as a lead or with a reason, and can be hashed, stored and sorted."""
    leads = normalise(record(number, **row) for number, row in enumerate(rows))

    assert [lead.lead_id for lead in leads] == [f"rec{number}" for number in range(len(rows))]
    for lead in leads:
        assert lead.rejected is None or lead.rejected.strip()
        assert lead.rejected or "@" in lead.address
        assert math.isfinite(lead.priority)
        for text in (lead.full_name, lead.company, lead.title, lead.company_key, lead.override):
            assert text.encode().decode() == text
            assert "\x00" not in text
    accepted = [lead.address for lead in leads if lead.rejected is None]
    assert len(accepted) == len(set(accepted))


@given(st.lists(st.sampled_from(["a@harbour.com", "A@harbour.com", "b@harbour.com", "no address"]), max_size=6))
def test_the_same_list_twice_adds_nobody(addresses: list[str]) -> None:
    rows = [record(number, email=address) for number, address in enumerate(addresses)]
    once = [lead for lead in normalise(rows) if lead.rejected is None]
    twice = [lead for lead in normalise([*rows, *rows]) if lead.rejected is None]
    assert {lead.address for lead in twice} == {lead.address for lead in once}
