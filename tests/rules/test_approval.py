"""Which drafts wait for a person, and how a person's word is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.approval import Trial, must_wait, read_word, readers_wanted, trial_room
from rules.campaign import Approval
from tests.builders import campaign

WANTED = Approval(first=10, daily_percent=2)
TRUSTED = Trial(10, 0)


def test_a_new_prompt_is_written_as_often_as_its_readers_still_want() -> None:
    assert trial_room(WANTED, Trial(0, 0)) == 10
    assert trial_room(WANTED, Trial(3, 7)) == 0
    assert trial_room(WANTED, Trial(3, 5)) == 2
    assert trial_room(WANTED, TRUSTED) is None
    assert trial_room(Approval(first=0), Trial(0, 0)) is None


def test_every_draft_waits_until_enough_were_approved() -> None:
    assert "first 10" in (must_wait(WANTED, Trial(9, 0), held_today=50, lead_id="rec1", day="2026-11-23") or "")


def test_a_day_has_its_sample_even_when_it_is_small() -> None:
    assert "sample" in (must_wait(WANTED, TRUSTED, held_today=0, lead_id="rec1", day="2026-11-23") or "")
    assert must_wait(Approval(daily_percent=0), TRUSTED, held_today=0, lead_id="rec1", day="2026-11-23") is None


def test_the_sample_has_its_share_of_a_large_day() -> None:
    held = sum(
        must_wait(WANTED, TRUSTED, held_today=1, lead_id=f"rec{number}", day="2026-11-23") is not None
        for number in range(5000)
    )
    assert 60 <= held <= 140


def test_in_the_sandbox_nothing_waits_unless_it_is_asked_for() -> None:
    assert readers_wanted(campaign()).first == 0
    assert readers_wanted(campaign(approval={"in_sandbox": True})).first == 10
    live = campaign(mode="live", sender={"unsubscribe_url": "https://outreach.example/u"})
    assert readers_wanted(live) == Approval()


@pytest.mark.parametrize(
    ("said", "approve", "reason"),
    [
        ("approve 3f2a9c01", True, ""), (" OK 3F2A9C01 ", True, ""), ("yes 3f2a9c01, good", True, "good"),
        ("reject 3f2a9c01: too long", False, "too long"), ("no 3f2a9c01", False, ""),
    ],
)  # fmt: skip
def test_a_word_names_the_text_it_is_about(said: str, approve: bool, reason: str) -> None:
    word = read_word(said)
    assert word is not None
    assert (word.approve, word.code, word.reason) == (approve, "3f2a9c01", reason)


@given(st.text())
def test_a_word_without_a_code_is_none(said: str) -> None:
    word = read_word(said)
    assert word is None or len(word.code) == 8
    assert read_word("approve") is None
    assert read_word("approve it please 12") is None
