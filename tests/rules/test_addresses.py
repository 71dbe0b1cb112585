"""Addresses: what is accepted, what is refused, and that one mailbox has one key."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.addresses import Address, AddressProblem, Mailbox, Problem, normalise_address, parse_address

CASES = pl.read_csv(Path(__file__).parent / "data" / "email_validity_cases.csv", infer_schema=False).fill_null("")

# Legal, and refused on purpose: nobody's business address looks like this.
REFUSED_ON_PURPOSE = {
    Problem.QUOTED: "quoted local parts",
    Problem.IP_ADDRESS: "address literals and bare IP addresses",
    Problem.UNKNOWN_TOP_LEVEL: "top-level domains that are not delegated, as test corpora use them",
}
# Refused by the corpora, and accepted on purpose.
ACCEPTED_ON_PURPOSE = {
    "test@iana.org.": "the root's dot, which DNS drops",
    "my@trailingdot.com.": "likewise",
    "me@test.test.test": "a name reserved for samples, where ours live",
}


def _accepted(text: str) -> bool:
    return isinstance(parse_address(text), Address)


@pytest.mark.rule("A6")
def test_every_invalid_case_of_the_corpora_is_refused() -> None:
    wrong = [(text, detail) for _, text, verdict, _, detail in CASES.rows() if verdict == "invalid"]
    invalid = [text for text, detail in wrong if text.strip() == text and not detail.endswith("CR_NO_LF")]
    assert len(invalid) > 130
    assert {text for text in invalid if _accepted(text)} == set(ACCEPTED_ON_PURPOSE)


def test_every_valid_case_is_accepted_or_refused_on_purpose() -> None:
    for _, text, verdict, category, _ in CASES.rows():
        found = parse_address(text)
        if verdict != "valid" or isinstance(found, Address):
            continue
        named = found.problem in REFUSED_ON_PURPOSE or '"' in text or "<" in text
        no_company = found.problem is Problem.DOMAIN and category.startswith("ISEMAIL")  # test@io, test@iana.123
        assert named or no_company or text == "\uff20@fullwidth.at", (text, found)


def test_comments_and_folding_are_refused() -> None:
    folded = [text for _, text, verdict, *_ in CASES.rows() if verdict == "obsolete_or_comment"]
    inside = [text for text in folded if text.strip() == text]
    assert inside
    assert not any(_accepted(text) for text in inside)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (None, Problem.EMPTY),
        (" \u200b", Problem.EMPTY),
        ("jane(at)acme.com", Problem.NO_AT_SIGN),
        ("mailto:jane", Problem.NO_AT_SIGN),
        ("@acme.com", Problem.NO_LOCAL_PART),
        ("jane@", Problem.NO_DOMAIN),
        ("jane@acme@acme.com", Problem.SEVERAL_AT_SIGNS),
        ("jane\n@acme.com", Problem.CONTROL_CHARACTER),
        ("jane doe@acme.com", Problem.LOCAL_PART),
        ("jane\\@acme.com", Problem.LOCAL_PART),
        (".jane@acme.com", Problem.LOCAL_PART),
        ("j" * 65 + "@acme.com", Problem.TOO_LONG),
        ("jane@acme .com", Problem.DOMAIN),
        ("jane@acme,com", Problem.DOMAIN),
        ("jane@acme..com", Problem.DOMAIN),
        ("jane@acme_com", Problem.DOMAIN),
        ("jane@acme.com;", Problem.DOMAIN),
        ("jane@co.uk", Problem.DOMAIN),
        ("jane@127.0.0.1", Problem.IP_ADDRESS),
        ("jane@[acme.com]", Problem.IP_ADDRESS),
        ("jane@acme.con", Problem.UNKNOWN_TOP_LEVEL),
    ],
)
def test_each_problem_is_named(cell: str | None, problem: Problem) -> None:
    found = parse_address(cell)
    assert isinstance(found, AddressProblem)
    assert found.problem is problem
    assert found.sentence


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" Jane.Doe@ACME.com ", "jane.doe@acme.com"),
        ("jane@münchen.de", "jane@xn--mnchen-3ya.de"),
        ("jane@acme.com.", "jane@acme.com"),
        ("\uff4aane@acme.com", "jane@acme.com"),
        ("jane@acme。com", "jane@acme.com"),
        ("jane+news@acme.com", "jane+news@acme.com"),
    ],
)
@pytest.mark.rule("B22")
def test_the_spellings_of_one_mailbox_have_one_key(cell: str, text: str) -> None:
    found = parse_address(cell)
    assert isinstance(found, Address)
    assert found.text == normalise_address(cell) == text


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40))
def test_normalising_is_total_and_idempotent(text: str) -> None:
    once = normalise_address(text)
    assert normalise_address(once) == once


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60))
def test_any_cell_gives_an_address_or_a_sentence(text: str) -> None:
    found = parse_address(text)
    assert found.text if isinstance(found, Address) else found.sentence


@pytest.mark.parametrize(
    ("cell", "mailbox", "role"),
    [
        ("jane@acme.com", Mailbox.COMPANY, False),
        ("info@acme.com", Mailbox.COMPANY, True),
        ("sales.emea@acme.com", Mailbox.COMPANY, True),
        ("info+web@acme.com", Mailbox.COMPANY, True),
        ("jane@gmail.com", Mailbox.FREE, False),
        ("jane@mail.yahoo.co.jp", Mailbox.FREE, False),
        ("jane@mailinator.com", Mailbox.DISPOSABLE, False),
    ],
)
def test_free_disposable_and_role_addresses_are_told_apart(cell: str, mailbox: Mailbox, *, role: bool) -> None:
    found = parse_address(cell)
    assert isinstance(found, Address)
    assert (found.mailbox, found.role) == (mailbox, role)
