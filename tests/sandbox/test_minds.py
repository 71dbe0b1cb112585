"""What the stand-in models answer, without HTTP."""

import json
from typing import Any

import pytest

from sandbox import ReplyKind, World
from sandbox.minds import writing
from sandbox.minds.answering import answer, question
from sandbox.minds.document import find_document
from sandbox.minds.shaping import shaped
from sandbox.world import phrases

OFFER = "a planning service that tells maintenance teams which machine to look at first"


def _document(number: int, step: str = "opener") -> dict[str, Any]:
    return {
        "step": step,
        "recipient": {"first_name": f"Name{number}", "role": "Head of Operations"},
        "company": {"name": f"Company {number}"},
        "facts": [
            {"id": "f1", "claim": f"Company {number} runs {number + 3} depots"},
            {"id": "f2", "claim": f"Company {number} trains pilots"},
        ],
        "offer": OFFER,
    }


@pytest.mark.parametrize("step", ["opener", "bump", "breakup"])
def test_mails_have_the_right_length_one_question_and_the_claim_as_it_is(step: str) -> None:
    for number in range(150):
        document = _document(number, step)
        letter = writing.write(1, document)
        claims = [fact["claim"] for fact in document["facts"]]
        assert 60 <= len(letter["body"].split()) <= 110
        assert letter["body"].count("?") == (0 if step == "breakup" else 1)
        assert any(claim in letter["body"] for claim in claims)
        assert all(one["sentence"] in letter["body"] for one in letter["claims"])
        assert {name for one in letter["claims"] for name in one["facts"]} <= {"f1", "f2"}
        assert letter["claims"]
        assert len(letter["subject"]) <= 60
        assert "{" not in letter["subject"] + letter["body"]
        assert "http" not in letter["body"]


@pytest.mark.parametrize("step", ["opener", "bump", "breakup"])
def test_no_two_mails_are_near_duplicates(step: str) -> None:
    def shingles(text: str) -> set[tuple[str, ...]]:
        words = text.replace(OFFER, "").split()
        return {tuple(words[place : place + 3]) for place in range(len(words) - 2)}

    mails = [shingles(writing.write(1, _document(number, step))["body"]) for number in range(120)]
    alike = [len(a & b) / len(a | b) for place, a in enumerate(mails) for b in mails[:place]]
    assert sum(alike) / len(alike) < 0.25
    assert sum(share > 0.8 for share in alike) == 0


@pytest.mark.parametrize(
    "document", [{}, {"facts": []}, {"recipient": {}, "company": "Alder"}, {"facts": ["One fact"]}]
)
def test_a_mail_is_whole_whatever_is_missing(document: dict[str, Any]) -> None:
    body = writing.write(1, document)["body"]
    assert 60 <= len(body.split()) <= 110
    assert "None" not in body


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Take this: {"a": 1}', {"a": 1}),
        ('```json\n{"a": 1}\n```\nand not {"b": 2}', {"a": 1}),
        ('{not json} then {"a": {"b": []}}', {"a": {"b": []}}),
        ("nothing here", {}),
    ],
)
def test_the_document_is_found_fenced_or_bare(text: str, found: dict[str, Any]) -> None:
    assert find_document(text) == found


def _judge(world: World, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    item = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "verdict": {"type": "string", "enum": ["match", "mismatch", "unverifiable"]},
            "confidence": {"type": "number"},
            "reason": {"type": "string"},
        },
        "required": ["id", "verdict", "confidence", "reason"],
    }
    schema = {"type": "object", "properties": {"answers": {"type": "array", "items": item}}, "required": ["answers"]}
    return list(json.loads(answer(world, question(json.dumps({"questions": questions}), schema)))["answers"])


def test_attribution_is_judged_by_names_and_by_scripted_truth(world: World) -> None:
    world.script_attribution("Birch Foods", "kfh-group.example", "match")
    asked: list[dict[str, Any]] = [
        {"id": "1", "company": "Alder Instruments GmbH", "mail_domain": "alder-instruments.example"},
        {"id": "2", "company": "Alder Instruments GmbH", "mail_domain": "birchfoods.example"},
        {"id": "3", "company": "Birch Foods", "mail_domain": "kfh-group.example"},
        {"id": "4", "company": "Group Ltd", "mail_domain": "x.example"},
        {"id": "5", "company": "Q", "mail_domain": "mail.q.example", "company_domains": ["q.example"]},
    ]
    answers = _judge(world, *asked)
    assert [one["id"] for one in answers] == ["1", "2", "3", "4", "5"]
    assert [one["verdict"] for one in answers] == ["match", "mismatch", "match", "unverifiable", "match"]
    assert all(0 <= one["confidence"] <= 1 and one["reason"] for one in answers)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ReplyKind.POSITIVE, "interested"),
        (ReplyKind.REFUSAL, "not_interested"),
        (ReplyKind.UNSUBSCRIBE_WISH, "unsubscribe"),
        (ReplyKind.WRONG_PERSON, "wrong_person"),
        (ReplyKind.NEUTRAL, "neutral"),
    ],
)
def test_every_phrase_people_use_is_sorted_as_it_is_meant(world: World, kind: ReplyKind, expected: str) -> None:
    offered = ["interested", "neutral", "not_interested", "unsubscribe", "wrong_person", "out_of_office"]
    schema = {"type": "object", "properties": {"class": {"enum": offered}}, "required": ["class"]}
    for language, phrases_of in phrases.REPLIES.items():
        for phrase in phrases_of[kind]:
            text = f"{phrase}\n\nOn 2026-11-23, Ada wrote:\n> Not interested? Unsubscribe here."
            got = json.loads(answer(world, question(json.dumps({"text": text}), schema)))
            assert got == {"class": expected}, (language, phrase)


def test_any_other_schema_gets_a_valid_instance() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 3},
            "size": {"type": "integer", "minimum": 5},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "kind": {"enum": ["a", "b"]},
            "maybe": {"type": ["string", "null"]},
            "either": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "inner": {"$ref": "#/$defs/inner"},
        },
        "required": ["name", "size", "tags", "kind", "maybe", "either", "inner"],
        "$defs": {"inner": {"type": "object", "properties": {"yes": {"type": "boolean"}}, "required": ["yes"]}},
    }
    assert shaped(schema, {"kind": "b", "size": "many"}) == {
        "name": "...",
        "size": 5,
        "tags": ["", ""],
        "kind": "b",
        "maybe": None,
        "either": None,
        "inner": {"yes": False},
    }


def test_without_a_schema_the_answer_is_prose(world: World) -> None:
    assert "details" in answer(world, question("Hello", None))
    assert "Name1" in answer(world, question(json.dumps(_document(1)), None))
