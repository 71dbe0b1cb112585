"""Whether a draft may be shown to a recipient: what a model invented never passes, whoever told it to invent it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.draft_gate.draft import Claim, Context, Draft
from rules.draft_gate.judging import CHECKS, Judgement, judge
from rules.draft_gate.others import Others
from rules.facts import Fact
from tests.builders import campaign

CAMPAIGN = campaign(offer={"forbidden": ["guarantee", "patented"]})
FACTS = (
    Fact("f1", "Harbour Works answers every request within one working day", "You get an answer within one day.", ""),
    Fact(
        "f2", "Harbour Works employs 120 people at three sites in Porto", "Our 120 colleagues work at three sites.", ""
    ),
)
CONTEXT = Context(
    step="opener", brief="Ask one small question.", language="en", company="Harbour Works", offer=CAMPAIGN.offer,
    recipient={"first_name": "Grace", "full_name": "Grace Hopper", "role": "Head of Support"}, facts=FACTS,
    sender=CAMPAIGN.sender, secrets=("zq12345abcde",),
)  # fmt: skip
SAID = "You answer every request within one working day."
BODY = (
    f"Dear Grace,\n\n{SAID} I wondered who keeps that promise when the harbour is closed and half of the team is "
    "asleep. {}\n\nIs it the same people?\n\nWith kind regards"
)


def judged(body: str, *, subject: str = "One small question", context: Context = CONTEXT) -> Judgement:
    """A draft that names its fact, held against the gate."""
    return judge(Draft(subject, body, (Claim(SAID, ("f1",)),) if SAID in body else ()), context)


def verdict(words: str, *, subject: str = "One small question", context: Context = CONTEXT) -> str | None:
    """Why a draft with these words is refused."""
    return judged(BODY.replace("{}", words), subject=subject, context=context).advice or None


def failed(words: str, *, context: Context = CONTEXT) -> list[str]:
    """The checks that a draft with these words does not pass."""
    return [finding.check for finding in judged(BODY.replace("{}", words), context=context).findings]


def test_a_plain_draft_passes() -> None:
    judgement = judged(BODY.replace("{}", ""), subject=" One small question ")
    assert judgement.findings == ()
    assert judgement.mail is not None
    assert judgement.mail.subject == "One small question"


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
def test_numbers_and_dots_of_plain_prose_pass_where_the_writer_was_told_them(words: str) -> None:
    told = replace(CONTEXT, facts=(*FACTS, Fact("f3", words, words, "")))
    assert set(failed(words, context=told)) <= {"questions"}


@pytest.mark.rule("B12")
@pytest.mark.parametrize(
    "words",
    ["You had 1,200,000 visitors.", "You grew by 40 %.", "You were founded in 1987.", "At 17 sites.",
     "Twenty people wait.", "Since March nobody waits.", "We won 8% more."],
)  # fmt: skip
def test_a_figure_or_date_that_nobody_told_is_invented(words: str) -> None:
    assert "figure" in failed(words)


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
@settings(max_examples=60)
def test_any_text_is_judged_with_a_reason_or_becomes_a_mail(subject: str, body: str) -> None:
    judgement = judge(Draft(subject, body), CONTEXT)
    assert (judgement.mail is None) == bool(judgement.findings)


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("Dear Grace,\n\nhow are you?", "length"), (BODY.replace("{}", "word " * 150), "length"),
        (BODY.replace("Grace", "Bob"), "greeting"), (BODY.replace("{}", "We guarantee it."), "forbidden"),
        (BODY.replace("{}", "It is patented."), "forbidden"), (BODY.replace("{}", "Is it? Or not?"), "questions"),
        (BODY.replace("{}", "- one\n- two"), "markup"), (BODY.replace("{}", "**Really** so."), "markup"),
        (BODY.replace("{}", "so\n# So"), "markup"), (BODY.replace("{}", '{"a": 1}'), "markup"),
        (BODY.replace("{}", "REALLY GREAT stuff."), "markup"), (BODY.replace("{}", "Really!!"), "markup"),
        (BODY + "\nAda Marsh", "signature"), (BODY + "\nLantern Analytics", "signature"),
        (BODY.replace("{}", "Limited time."), "spam"), (BODY.replace("{}", "This is your final warning."), "spam"),
        (BODY.replace("{}", "Your password is old."), "secrets"), (BODY.replace("{}", "Buy gift cards."), "secrets"),
        (BODY.replace("{}", "As an AI, I guess so."), "machine"), (BODY.replace("{}", "Here is the mail."), "machine"),
        (BODY.replace("{}", "zq12345abcde"), "code"), (BODY.replace("{}", "Say QX7-LANTERN-93."), "code"),
        (BODY.replace("{}", "P\u0430yments."), "code"), (BODY.replace("{}", "hid\u200bden"), "whole"),
        (BODY.replace("{}", "Hello {{name}}"), "whole"), (BODY.replace("{}", "word, " * 45), "readability"),
    ],
)  # fmt: skip
def test_a_draft_that_is_not_what_was_asked_for_is_refused(body: str, check: str) -> None:
    assert check in [finding.check for finding in judged(body).findings]


@pytest.mark.parametrize(
    "words",
    [
        "Please click below.", "Download our report.", "Kindly visit the page.", "You must register today.",
        "Call me tomorrow.",
        "Forward this to your manager.", "Wire the rest to us.", "Please log in here.",
        "Bitte klicken Sie hier.", "\u00d6ffnen Sie die Datei.", "Cliquez sur le bouton.", "Veuillez confirmer tout.",
        "Haga clic en el bot\u00f3n.", "Env\u00ede el pago.", "Clicca sul pulsante.", "Klik op de knop.",
    ],
)  # fmt: skip
def test_nobody_is_ordered_about_in_any_language(words: str) -> None:
    assert "order" in failed(words)


@pytest.mark.parametrize(
    "words",
    [
        "Just tell me.", "Let me know, or say no.", "Send me one line if you like.", "Feel free to ignore this.",
        "Keep this mail for that day.", "A plain no is fine.", "Would you call that a promise?",
        "Sagen Sie es mir gern.",
    ],
)  # fmt: skip
def test_asking_for_an_answer_is_no_order(words: str) -> None:
    assert "order" not in failed(words)


@pytest.mark.rule("B24")
def test_somebody_elses_name_is_found_as_a_name_only() -> None:
    others = replace(CONTEXT, others=Others.of(["Quay Freight", "Nordlicht", "Zed", "River", "Bob Marley"]))
    assert "name" in failed("I heard it from quay freight.", context=others)
    assert "name" in failed("I asked Nordlicht too.", context=others)
    assert "name" not in failed("I saw the river and the nordlicht.", context=others)
    assert failed("I saw quays and rivers.", context=others) == []
    assert "somebody else's company" in (verdict("As Quay does.", context=replace(CONTEXT, unsaid=("Quay",))) or "")


@pytest.mark.parametrize(
    "words", ["I asked Bob too.", "We know Siemens well.", "Your Lisbon team waits.", "Kestrel Ltd does it."]
)
def test_a_name_that_nobody_told_is_invented(words: str) -> None:
    assert "name" in failed(words)


def test_a_follow_up_may_be_short_and_a_subject_may_not_be_long() -> None:
    bump = replace(CONTEXT, step="bump")
    assert judge(Draft("A subject", "Dear Grace, did you see my note?"), bump).findings == ()
    assert "the subject has no word" in (judged(BODY.replace("{}", ""), subject=".").advice)
    assert "at most 90 are read" in (judged(BODY.replace("{}", ""), subject="x" * 91).advice)


def test_every_check_has_a_name_of_its_own_and_says_what_must_hold() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(len(check.says) > 20 for check in CHECKS)


def test_a_refused_draft_is_told_everything_that_is_wrong_with_it() -> None:
    judgement = judged(BODY.replace("{}", "Click https://evil.example for $ 5. You doubled your revenue."))
    assert {"link", "order", "claim"} <= {finding.check for finding in judgement.findings}
    assert judgement.reason == judgement.findings[0].reason
    assert judgement.mail is None
