"""The corpus in twelve languages: who may never be taken for whom, and how much of the rest must be right."""

import json

import pytest

from rules.quoting import own_words
from rules.replies import HUMAN, ReplyClass
from tests.replies import DATA, Sample, corpus

EVERYTHING = [sample for part in ("tuned", "held_out", "later") for sample in corpus(part)]
LANGUAGES = {"en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "ja", "zh"}


def told(sample: Sample) -> str:
    return f"{sample.language} {sample.label}: {sample.text[:60]}"


def test_the_corpus_is_as_large_as_the_page_says() -> None:
    assert len(EVERYTHING) >= 450
    assert {sample.language for sample in EVERYTHING} == LANGUAGES
    assert {sample.label for sample in EVERYTHING} == {label.value for label in ReplyClass}


@pytest.mark.rule("A10")
def test_no_person_is_taken_for_a_machine_in_any_language() -> None:
    """Also not one who says that they are away, or who writes over our automatic subject."""
    wrong = [told(sample) for sample in EVERYTHING if sample.label in HUMAN and sample.verdict.label not in HUMAN]
    assert wrong == []


def test_no_bounce_in_words_is_taken_for_a_person() -> None:
    bounces = [sample for sample in EVERYTHING if sample.label == ReplyClass.BOUNCE]
    assert [told(sample) for sample in bounces if sample.verdict.label in HUMAN] == []


def test_no_wish_to_be_left_alone_is_taken_for_interest() -> None:
    final = (ReplyClass.UNSUBSCRIBE, ReplyClass.REFUSAL, ReplyClass.WRONG_PERSON)
    wrong = [sample for sample in EVERYTHING if sample.label in final and sample.verdict.label == ReplyClass.POSITIVE]
    assert [told(sample) for sample in wrong] == []


def test_what_the_rules_were_written_for_is_right() -> None:
    assert [told(sample) for sample in corpus("tuned") if sample.verdict.label != sample.label] == []


@pytest.mark.parametrize("part", ["tuned", "held_out", "later"])
def test_the_day_of_return_is_read_in_the_forms_of_every_language(part: str) -> None:
    away = [sample for sample in corpus(part) if sample.label == ReplyClass.OUT_OF_OFFICE]
    wrong = [f"{sample.verdict.back_on} {told(sample)}" for sample in away if sample.verdict.back_on != sample.back_on]
    assert len(wrong) <= len(away) // 10


def test_only_what_no_word_explains_is_left_to_a_model() -> None:
    doubtful = [sample for sample in EVERYTHING if not sample.verdict.certain]
    assert doubtful
    assert {sample.verdict.label for sample in doubtful} == {ReplyClass.NEUTRAL}


def test_quotations_are_cut_where_they_begin() -> None:
    lines = (DATA / "quoted.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    wrong = [case["id"] for case in cases if own_words(case["text"]).split() != case["own"].split()]
    assert wrong == []
    assert len(cases) >= 40
