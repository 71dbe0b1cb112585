"""A mail that cannot be half a mail, and the way from an approved draft to what goes out."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.mail import Mail, MailProblem
from rules.rendering import as_html, thread_subject, with_footer
from tests.builders import campaign

SPACES = st.text(alphabet=" \t\r\n\u00a0\u2003", max_size=8)
WORDS = st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="{}[]<>%$*\u00ad"))


@pytest.mark.rule("A4")
@given(SPACES, st.text())
def test_a_mail_without_a_subject_cannot_be(blank: str, text: str) -> None:
    with pytest.raises(MailProblem):
        Mail(blank, text)


@pytest.mark.rule("A4")
@given(st.text(), SPACES)
def test_a_mail_without_a_text_cannot_be(subject: str, blank: str) -> None:
    with pytest.raises(MailProblem):
        Mail(subject, blank)


@pytest.mark.rule("A4")
@given(st.text(), st.text())
def test_whatever_is_a_mail_is_whole(subject: str, text: str) -> None:
    """Invariant I4: whatever gets through is non-blank, one line above, and can be hashed and sent."""
    try:
        mail = Mail(subject, text)
    except MailProblem:
        return
    assert mail.subject.strip()
    assert mail.text.strip()
    assert not {"\r", "\n", "\x00"} & set(mail.subject)
    assert re.fullmatch(r"[0-9a-f]{64}", mail.digest)


@given(WORDS, WORDS)
def test_equal_content_has_an_equal_hash_and_other_content_another(one: str, two: str) -> None:
    def digest(subject: str, text: str) -> str:
        return Mail(f"S {subject}".replace("nan", "").replace("null", "").replace("None", ""), f"T {text}").digest

    try:
        first, second = digest(one, two), digest(two, one)
    except MailProblem:
        return
    assert (first == second) == (one == two) or "nan" in one + two or "null" in one + two or "None" in one + two


@pytest.mark.parametrize(
    "left",
    [
        "{{first_name}}", "{first_name}", "{% if x %}", "${name}", "[Your Name]", "[your company]", "[First Name]",
        "[INSERT LINK]", "[Recipient's role]", "<Company>", "<first name>", "%FIRSTNAME%", "*|FNAME|*", "Dear None,",
        "Dear nan,", "undefined", "null", "[date]",
    ],
)  # fmt: skip
def test_what_a_template_leaves_behind_is_a_placeholder(left: str) -> None:
    """Invariant I4."""
    for subject, text in ((left, "A text."), ("A subject", f"Some words {left} and more.")):
        with pytest.raises(MailProblem, match="placeholder"):
            Mail(subject, text)


@pytest.mark.parametrize(
    "words",
    ["None of your competitors does.", "Nan wrote to us.", "It annuls nothing.", "a [sic] b", "2 < 3", "100 % sure"],
)
def test_plain_words_are_no_placeholder(words: str) -> None:
    assert Mail("A subject", words).text == words


@pytest.mark.parametrize(
    "sign", ["\x00", "\x1b", "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\u2060", "\ud83d"]
)
def test_a_sign_nobody_types_is_refused(sign: str) -> None:
    with pytest.raises(MailProblem, match="control character"):
        Mail("A subject", f"te{sign}xt")


@pytest.mark.parametrize("line", ["A\nBcc: all@example.com", "A\r\nB", "A\rB"])
def test_a_subject_is_one_line(line: str) -> None:
    with pytest.raises(MailProblem, match="more than one line"):
        Mail(line, "A text.")


@given(st.text())
def test_no_markup_passes_into_the_html(text: str) -> None:
    body = as_html(f"{text} <script>alert('x')</script>")
    assert "<script" not in body
    assert html.unescape(re.sub(r"<[^>]+>", "", body))


def test_only_the_footers_address_becomes_a_link() -> None:
    sender = campaign().sender
    text = with_footer("Hello Grace.\n", sender=sender, unsubscribe="https://outreach.example/u?t=a.b&c=d")

    assert text.startswith("Hello Grace.\n\nAda Marsh\nLantern Analytics\n\n--\n")
    assert sender.postal_address in text
    assert re.findall(r'href="([^"]+)"', as_html(text)) == ["https://outreach.example/u?t=a.b&amp;c=d"]


def test_a_follow_up_answers_the_first_mail() -> None:
    assert thread_subject("A question") == "Re: A question"
    assert thread_subject("Re: A question") == "Re: A question"
