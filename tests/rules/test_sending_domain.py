"""SPF, DKIM and DMARC records as receivers read them."""

import pytest

from rules.sending_domain import Grade, read_dkim, read_dmarc, read_spf, record_tags, spf_records, spf_terms

HOME = "harbour.example"
KEY = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDeMVIzrCa3T14JsNY0IRv5/2V1/v2itlviLQBwXsa7shBD6TrBkswsFUToPRMRC9tbR"


@pytest.mark.parametrize(
    ("records", "grade", "said"),
    [
        ({HOME: ["v=spf1 ip4:192.0.2.1 -all"]}, Grade.GOOD, "0 of 10 look-ups"),
        ({HOME: ["v=spf1 include:spf.p.example ~all"], "spf.p.example": ["v=spf1 a mx -all"]}, Grade.GOOD, "3 of 10"),
        ({HOME: []}, Grade.WEAK, "has no SPF record"),
        ({HOME: ["v=spf1 -all", "v=spf1 mx -all"]}, Grade.BROKEN, "has 2 SPF records"),
        ({HOME: ["v=spf1 mx +all"]}, Grade.BROKEN, "anybody may send as you"),
        ({HOME: ["v=spf1 mx all"]}, Grade.BROKEN, "anybody may send as you"),
        ({HOME: ["v=spf1 mx"]}, Grade.WEAK, "forbids nobody"),
        ({HOME: ["v=spf1 mx ?all"]}, Grade.WEAK, "forbids nobody"),
        ({HOME: ["v=spf1 inlcude:spf.p.example -all"]}, Grade.BROKEN, "inlcude:spf.p.example"),
        ({HOME: ["v=spf1 include:gone.example -all"], "gone.example": []}, Grade.BROKEN, "includes gone.example"),
        ({HOME: [f"v=spf1 {'a mx exists:x.example ' * 4}-all"]}, Grade.BROKEN, "needs 12 look-ups"),
        ({HOME: ["v=spf1 redirect=all.p.example"], "all.p.example": ["v=spf1 ip4:192.0.2.7 -all"]}, Grade.GOOD, "1 "),
        ({HOME: ["v=spf1 ip4:192.0.2.0/24 unknown=modifier -all"]}, Grade.GOOD, "0 of 10"),
    ],
)  # fmt: skip
def test_spf_is_judged_with_all_it_includes(records: dict[str, list[str]], grade: Grade, said: str) -> None:
    reading = read_spf(HOME, records)
    assert (reading.grade, said in reading.sentence) == (grade, True), reading
    assert bool(reading.fix) == (grade is not Grade.GOOD)


def test_only_a_record_that_begins_as_spf_is_one() -> None:
    assert spf_records(["v=spf1 -all", "v=spf10 -all", "V=SPF1", "x v=spf1"]) == ["v=spf1 -all", "V=SPF1"]
    assert spf_terms("v=spf1 include:%{i}.m.example redirect=r.example -all").follows == ()
    assert spf_terms("v=spf1 INCLUDE:A.Example. -ALL").follows == ("a.example",)
    assert spf_terms("v=spf1 include -all").wrong == ("include",)


@pytest.mark.parametrize(
    ("texts", "wanted", "grade", "said"),
    [
        ([f"v=DKIM1; k=rsa; p={KEY}"], f"k=rsa;p={KEY}", Grade.GOOD, "stands at"),
        ([f"k=rsa; p={KEY[:60]} {KEY[60:]}"], f"k=rsa;p={KEY}", Grade.GOOD, "stands at"),
        ([f"p={KEY}"], "b1.harbour-example.dkim.p.example", Grade.GOOD, "stands at"),
        ([], f"k=rsa;p={KEY}", Grade.BROKEN, "there is no DKIM key"),
        (["p="], f"k=rsa;p={KEY}", Grade.BROKEN, "withdrawn"),
        ([f"p={KEY}x"], f"k=rsa;p={KEY}", Grade.BROKEN, "not the provider's"),
        (["p=short"], "k=rsa;p=short", Grade.WEAK, "short"),
    ],
)
def test_a_dkim_key_is_there_and_the_providers(texts: list[str], wanted: str, grade: Grade, said: str) -> None:
    reading = read_dkim(f"mail._domainkey.{HOME}", texts, wanted)
    assert (reading.grade, said in reading.sentence) == (grade, True), reading


@pytest.mark.parametrize(
    ("own", "above", "grade", "said"),
    [
        (["v=DMARC1; p=reject; rua=mailto:x@y.example"], [], Grade.GOOD, "p=reject"),
        (["v=DMARC1;p=none;rua=mailto:x@y.example"], [], Grade.GOOD, "p=none"),
        ([], ["v=DMARC1; p=reject; sp=none; rua=mailto:x@y.example"], Grade.GOOD, "p=none"),
        ([], ["v=DMARC1; p=quarantine; rua=mailto:x@y.example"], Grade.GOOD, "p=quarantine"),
        (["v=DMARC1; p=none"], [], Grade.WEAK, "nobody gets its reports"),
        ([], [], Grade.BROKEN, "has no DMARC policy"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], [], Grade.BROKEN, "has 2 policies"),
        (["v=DMARC1; p=some"], [], Grade.BROKEN, "p=some"),
        (["v=DMARC1; rua=mailto:x@y.example"], [], Grade.BROKEN, "(nothing)"),
        (["dmarc=1"], [], Grade.BROKEN, "has no DMARC policy"),
    ],
)
def test_dmarc_is_the_domains_or_that_of_the_one_above(
    own: list[str], above: list[str], grade: Grade, said: str
) -> None:
    reading = read_dmarc("mail.harbour.example", HOME, {"mail.harbour.example": own, HOME: above})
    assert (reading.grade, said in reading.sentence) == (grade, True), reading


def test_tags_are_read_without_white_space() -> None:
    assert record_tags(" V = DMARC1 ; p= none;; rua=mailto:a@b.example ") == {
        "v": "DMARC1", "p": "none", "rua": "mailto:a@b.example",
    }  # fmt: skip
