"""Tier 1: registrable domains, kinds of mailboxes, and everything that is no address or site."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.addresses import Address, parse_address
from rules.attribution.judging import JUDGED_COLUMNS, judge
from rules.attribution.reading import address_kind, read_leads
from rules.attribution.verdicts import ATTRIBUTION_VERSION
from rules.domains import owner_domain
from rules.hosts import host_of
from tests.rules.lists import ACME, leads


def _verdicts(frame: pl.DataFrame) -> list[tuple[str, int, str]]:
    return list(judge(frame).select("verdict", "tier", "reason").iter_rows())


@pytest.mark.rule("A6")
@pytest.mark.parametrize(
    ("email", "site"),
    [
        ("jane@acme.com", "https://www.acme.com/about?x=1"),
        ("jane@mail.acme.com", "acme.com"),
        ("Jane@ACME.com", "HTTP://Acme.Com"),
        ("jane@acme.com.", "http://acme.com./"),
        (" jane@acme.com\u200b", "\xa0acme.com "),
        ("jane@acme.com", "https://user@shop.acme.com:8443/"),
        ("jane@acme.com", "https:\\\\www.acme.com"),
        ("jane@münchen-werke.de", "https://xn--mnchen-werke-dlb.de"),
        ("jane@acme.co.uk", "www.acme.co.uk"),
        ("jane@acme.myshopify.com", "https://acme.myshopify.com"),
    ],
)
def test_one_registrable_domain_in_any_surface_form_is_a_match(email: str, site: str) -> None:
    assert _verdicts(leads((email, "Acme", site))) == [("match", 1, "same_domain")]


@pytest.mark.parametrize(
    ("email", "site", "verdict", "reason"),
    [
        ("jane@gmail.com", "acme.com", "unverifiable", "free_mail"),
        ("jane@mailinator.com", "acme.com", "unverifiable", "disposable_mail"),
        ("jane(at)acme.com", "acme.com", "invalid", "bad_address"),
        (None, "acme.com", "invalid", "bad_address"),
        ("jane@acme.com", None, "invalid", "no_site"),
        ("jane@acme.com", "  ", "invalid", "no_site"),
        ("jane@acme.com", "www", "invalid", "bad_site"),
        ("jane@acme.com", "http://192.168.0.1", "invalid", "bad_site"),
        ("jane@acme.com", "Acme Limited", "invalid", "bad_site"),
        ("jane@other.com", "acme.co.uk", "pending", "unknown_domain"),
        ("jane@one.github.io", "https://two.github.io", "pending", "unknown_domain"),
        ("jane@one.co.uk", "https://two.co.uk", "pending", "unknown_domain"),
    ],
)
def test_every_other_row_says_what_it_is(email: str | None, site: str | None, verdict: str, reason: str) -> None:
    (row,) = judge(leads((email, "Qwerty", site))).iter_rows(named=True)
    assert (row["verdict"], row["reason"]) == (verdict, reason)
    assert row["evidence"]
    assert (row["question_id"] is not None) == (verdict == "pending")
    assert row["rule_version"] == ATTRIBUTION_VERSION


@pytest.mark.rule("A6")
def test_empty_absurd_and_hostile_cells_never_stop_a_list() -> None:
    hostile = [
        "",
        " ",
        "\x00",
        "=cmd|'/c calc'!A1",
        "a" * 100_000,
        "💥@💥.💥",
        '"',
        "'; DROP TABLE leads; --",
        "<script>",
        "@",
        "\u202e@x",
    ]
    frame = leads(*[(cell, cell, cell, cell, cell) for cell in hostile], ("jane@acmewidgets.de", *ACME))
    judged = judge(frame)
    assert judged["lead_id"].to_list() == frame["lead_id"].to_list()
    assert judged["verdict"].to_list() == ["invalid"] * len(hostile) + ["match"]


def test_absent_columns_count_as_empty_and_no_rows_give_no_rows() -> None:
    assert judge(pl.DataFrame({"email": ["jane@acme.com"]}))["reason"].to_list() == ["no_site"]
    assert tuple(judge(pl.DataFrame()).columns) == JUDGED_COLUMNS
    assert judge(pl.DataFrame()).height == 0
    assert judge(leads()).height == 0


TURNS: list[Callable[[str], str]] = [str.upper, str.title, "  {}\t".format, "{}.".format, "\u200b{}".format]
SITES: list[Callable[[str], str]] = [
    "https://{}/x".format,
    "http://www.{}:8080".format,
    "//{}".format,
    "https://{}./".format,
]


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(TURNS), st.sampled_from([*TURNS[:3], *SITES]), st.permutations(range(6)))
def test_case_dots_schemes_and_the_order_of_rows_change_no_verdict(
    turn: Callable[[str], str], dress: Callable[[str], str], order: list[int]
) -> None:
    rows = [
        ("jane@acmewidgets.de", "acmewidgets.de"),
        ("joe@acmewidgets.net", "acmewidgets.de"),
        ("ann@zorbotech.com", "acmewidgets.de"),
        ("bob@gmail.com", "acmewidgets.de"),
        ("eve@zorbotech.com", "zorbotech.com"),
        ("kim@quux.io", "zorbotech.com"),
    ]
    name = {"acmewidgets.de": "Acmewidgets GmbH", "zorbotech.com": "Zorbotech Inc."}
    plain = judge(leads(*[(mail, name[site], site) for mail, site in rows]))
    dressed = judge(leads(*[(turn(mail), name[site], dress(site)) for mail, site in (rows[n] for n in order)]))
    assert [plain.row(n)[1:6] for n in order] == [row[1:6] for row in dressed.iter_rows()]


MAILS = ("jane@acme.com", "j.d@a-b.co.uk", "x@y--z.com", "x@acme.com.", "a@b@c.de", "x@acme.invalid")
LETTERS = ("\u212a@acme.com", "\u0130@acme.com", "jane@\u212a.com")  # lower case turns these into others
URLS = ("www.ck", "www.github.io", "https://www.acme.com", "acme.com/", "ACME.com?x", "https:///acme.com", "a..b.com")
CELLS = st.text(max_size=40) | st.sampled_from(MAILS + LETTERS + URLS)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.none() | CELLS, st.none() | CELLS), min_size=1, max_size=8))
def test_the_fast_reader_agrees_with_the_strict_ones_on_any_cell(rows: list[tuple[str | None, str | None]]) -> None:
    read = read_leads(leads(*[(mail, "Acme", site) for mail, site in rows]))
    for (mail, site), found in zip(rows, read.iter_rows(named=True), strict=True):
        address = parse_address(mail)
        host = host_of(site or "")
        assert found["company_domain"] == (owner_domain(host) if host else None)
        if isinstance(address, Address):
            assert (found["address"], found["mail_domain"], found["mailbox"]) == (
                address.text,
                address.owner,
                address.mailbox,
            )
            assert found["mail_problem"] is None
        else:
            assert (found["address"], found["mail_problem"]) == (None, address.sentence)


def test_addresses_are_called_what_they_are() -> None:
    kinds = [
        address_kind(*pair)
        for pair in (("info@acme.com", "company"), ("jane@acme.com", "company"), ("x@gmail.com", "free"))
    ]
    assert kinds == ["role", "person", "free"]
