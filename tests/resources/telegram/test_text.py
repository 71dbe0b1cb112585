"""Long texts in messages that Telegram takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.telegram.text import CAPTION_UNITS, MESSAGE_UNITS, parts, shortened, units

TEXTS = st.text(st.sampled_from("ab \n\t😀é日"), max_size=300)


@given(text=TEXTS, limit=st.integers(2, 40))
def test_every_part_fits_and_nothing_but_white_space_at_cuts_is_lost(text: str, limit: int) -> None:
    cut = list(parts(text, limit=limit))

    assert all(0 < units(part) <= limit for part in cut)
    assert all(part == part.strip() for part in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


@given(text=TEXTS)
def test_units_are_utf16_code_units(text: str) -> None:
    assert units(text) == len(text.encode("utf-16-le")) // 2


def test_a_text_is_cut_at_line_ends_before_words_and_at_words_before_letters() -> None:
    assert list(parts("one two\nthree four", limit=12)) == ["one two", "three four"]
    assert list(parts("one two three", limit=9)) == ["one two", "three"]
    assert list(parts("abcdefgh", limit=3)) == ["abc", "def", "gh"]
    assert list(parts("one two", limit=3)) == ["one", "two"]


def test_an_emoji_is_never_cut_in_two() -> None:
    assert list(parts("😀😀😀", limit=3)) == ["😀", "😀", "😀"]
    assert [units(part) for part in parts("😀" * 3000)] == [4096, 1904]


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_nothing_is_no_part(text: str) -> None:
    assert list(parts(text)) == []


@given(text=st.text(max_size=50), limit=st.integers(2, 30))
def test_a_shortened_text_fits_and_says_so(text: str, limit: int) -> None:
    short = shortened(text, limit=limit)

    assert units(short) <= limit
    assert short == text.strip() or short.endswith("…")


def test_the_limits_are_telegrams() -> None:
    assert (MESSAGE_UNITS, CAPTION_UNITS) == (4096, 1024)
