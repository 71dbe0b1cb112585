"""Pages that look like content and are not: each of the corpus is refused, and honest sentences are not."""

import csv
import json
from pathlib import Path

import pytest

from rules.research.reading import read_answer
from rules.research.walls import wall_in

DATA = Path(__file__).parent.parent / "data"


def pages() -> list[tuple[str, str]]:
    with (DATA / "wall_pages.tsv").open(encoding="utf-8", newline="") as file:
        return [(row["kind"], row["text"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def texts(label: str) -> list[str]:
    with (DATA / "page_error_texts.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file) if row["label"] == label]


def honest() -> list[str]:
    return (DATA / "honest_sentences.txt").read_text("utf-8").splitlines()


@pytest.mark.rule("B12")
@pytest.mark.parametrize(("kind", "text"), pages())
def test_each_page_of_the_corpus_is_told_for_what_it_is_and_refused(kind: str, text: str) -> None:
    assert wall_in(text) == kind

    fact = {"claim": "The firm has a site", "quote": text, "source_url": "https://firm.example/"}
    answer = {
        "is_this_company": True,
        "what_they_do": "They have a site.",
        "facts": [fact],
        "recent_news": [],
        "avoid": [],
    }
    found, refused = read_answer(json.dumps(answer), company="Firm", site="firm.example")
    assert found is None
    assert refused is not None


@pytest.mark.rule("B12")
def test_error_pages_of_others_are_refused_and_their_honest_pages_are_not() -> None:
    """101 error texts, 110 that sound alike; the words were chosen with both at hand, so it is no estimate."""
    missed = [text for text in texts("error") if wall_in(text) is None]
    refused = [text for text in texts("nonerror") if wall_in(text) is not None]

    assert (len(texts("error")), len(texts("nonerror"))) == (101, 110)
    assert (missed, refused) == ([], [])


@pytest.mark.rule("B12")
def test_honest_sentences_that_use_the_same_words_pass_but_for_one_in_fifty() -> None:
    refused = [text for text in honest() if wall_in(text) is not None]
    assert len(refused) <= len(honest()) // 50, refused


def test_a_long_text_may_mention_what_a_short_one_may_not_be() -> None:
    assert wall_in("Access denied") == "blocked"
    told = (
        "Our readers open doors for 40,000 people, and every access denied at one of them is explained in plain words."
    )
    assert wall_in(told) is None
    assert wall_in("") is None
