"""A verdict that may be asked for after every reply: rarely wrong where nothing differs, right where something does."""

import random
from collections.abc import Iterator, Mapping

import pytest

from rules.experiments import ALPHA, Reply, Verdict, compare, verdicts
from rules.sequence import chances, variant_of

EVEN = {"a": 0.5, "b": 0.5}


def campaign(first: float, second: float, sends: int, seed: int, drawn: Mapping[str, float] = EVEN) -> Verdict:
    """An experiment of so many mails, looked at after each reply; rates of positive replies per arm."""
    chance = random.Random(seed)

    def replies() -> Iterator[Reply]:
        for _ in range(sends):
            arm = "a" if chance.random() < drawn["a"] else "b"
            if chance.random() < (first if arm == "a" else second):
                yield Reply(arm, drawn)

    return compare("a", "b", replies())


@pytest.mark.parametrize("drawn", [EVEN, {"a": 0.2, "b": 0.8}], ids=["even", "uneven"])
def test_where_nothing_differs_a_winner_is_rare_however_often_somebody_looks(drawn: dict[str, float]) -> None:
    """300 A/A experiments of 4,000 mails, watched throughout: at 5 % some 15 false winners, far fewer are found."""
    false = sum(campaign(0.03, 0.03, 4000, seed, drawn).winner is not None for seed in range(300))
    assert false <= 300 * ALPHA


def test_a_drifting_market_makes_no_winner() -> None:
    """The rates may change as they like, as long as both arms see the same."""
    false = 0
    for seed in range(200):
        chance = random.Random(seed)
        told = [
            Reply(chance.choice("ab"), EVEN)
            for mail in range(3000)
            if chance.random() < (0.08 if 1000 < mail < 1200 else 0.01)
        ]
        false += compare("a", "b", told).winner is not None
    assert false <= 200 * ALPHA


def test_a_variant_that_is_twice_as_good_is_found() -> None:
    winners = [campaign(0.03, 0.06, 4000, seed).winner for seed in range(100)]
    assert winners.count("b") >= 90
    assert winners.count("a") == 0


def test_a_verdict_stays_once_it_is_reached() -> None:
    told = [Reply("b", EVEN)] * 16
    settled = compare("a", "b", told)
    assert (settled.winner, settled.needed) == ("b", 20.0)
    later = compare("a", "b", [*told, *[Reply("a", EVEN)] * 16])
    assert later.winner == "b"
    assert later.evidence == settled.evidence


def test_replies_that_could_not_have_come_from_both_arms_say_nothing() -> None:
    """A variant that was added later gains nothing from the time before it."""
    before = [Reply("a", {"a": 1.0})] * 50 + [Reply("a", {"a": 0.5, "c": 0.5})] * 50
    told = compare("a", "b", before)
    assert (told.evidence, told.replies_first, told.winner) == (1.0, 0, None)
    assert told.sentence == "inconclusive: 0 for a, 0 for b; evidence 1 of 20 needed"


def test_more_variants_need_more_evidence() -> None:
    told = verdicts(["a", "b", "c"], [Reply("c", dict.fromkeys("abc", 1 / 3))] * 16)
    assert [(one.first, one.second, round(one.needed)) for one in told] == [
        ("a", "b", 60), ("a", "c", 60), ("b", "c", 60),
    ]  # fmt: skip
    assert [one.winner for one in told] == [None, "c", "c"]
    assert told[1].sentence.startswith("c is better: 0 for a, 16 for c; evidence ")
    assert verdicts(["only"], []) == []


def test_the_chances_that_are_logged_are_those_of_the_draw() -> None:
    variants = ("first", "second", "third")
    assert chances(variants) == dict.fromkeys(variants, pytest.approx(1 / 3))
    drawn = [variant_of(variants, campaign="c", step="opener", lead_id=f"rec{n}") for n in range(6000)]
    assert all(abs(drawn.count(name) - 2000) < 200 for name in variants)
