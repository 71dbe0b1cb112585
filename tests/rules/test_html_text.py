"""Mails in HTML: the writer's words without markup, styles and what their program marks as quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.html_text import words_of

FOOTER = "<p>You can tell us not to write again: unsubscribe</p>"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<html><body><p>Sounds <b>good</b>,&nbsp;tell me&amp;us</p></body></html>", "Sounds good, tell me&us"),
        ("<div>Yes</div><div>No</div>", "Yes\n\nNo"),
        ("Yes<br>No", "Yes\nNo"),
        ("<style>p {color: red}</style><script>unsubscribe()</script>Yes", "Yes"),
        (f"Yes<blockquote>{FOOTER}</blockquote>", "Yes"),
        (f'Yes<div class="gmail_quote gmail_quote_container">On Monday Ada wrote:{FOOTER}<div>x</div></div>', "Yes"),
        (f'Yes<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Ada</div><div>{FOOTER}</div>', "Yes"),
        (f"Yes<blockquote><div>{FOOTER}</blockquote>Bye", "YesBye"),
        ("", ""),
    ],
)
def test_words_without_markup_and_quotation(html: str, words: str) -> None:
    assert words_of(html) == words


@given(st.text(alphabet="<>/ab=\"'! -&;", max_size=200))
def test_any_markup_is_read(html: str) -> None:
    assert isinstance(words_of(html), str)
