"""What an answer about a company must look like before anybody writes from it."""

import json
from typing import Any

import pytest

from rules.research import LOOKS_LIKE_A_WALL, document, read_answer, shared_fingerprints

WHOLE: dict[str, Any] = {
    "is_this_company": True,
    "what_they_do": "They load and unload ships.",
    "facts": [
        {"claim": "A new crane", "quote": "our new crane", "source_url": "https://news.example/cranes"},
        {"claim": "Two berths", "quote": "both berths", "source_url": "https://harbour.example/about"},
    ],
    "recent_news": [],
    "avoid": ["the strike"],
}


def read(**changes: Any) -> tuple[Any, str | None]:
    return read_answer(json.dumps(WHOLE | changes), company="Harbour GmbH", site="harbour.example")


def test_a_whole_answer_is_read_and_the_companys_own_pages_come_first() -> None:
    found, refused = read()
    assert refused is None
    assert [fact.source_url for fact in found.facts] == ["https://harbour.example/about", "https://news.example/cranes"]
    assert found.avoid == ("the strike",)


@pytest.mark.rule("B12")
@pytest.mark.parametrize("words", LOOKS_LIKE_A_WALL)
def test_a_page_that_only_looks_like_content_is_refused(words: str) -> None:
    fact = {"claim": words.title(), "quote": words.upper(), "source_url": "https://harbour.example/"}
    assert read(facts=[fact]) == (None, f"the pages found are no content: {words!r}")


@pytest.mark.rule("B12")
@pytest.mark.rule("B8")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_this_company": False}, "not about Harbour GmbH"),
        ({"is_this_company": "yes"}, "not about Harbour GmbH"),
        ({"facts": []}, "no fact with a quote and a source"),
        ({"facts": [{"claim": "a", "quote": "", "source_url": "https://a.example"}]}, "no fact"),
        ({"facts": [{"claim": "a", "quote": "b", "source_url": "somewhere"}]}, "no fact"),
        ({"what_they_do": "  "}, "no fact"),
        ({"more": 1}, "not have the shape"),
    ],
)
def test_an_answer_without_its_substance_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    found, refused = read(**changes)
    assert found is None
    assert refused is not None
    assert reason in refused


@pytest.mark.rule("B8")
@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"a company"'])
def test_what_is_no_document_is_no_research(text: str) -> None:
    assert read_answer(text, company="Harbour GmbH", site="harbour.example")[0] is None


@pytest.mark.rule("B11")
def test_the_same_quotes_have_the_same_fingerprint_in_any_order() -> None:
    forward, _ = read()
    backward, _ = read(facts=WHOLE["facts"][::-1], what_they_do="Something else.")
    other, _ = read(facts=WHOLE["facts"][:1])
    assert forward.fingerprint == backward.fingerprint != other.fingerprint


@pytest.mark.rule("B11")
@pytest.mark.parametrize(
    ("fingerprints", "share"), [([], 0.0), (["a", "b"], 0.0), (["a", "a", "b", "c"], 0.5), (["a"] * 100, 1.0)]
)
def test_one_page_for_many_companies_is_a_share_that_can_be_seen(fingerprints: list[str], share: float) -> None:
    assert shared_fingerprints(fingerprints) == share


def test_a_question_names_the_company_and_nothing_else() -> None:
    said = json.dumps(document(company="Harbour GmbH", site="harbour.example", country="DE"))
    assert "Harbour GmbH" in said
    assert "@" not in said
