"""What only many companies show: a quote that stands everywhere, an answer unlike all others."""

import pytest

from rules.research.crowd import BOILERPLATE_AT, FEWEST, common_quotes, outliers, shared_fingerprints


@pytest.mark.rule("B11")
def test_a_quote_of_several_companies_is_nobodys() -> None:
    few = {f"firm{number}": ["ours", f"own{number}"] for number in range(BOILERPLATE_AT - 1)}
    assert common_quotes(few) == frozenset()

    assert common_quotes({**few, "one more": ["ours", "ours"]}) == {"ours"}
    assert common_quotes({"firm": ["ours"] * 5}) == frozenset()


@pytest.mark.rule("B12")
def test_an_answer_far_longer_or_shorter_than_the_days_is_told_with_its_length() -> None:
    usual = {f"firm{number}": 500 + 10 * number for number in range(FEWEST)}

    found = outliers(usual | {"page dump": 40_000, "nothing": 12, "long": 1_400})

    assert set(found) == {"page dump", "nothing"}
    assert found["nothing"] == f"12 characters of research where the day's {FEWEST + 3} companies have 600"


@pytest.mark.rule("B12")
def test_few_companies_are_no_crowd_and_equal_ones_no_outliers() -> None:
    assert outliers({"a": 10, "b": 10_000}) == {}
    assert outliers({f"firm{number}": 500 for number in range(FEWEST)} | {"other": 700}) == {}


@pytest.mark.rule("B11")
@pytest.mark.parametrize(
    ("fingerprints", "share"), [([], 0.0), (["a", "b"], 0.0), (["a", "a", "b", "c"], 0.5), (["a"] * 100, 1.0)]
)
def test_one_page_for_many_companies_is_a_share_that_can_be_seen(fingerprints: list[str], share: float) -> None:
    assert shared_fingerprints(fingerprints) == share
