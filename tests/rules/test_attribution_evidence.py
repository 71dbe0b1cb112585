"""Tier 2: what a name, a site and the list show, and by what nobody is fooled."""

from typing import Any

import polars as pl
import pytest

from rules.attribution.corpus import learn, merge
from rules.attribution.judging import judge, rule_pairs
from rules.attribution.labels import plain_label, read_label, shared_stem
from rules.attribution.names import WordCounts, take_apart
from rules.attribution.reading import read_leads
from rules.attribution.residue import PAIR, gather, may_speak
from rules.attribution.tiers import undecided
from rules.attribution.verdicts import NO_OVERRULINGS
from rules.attribution.weighing import CLEAR_AT, Facts, Weight, weigh
from tests.rules.lists import ACME, leads

NOTHING_COUNTED = WordCounts()


def _weight(name: str, site: str, mail: str, **more: Any) -> Weight:
    return weigh(Facts(name, site, mail, **more), NOTHING_COUNTED)


def _reasons(frame: pl.DataFrame) -> list[str]:
    return judge(frame)["reason"].to_list()


@pytest.mark.rule("A6")
@pytest.mark.parametrize(
    ("name", "site", "mail", "country"),
    [
        ("Zorbotech Inc.", "zorbotech.com", "zorbotech.io", None),
        ("Zorbotech Inc.", "zorbotech.com", "getzorbotech.com", None),
        ("Zorbotech", "pvnholding.com", "zorbotech.com", None),
        ("Johnstone Press plc", "jpress.co.uk", "johnstonepress.co.uk", "GB"),
        ("University of Silvermoor", "uclive.ac.nz", "silvermoor.ac.nz", "NZ"),
        ("Middlesbrough College", "mbro.ac.uk", "middlesbro.ac.uk", "GB"),
        ("Stumble Upon", "stumble-upon.com", "stumbleupon.com", None),
        ("Air New Kroatia Limited", "airnewkroatia.com.au", "airnewkroatia.hr", "HR"),
    ],
)
def test_a_telling_name_shown_in_full_clears_a_second_domain(
    name: str, site: str, mail: str, country: str | None
) -> None:
    weight = _weight(name, site, mail, country=country)
    assert weight.clears(CLEAR_AT), weight


@pytest.mark.rule("B24")
@pytest.mark.parametrize(
    ("name", "site", "mail", "country"),
    [
        ("VIS Containers Co. Ltd", "vis.gr", "vis.is", "GR"),
        ("MMX Mineracao S.A.", "mmx.com.br", "mmx.co", "BR"),
        ("Ultrapar Participacoes S.A. (New)", "ultra.com.br", "ultra.tech", "BR"),
        ("Standard Bank Group Limited", "standardbank.co.za", "standard.ai", "ZA"),
        ("National Beverage Corp.", "nationalbeverage.com", "nationalfertilizers.com", "US"),
        ("Alliance Pharma plc", "alliancepharma.com", "alliancemining.com", "GB"),
        ("First Resources Limited", "first-resources.com", "firstgraphene.net", "SG"),
        ("Grandes, Inc.", "grandes.jp", "granges.com", "JP"),
        ("Sanshin Electronics Co., Ltd.", "sanshin.co.jp", "hanshin.co.kr", "JP"),
        ("Arctic Bioscience AS", "arctic-bioscience.com", "arcticglacier.com", "NO"),
        ("Eagle Nice Holdings Limited", "eaglenice.com.hk", "eaglehighplantations.com", "HK"),
        ("AA Corporation", "aa.com", "aal.com", None),
    ],
)
def test_short_common_or_partly_shared_names_need_more_than_letters(
    name: str, site: str, mail: str, country: str | None
) -> None:
    assert not _weight(name, site, mail, country=country, leads=8).clears(CLEAR_AT)


@pytest.mark.rule("B24")
def test_the_shorter_the_name_the_less_it_tells() -> None:
    names = ["zo", "zorb", "zorbot", "zorbotech", "zorbotechnik"]
    told = [_weight(name, f"{name}.com", f"{name}.net").bits for name in names]
    assert told == sorted(told)
    assert told[0] < CLEAR_AT < told[-1]


def test_a_word_that_other_companies_of_the_list_bear_tells_less() -> None:
    rare, frequent = WordCounts(1000, {"zorbotech": 1}), WordCounts(1000, {"zorbotech": 40})
    assert rare.bits("zorbotech") > CLEAR_AT > frequent.bits("zorbotech")
    assert frequent.bits("nebula") <= 9
    assert frequent.bits("bank") <= 3


@pytest.mark.rule("A6")
def test_colleagues_under_the_same_wrong_company_clear_nobody() -> None:
    wrong = [(f"p{n}@northpetroleum.com", "Forge Automation", "forgeautomation.ca", "Canada") for n in range(12)]
    right = [("own@forgeautomation.ca", "Forge Automation", "forgeautomation.ca", "Canada")]
    judged = judge(leads(*right, *wrong))
    assert judged["verdict"].to_list() == ["match"] + ["pending"] * 12
    assert judged["question_id"].n_unique() == 2  # one question, and none
    assert "12 leads of the company use it, from one import" in judged["evidence"][1]


@pytest.mark.rule("A6")
def test_the_site_of_another_listed_company_is_never_cleared_however_alike() -> None:
    rows = [
        ("a@zorbotech.io", "Zorbotech Inc.", "zorbotech.com"),
        ("b@zorbotech.io", "Zorbotech Robotics AG", "zorbotech.io"),
    ]
    judged = judge(leads(*rows))
    assert judged["reason"].to_list() == ["site_of_another", "same_domain"]
    assert "site of Zorbotech Robotics AG" in judged["evidence"][0]


def test_another_record_of_the_same_company_may_give_the_domain_as_its_site() -> None:
    rows = [("a@zorbogroup.com", "Zorbo Gmbh", "zorbo.de"), ("b@zorbogroup.com", "ZORBO GmbH", "zorbogroup.com")]
    evidence = judge(leads(*rows))["evidence"][0]
    assert "another record of Zorbo Gmbh gives zorbogroup.com as its site" in evidence


def test_several_imports_weigh_more_than_one() -> None:
    one = _weight("Nexori", "nexori.com", "nexori.eu", leads=8, imports=1)
    several = _weight("Nexori", "nexori.com", "nexori.eu", leads=8, imports=3)
    assert several.bits > one.bits


def test_a_domain_that_other_companies_use_too_weighs_less() -> None:
    alone = _weight("Nexoritech", "nexoritech.com", "nexoritech.net")
    shared = _weight("Nexoritech", "nexoritech.com", "nexoritech.net", shared_by=3)
    assert shared.bits < alone.bits


def test_without_a_model_or_a_person_nobody_is_called_a_mismatch() -> None:
    rows = [
        (f"p{n}@{mail}", *ACME)
        for n, mail in enumerate(["qux.com", "gmail.com", "acmewidgets.net", "acme.fr", "vis.is"])
    ]
    assert "mismatch" not in judge(leads(*rows))["verdict"].to_list()


@pytest.mark.parametrize(
    ("name", "words", "telling"),
    [
        ("JVM Co., Ltd", ("jvm",), ("jvm",)),
        ("Ultrapar Participacoes S.A. (New)", ("ultrapar", "participacoes"), ("ultrapar", "participacoes")),
        ("OXE Marine AB (publ)", ("oxe", "marine"), ("oxe",)),
        ("The Bank of Energy plc", ("bank", "energy"), ("bank", "energy")),
        ("WebsiteBuilder.com", ("websitebuilder",), ("websitebuilder",)),
        ("Limited", ("limited",), ("limited",)),
        ("", (), ()),
    ],
)
def test_names_are_taken_apart(name: str, words: tuple[str, ...], telling: tuple[str, ...]) -> None:
    found = take_apart(name)
    assert (found.words, found.telling) == (words, telling)


@pytest.mark.rule("B22")
def test_the_spellings_of_a_company_have_one_key() -> None:
    spellings = ["Zoover B.V.", "ZOOVER BV", "Zoover", "zoover  b.v.", "Zoover Holding B.V."]
    assert {take_apart(name).key for name in spellings} == {"zoover"}


def test_a_label_is_read_only_when_every_letter_is_explained() -> None:
    name = take_apart("Johnstone Press plc")
    whole = read_label("johnstonepress", name, NOTHING_COUNTED.bits)
    assert whole is not None
    assert whole.covers
    assert read_label("johnstonepressure", name, NOTHING_COUNTED.bits) is None
    assert read_label("getjohnstone", name, NOTHING_COUNTED.bits) is not None
    assert read_label("", name, NOTHING_COUNTED.bits) is None


def test_stems_are_shared_with_affixes_only() -> None:
    assert shared_stem("walmartlabs", "walmart") == "walmart"
    assert shared_stem("sigmacapital", "sigmahealthcare") is None
    assert shared_stem("visa", "vis") is None
    assert plain_label("stumble-upon.com") == "stumbleupon"
    assert plain_label("xn--mnchen-3ya.de") == "munchen"


def _mixed_list() -> pl.DataFrame:
    pairs = [
        ("Acme & Söhne", "acme.de"),
        ("U.S. Zorb", "uszorb.com"),
        ("Quux Energy Ltd", "quux.com"),
        ("St. Mary Clinic", "smc.org"),
    ]
    mails = [
        "acme.fr",
        "uszorb.net",
        "quux-energy.com",
        "saintmary.org",
        "stmary.org",
        "x1.com",
        "ue.com",
        "getquux.io",
        "qe.net",
    ]
    rows = [(f"p{n}@{mail}", name, site, "US") for n, (name, site) in enumerate(pairs) for mail in mails]
    return leads(*rows, *rows[:5], ("z@x1.com", "X One", "x1.com"))


def test_pairs_ruled_in_bulk_say_what_weighing_each_would_say() -> None:
    read = read_leads(_mixed_list())
    pairs = gather(read.filter(undecided()), learn(read), NO_OVERRULINGS)
    quiet = pairs.filter(~may_speak(pairs))
    assert quiet.height > 3
    ruled = {
        row[:3]: row[3] for row in rule_pairs(read.filter(undecided()), learn(read)).select(*PAIR, "ruling").iter_rows()
    }
    for row in quiet.iter_rows(named=True):
        facts = Facts(**(row | {"owners": tuple(row["owners"])}))
        weight = weigh(facts, NOTHING_COUNTED)
        assert weight.bits == 0
        evidence = ruled[facts.company_name, facts.company_domain, facts.mail_domain]["evidence"]
        assert evidence.endswith("; ".join(weight.signs))


def test_a_list_learnt_in_parts_is_the_list_learnt_whole() -> None:
    frame = _mixed_list()
    whole = learn(read_leads(frame))
    parts = merge([learn(read_leads(part)) for part in (frame[:7], frame[7:20], frame[20:], frame[:0])])
    assert parts.sites.sort("company_domain", "company_name").equals(whole.sites.sort("company_domain", "company_name"))
    assert parts.pairs.sort(pl.all()).equals(whole.pairs.sort(pl.all()))
    assert parts.count_words({"acme", "zorb"}).by_word == whole.count_words({"acme", "zorb"}).by_word


def test_a_part_judged_with_the_whole_corpus_gets_the_verdicts_of_the_whole() -> None:
    frame = _mixed_list()
    corpus = learn(read_leads(frame))
    assert judge(frame[3:9], corpus=corpus).equals(judge(frame)[3:9])
