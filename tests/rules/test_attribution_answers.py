"""Tier 3: questions, answers, and what operators say over both."""

import json
from typing import Any

import polars as pl
import pytest

from rules.attribution.judging import judge
from rules.attribution.questions import (
    ANSWER_SCHEMA,
    AnswerError,
    ModelAnswer,
    Question,
    interpret,
    learn_answers,
    prompt_document,
    question_id,
    questions,
)
from rules.attribution.verdicts import ANY_COMPANY, Learned, Overrulings, Verdict
from tests.rules.lists import ACME, leads

LIST = leads(
    ("jane@quxmail.com", *ACME),
    ("joe@quxmail.com", "ACME WIDGETS", *ACME[1:]),
    ("ann@zorbmail.com", *ACME),
    ("bob@quxmail.com", "Other Ltd", "https://other.com"),
    ("kim@acmewidgets.de", *ACME),
    ("free@gmail.com", *ACME),
    ("broken", *ACME),
)


def _asked(frame: pl.DataFrame = LIST) -> list[Question]:
    return questions(frame, judge(frame))


def _raw(*answers: dict[str, Any]) -> str:
    return json.dumps({"answers": list(answers)})


def _answer(question: Question, verdict: str = "match", confidence: float = 0.95) -> dict[str, Any]:
    return {"id": question.id, "verdict": verdict, "confidence": confidence, "reason": "their group's name"}


@pytest.mark.rule("A13")
def test_one_question_per_company_and_mail_domain_companies_together() -> None:
    asked = _asked()
    pairs = [(question.company_domains, question.mail_domain) for question in asked]
    assert pairs == [
        (("acmewidgets.de",), "quxmail.com"),
        (("acmewidgets.de",), "zorbmail.com"),
        (("other.com",), "quxmail.com"),
    ]
    assert asked[0].company == "ACME WIDGETS; Acme Widgets GmbH"
    assert (asked[0].leads, len(asked[0].samples)) == (2, 2)
    assert len({question.id for question in asked}) == 3


def test_a_question_keeps_its_id_when_leads_are_added() -> None:
    more = pl.concat([LIST, leads(("new@quxmail.com", "Acme  widgets", *ACME[1:])).with_columns(lead_id=pl.lit("L99"))])
    assert [question.id for question in _asked(more)] == [question.id for question in _asked()]
    assert _asked()[0].id == question_id("acmewidgets.de", "quxmail.com")


def test_the_prompt_holds_companies_and_no_person() -> None:
    text = json.dumps(prompt_document(_asked()))
    assert "quxmail.com" in text
    assert "Person" not in text
    assert "@" not in text


def test_the_schema_is_strict() -> None:
    def strict(schema: Any) -> None:
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False
            assert sorted(schema["required"]) == sorted(schema["properties"])
            for part in schema["properties"].values():
                strict(part)
        if schema.get("type") == "array":
            strict(schema["items"])

    strict(ANSWER_SCHEMA)
    assert ANSWER_SCHEMA["properties"]["answers"]["items"]["required"] == list(_answer(_asked()[0]))


@pytest.mark.rule("B26")
def test_a_confidence_of_zero_is_a_value() -> None:
    asked = _asked()[:1]
    assert interpret(_raw(_answer(asked[0], confidence=0)), asked)[0].confidence == 0.0


@pytest.mark.rule("B32")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: _raw(*good)[:-5],
        lambda good: json.dumps(good[0]),
        lambda good: _raw(*good[:1]),
        lambda good: _raw(*good, good[0]),
        lambda good: _raw(*good, {**good[0], "id": "stray"}),
        lambda good: _raw({**good[0], "verdict": "pending"}, *good[1:]),
        lambda good: _raw({**good[0], "verdict": "probably"}, *good[1:]),
        lambda good: _raw({**good[0], "confidence": 95}, *good[1:]),
        lambda good: _raw({**good[0], "confidence": True}, *good[1:]),
        lambda good: _raw({**good[0], "confidence": None}, *good[1:]),
        lambda good: _raw({**good[0], "reason": 7}, *good[1:]),
        lambda good: _raw({"id": good[0]["id"]}, *good[1:]),
    ],
)
def test_an_answer_that_does_not_fit_what_was_asked_is_refused_whole(spoil: Any) -> None:
    asked = _asked()
    with pytest.raises(AnswerError):
        interpret(spoil([_answer(question) for question in asked]), asked)


@pytest.mark.parametrize("text", ["", "I cannot say.", "[]", "null", _raw(), '{"answers": {}}', '{"answers": [null]}'])
def test_prose_and_empty_answers_are_refused(text: str) -> None:
    with pytest.raises(AnswerError):
        interpret(text, _asked())


@pytest.mark.rule("A6")
def test_a_confident_answer_decides_and_an_unsure_one_leaves_nobody_cleared() -> None:
    first, second, third = _asked()
    raw = _raw(_answer(first, "match", 0.9), _answer(second, "mismatch", 0.99), _answer(third, "match", 0.5))
    answers = {answer.id: answer for answer in interpret(raw, [first, second, third])}
    judged = judge(LIST, answers=answers)
    assert judged["verdict"].to_list() == [
        "match",
        "match",
        "mismatch",
        "unverifiable",
        "match",
        "unverifiable",
        "invalid",
    ]
    assert judged["reason"].to_list()[:4] == ["model", "model", "model", "model_unsure"]
    assert judged["tier"].to_list()[:4] == [3, 3, 3, 3]
    assert "their group's name" in judged["evidence"][0]
    assert questions(LIST, judged) == []


def test_only_confident_answers_become_knowledge() -> None:
    first, second, third = _asked()
    answers = {
        first.id: ModelAnswer(first.id, Verdict.MATCH, 0.9, "x"),
        second.id: ModelAnswer(second.id, Verdict.MISMATCH, 0.7, "x"),
        third.id: ModelAnswer(third.id, Verdict.UNVERIFIABLE, 0.99, "x"),
    }
    learned = learn_answers([first, second, third], answers)
    assert learned.pairs == {("acmewidgets.de", "quxmail.com"): Verdict.MATCH}
    judged = judge(LIST, learned=learned)
    assert judged["reason"].to_list()[:3] == ["learned_domain", "learned_domain", "unknown_domain"]


def test_an_operator_has_the_last_word_on_a_lead_and_on_a_domain() -> None:
    overrulings = Overrulings(
        leads={"L1": Verdict.MISMATCH, "L6": Verdict.MATCH, "L7": Verdict.MATCH},
        domains={(ANY_COMPANY, "quxmail.com"): Verdict.MATCH, ("other.com", "quxmail.com"): Verdict.MISMATCH},
    )
    judged = judge(LIST, overrulings=overrulings)
    assert judged["verdict"].to_list() == ["mismatch", "match", "pending", "mismatch", "match", "match", "invalid"]
    assert judged["reason"].to_list()[:2] == ["operator_lead", "operator_domain"]
    assert judged["question_id"].to_list()[:2] == [None, None]


def test_an_operators_word_on_one_lead_is_evidence_for_its_colleagues() -> None:
    rows = [("a@nebulite.io", "Nebulite", "nebulite.se"), ("b@nebulite.io", "Nebulite", "nebulite.se")]
    frame = leads(*[(mail, name, site, "Sweden") for mail, name, site in rows])
    shared = leads(("c@nebulite.io", "Stranger", "stranger.com"))
    frame = pl.concat([frame, shared.with_columns(lead_id=pl.lit("L9"))])
    plain = judge(frame)["evidence"][1]
    ruled = judge(frame, overrulings=Overrulings(leads={"L1": Verdict.MATCH}))["evidence"][1]
    assert "operator" not in plain
    assert "an operator ruled for it on another lead" in ruled


def test_knowledge_does_not_stand_against_an_operator() -> None:
    learned = Learned(pairs={("acmewidgets.de", "quxmail.com"): Verdict.MATCH})
    judged = judge(LIST, learned=learned, overrulings=Overrulings(leads={"L1": Verdict.MISMATCH}))
    assert judged["verdict"].to_list()[:2] == ["mismatch", "pending"]


def test_an_operator_says_match_or_mismatch() -> None:
    with pytest.raises(ValueError, match="match or mismatch"):
        Overrulings(leads={"L1": Verdict.PENDING})
