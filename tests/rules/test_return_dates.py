"""The day somebody is back: every national form, relative days, and what is never believed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.return_dates import back_on

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("back on 2026-12-03", date(2026, 12, 3)),
        ("until 3.12.", date(2026, 12, 3)),
        ("bis 03.12.26", date(2026, 12, 3)),
        ("until 12/3", date(2026, 12, 3)),
        ("until 03/12/2026", date(2026, 12, 3)),
        ("until 31/12", date(2026, 12, 31)),
        ("until 13/13", None),
        ("until December 3rd, 2026", date(2026, 12, 3)),
        ("July 10-31", date(2027, 7, 31)),
        ("12月3日まで", date(2026, 12, 3)),
        ("2026年12月3日", date(2026, 12, 3)),
        ("back the 3rd", date(2026, 12, 3)),
        ("back the 31st", date(2026, 12, 31)),
        ("ab KW 50", date(2026, 12, 7)),
        ("back week 3", date(2027, 1, 18)),
        ("week 60", None),
        ("back tomorrow", date(2026, 11, 24)),
        ("Guten Morgen, ich bin weg", None),
        ("back on Monday", date(2026, 11, 30)),
        ("back on Friday", date(2026, 11, 27)),
        ("away for three weeks", date(2026, 12, 14)),
        ("back next week", date(2026, 11, 30)),
        ("31 February", None),
        ("in 2019", None),
        ("until 1 November 2026", None),
        ("until 1 January 2029", None),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str, day: date | None) -> None:
    assert back_on(text, today=MONDAY) == day


def test_a_word_of_return_is_believed_before_another_day() -> None:
    text = "I am back on 3 December. Our summer party is on 20 December."
    assert back_on(text, today=MONDAY) == date(2026, 12, 3)


def test_the_later_of_two_announced_days_counts() -> None:
    assert back_on("Out until 4 December, back on 7 December.", today=MONDAY) == date(2026, 12, 7)


@given(st.text(max_size=200), st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_no_day_is_ever_past_or_more_than_a_year_ahead(text: str, today: date) -> None:
    found = back_on(f"back until {text}", today=today)
    assert found is None or today <= found <= today + timedelta(days=366)
