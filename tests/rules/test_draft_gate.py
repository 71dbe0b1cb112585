"""Whether a draft may be shown to a recipient: what a model invented never passes, whoever told it to invent it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.draft_gate import DraftContext, judge_draft
from tests.builders import campaign

CONTEXT = DraftContext("Grace", "Harbour Works", "opener", campaign().offer)
BODY = (
    "Dear Grace,\n\nyou answer within one working day, and I wondered who keeps that promise when the harbour is "
    "closed and half of the team is asleep. Is it the same people? {}\n\nWith kind regards"
)


def verdict(words: str, *, subject: str = "One small question", context: DraftContext = CONTEXT) -> str | None:
    """Why a draft with these words is refused."""
    return judge_draft(subject, BODY.replace("{}", words), context)[1]


def test_a_plain_draft_passes() -> None:
    mail, reason = judge_draft(" One small question ", BODY.replace("{}", ""), CONTEXT)
    assert reason is None
    assert mail is not None
    assert mail.subject == "One small question"


def wide(text: str) -> str:
    """The same text in full-width letters, which read alike."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


LINKS = [
    "https://evil.example/pay", "http://x.y", "HTTPS://EVIL.EXAMPLE", "www.evil.example", "evil.com", "bit.ly/3xYz",
    "t.co/abc", "see evil.ch now", "sub.domain.evil.fr/path", "ada@evil.example", "mailto:ada@evil", "[here](evil)",
    "<a href=x>", "<b>bold</b>", "evil.shop", "harbour-works.berlin",
    "evil\u3002com", wide("evil.com"), f"evil{wide('.')}com/x",
    f"https:{wide('//')}evil", "ftp://evil", "127.0.0.1/x", "//evil.example/x", "evil.com.", "(evil.de)", "müller.de",
    "xn--mller-kva.de", "javascript:alert(1)", "evil [.] com", "evil(dot)com", "ada (at) evil dot com",
]  # fmt: skip
PHONES = [
    "+49 30 1234567", "030/1234567", "(415) 555-2671", "415.555.2671", "call 5552671 now", "+1-415-555-2671",
    "0049 171 1234567", "٠١٢٣٤٥٦٧٨٩", "030 12 34 56 7", "+44 20 7946 0958", "555\u20112671\u20111234", "555 1234",
]  # fmt: skip
PRICES = ["$500", "$ 500", "500 $", "€20", "20 €", "EUR 500", "500 EUR", "USD 20", "20 dollars", "£5", "₹300",
          "CHF 90", "90 francs", "10,000 euros", "US$ 10", "5k USD", "499 pounds", "¥100"]  # fmt: skip


@pytest.mark.rule("B12")
@pytest.mark.parametrize("link", LINKS)
def test_no_link_and_no_address_passes(link: str) -> None:
    """Invariant I4: a foreign link."""
    assert verdict(link) is not None
    assert verdict("", subject=f"About {link}") is not None


@pytest.mark.parametrize("phone", PHONES)
def test_no_phone_number_passes(phone: str) -> None:
    assert "a phone number" in (verdict(phone) or "")


@pytest.mark.parametrize("price", PRICES)
def test_no_price_passes(price: str) -> None:
    assert "a price" in (verdict(price) or "")


@pytest.mark.parametrize(
    "words",
    [
        "You had 1,200,000 visitors in 2025.", "From 2019 to 2024 you doubled.", "On 2026-11-23 you opened.",
        "At 5 p.m. nobody is there.", "You, e.g. your team, i.e. the night shift, use Node.js.", "It is 24/7.",
        "You have 3.5 people per shift and 99.9 % of calls answered.", "A 2019-2024 review.",
        "Dr. Smith of the U.S. team",
        "Is that so?Or not?", "It took 10 to 15 minutes.", "ISO 27001 and 9001.", "1. first 2. second 3. third",
    ],
)  # fmt: skip
def test_numbers_and_dots_of_plain_prose_pass(words: str) -> None:
    assert verdict(words) is None


HOSTS = st.builds(
    lambda name, top: f"{name}.{top}",
    st.from_regex(r"[a-z][a-z0-9-]{0,12}[a-z0-9]", fullmatch=True),
    st.sampled_from(["com", "de", "ly", "co.uk", "shop", "xyz", "info", "online", "ai", "fr", "com.br", "link", "zip"]),
)
AROUND = st.text(alphabet=" \n.,;:!?()\"'abc", max_size=6)


@pytest.mark.rule("B12")
@given(AROUND, st.sampled_from(["", "https://", "http://", "www.", "//", "ada@", "HTTP://"]), HOSTS, AROUND)
def test_no_address_of_any_site_passes_in_any_company(before: str, scheme: str, host: str, after: str) -> None:
    assert verdict(f"{before} {scheme}{host} {after}") is not None


@given(st.integers(min_value=1, max_value=10**7), st.sampled_from(["$", "€", "£", "¥"]), st.booleans())
def test_no_price_of_any_height_passes(amount: int, sign: str, first: bool) -> None:
    text = f"{sign}{amount}" if first else f"{amount} {sign}"
    assert verdict(f"It is {text} a month.") is not None


@given(st.from_regex(r"\+?[0-9]{2,4}[ /-]?[0-9]{3,4}[ /-]?[0-9]{3,5}", fullmatch=True))
def test_no_phone_number_of_any_spelling_passes(number: str) -> None:
    assert verdict(f"Ring {number} today.") is not None


@given(st.text(), st.text())
def test_any_text_is_judged_with_a_reason_or_becomes_a_mail(subject: str, body: str) -> None:
    mail, reason = judge_draft(subject, body, CONTEXT)
    assert (mail is None) != (reason is None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Dear Grace,\n\nhow are you?", "the text has only 5 words"),
        (BODY.replace("{}", "word " * 150), "at most 130 are wanted"),
        (BODY.replace("Grace", "Bob"), "the text does not greet 'Grace'"),
        (BODY.replace("{}", "We guarantee it."), "the text claims 'guarantee'"),
        (BODY.replace("{}", "Act now!"), "the text claims 'act now'"),
    ],
)
def test_a_draft_that_is_not_what_was_asked_for_is_refused(body: str, reason: str) -> None:
    assert reason in (judge_draft("A subject", body, CONTEXT)[1] or "")


def test_a_follow_up_may_be_short_and_a_subject_may_not_be_long() -> None:
    bump = DraftContext("Grace", "Harbour Works", "bump", campaign().offer)
    assert judge_draft("A subject", "Dear Grace, did you see my note?", bump)[1] is None
    assert "at most 90 are read" in (judge_draft("x" * 91, BODY, CONTEXT)[1] or "")


@pytest.mark.rule("B24")
def test_another_leads_company_is_found_as_a_word_only() -> None:
    context = DraftContext("Grace", "Harbour Works", "opener", campaign().offer, ("Quay",))
    assert verdict("As Quay does.", context=context) == "the text names somebody else's company"
    assert verdict("You have quays.", context=context) is None
