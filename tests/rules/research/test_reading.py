"""What an answer about a company must look like before anybody writes from it, layer by layer."""

import json
from typing import Any

import pytest

from rules.research.asking import SCHEMA, document
from rules.research.reading import Read, SeenPage, _Answer, quote_key, read_answer
from rules.research.sources import Source

OWN, PRESS, DIRECTORY = (
    "https://harbour.example/about", "https://news.example/cranes", "https://www.linkedin.com/company/harbour",
)  # fmt: skip
CRANE = {"claim": "Harbour bought a crane", "quote": "our new crane lifts 80 tonnes", "source_url": PRESS}
BERTHS = {"claim": "They keep two berths", "quote": "both berths are open all night", "source_url": OWN}
WHOLE: dict[str, Any] = {
    "is_this_company": True,
    "what_they_do": "They load and unload ships.",
    "facts": [CRANE, BERTHS],
    "recent_news": [{"title": "A second crane", "date": "2026-10-01", "source_url": PRESS}],
    "avoid": ["the strike"],
}


def read(
    *, site: str = "harbour.example", pages: tuple[SeenPage, ...] = (), known: tuple[str, ...] = (), **changes: Any
) -> Read:
    text = json.dumps(WHOLE | changes)
    boilerplate = frozenset(map(quote_key, known))
    return read_answer(text, company="Harbour GmbH", site=site, pages=pages, known_boilerplate=boilerplate)


@pytest.mark.rule("B39")
def test_the_preferred_source_comes_first_and_each_fact_says_which_it_is() -> None:
    networked = {**CRANE, "quote": "a crane for eighty tonnes of cargo", "source_url": DIRECTORY}
    found, refused = read(facts=[networked, CRANE, BERTHS])

    assert refused is None
    assert found is not None
    assert [fact.source for fact in found.facts] == [Source.OWN_SITE, Source.PRESS, Source.DIRECTORY]
    assert (found.avoid, found.news[0].date) == (("the strike",), "2026-10-01")


@pytest.mark.rule("B12")
@pytest.mark.rule("B8")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_this_company": False}, "not about Harbour GmbH"),
        ({"is_this_company": "yes"}, "shape that was asked for: is_this_company"),
        ({"facts": None}, "shape that was asked for: facts"),
        ({"facts": [{"claim": "a", "quote": "b"}]}, "shape that was asked for: facts.0.source_url"),
        ({"facts": [{**CRANE, "html": "<p>"}]}, "shape that was asked for: facts.0.html"),
        ({"more": 1}, "shape that was asked for: more"),
        ({"what_they_do": 7}, "shape that was asked for: what_they_do"),
        ({"what_they_do": "  "}, "does not say in a sentence"),
        ({"what_they_do": "They load ships. " * 100}, "does not say in a sentence"),
        ({"what_they_do": "Please enable JavaScript to view this site."}, "no content: script needed"),
        ({"facts": []}, "no fact with a quote and a source"),
        ({"facts": [{**CRANE, "quote": ""}]}, "1 without a quote or a source"),
        ({"facts": [{**CRANE, "quote": "Harbour GmbH"}]}, "1 with a quote of a word or two"),
        ({"facts": [{**CRANE, "quote": "crane " * 200}]}, "1 too long to be a quote"),
        ({"facts": [{**CRANE, "quote": "a <script>crane</script> for us"}]}, "1 with markup in it"),
        ({"facts": [{**CRANE, "source_url": "somewhere"}]}, "1 without a public page"),
        ({"facts": [{**CRANE, "quote": "Verify you are human to continue."}, BERTHS]}, "no content: robot check"),
    ],
)
def test_an_answer_without_its_substance_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    found, refused = read(**changes)

    assert found is None
    assert refused is not None
    assert reason in refused


@pytest.mark.rule("B8")
@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"a company"', '{"is_this_company": true'])
def test_what_is_no_document_is_no_research(text: str) -> None:
    found, refused = read_answer(text, company="Harbour GmbH", site="harbour.example")
    assert found is None
    assert refused


@pytest.mark.rule("B12")
def test_an_answer_that_names_the_company_nowhere_is_about_another_whatever_the_model_says() -> None:
    elsewhere = {"claim": "They bake bread", "quote": "thirty bakeries wait for us", "source_url": PRESS}
    assert read(facts=[elsewhere]) == (None, "no page, quote or claim of the answer names Harbour GmbH")

    named = {**elsewhere, "claim": "Harbour bakes bread"}
    assert read(facts=[named])[0] is not None


@pytest.mark.rule("B12")
@pytest.mark.parametrize(
    "url",
    [
        "http://harbour.example/about", "https://localhost/x", "https://127.0.0.1/x", "https://10.0.0.7/x",
        "https://169.254.169.254/latest/meta-data", "https://[::1]/x", "https://intranet/x", "https://wiki.corp/x",
        "https://files.local/x", "https://a:b@harbour.example/x", "https://harbour.example:8443/x", "ftp://harbour.example",
        "javascript:alert(1)", "https://", "https://harbour.example:99999/",
    ],
)  # fmt: skip
def test_a_source_is_a_public_page(url: str) -> None:
    found, refused = read(facts=[{**BERTHS, "source_url": url}])
    assert found is None
    assert refused is not None


@pytest.mark.rule("B12")
def test_a_page_the_search_did_not_bring_up_is_no_source() -> None:
    found, _ = read(pages=(SeenPage("https://www.harbour.example/", ""),))

    assert found is not None
    assert [fact.source_url for fact in found.facts] == [OWN]
    assert found.left_out == {"from a page the search did not bring up": 1}


@pytest.mark.rule("B12")
def test_where_the_provider_hands_over_text_a_quote_stands_in_it_or_was_made_up() -> None:
    pages = (SeenPage(OWN, "Both berths are open, all night."), SeenPage(PRESS, "Cranes."))
    found, _ = read(pages=pages)

    assert found is not None
    assert [(fact.quote, fact.seen) for fact in found.facts] == [("both berths are open all night", True)]
    assert found.left_out == {"with a quote that stands on no page": 1}


def test_where_it_hands_over_scraps_or_nothing_quotes_are_taken_as_unseen() -> None:
    scraps, _ = read(pages=(SeenPage(OWN, "About us"), SeenPage(PRESS, "")))
    nothing, _ = read()

    assert scraps is not None
    assert nothing is not None
    assert [fact.seen for fact in scraps.facts] == [False, False]
    assert [fact.seen for fact in nothing.facts] == [None, None]


@pytest.mark.rule("B11")
def test_a_quote_that_stands_everywhere_says_nothing_about_this_company() -> None:
    found, _ = read(known=("Both berths are open — all night!",))

    assert found is not None
    assert [fact.quote for fact in found.facts] == [CRANE["quote"]]
    assert found.left_out == {"boilerplate": 1}


@pytest.mark.parametrize(
    ("news", "kept"),
    [
        ({"title": "A crane", "date": None, "source_url": PRESS}, [("A crane", None)]),
        ({"title": "A crane", "date": "last week", "source_url": PRESS}, [("A crane", None)]),
        ({"title": "404 Not Found", "date": None, "source_url": PRESS}, []),
        ({"title": "A crane", "date": None, "source_url": "http://10.0.0.1"}, []),
    ],
)
def test_news_without_a_page_are_left_out_and_days_are_days(news: dict[str, Any], kept: list[Any]) -> None:
    found, _ = read(recent_news=[news])

    assert found is not None
    assert [(item.title, item.date) for item in found.news] == kept


@pytest.mark.rule("B11")
def test_the_same_quotes_have_the_same_fingerprint_in_any_order() -> None:
    forward, _ = read()
    backward, _ = read(facts=WHOLE["facts"][::-1], what_they_do="Something else.")
    other, _ = read(facts=WHOLE["facts"][:1])

    assert forward is not None
    assert backward is not None
    assert other is not None
    assert forward.fingerprint == backward.fingerprint != other.fingerprint


def test_a_question_names_the_company_and_nothing_else() -> None:
    said = json.dumps(document(company="Harbour GmbH", site="harbour.example", country="DE"))
    assert "Harbour GmbH" in said
    assert "@" not in said


@pytest.mark.rule("B32")
def test_what_is_asked_for_and_what_is_accepted_have_one_shape() -> None:
    accepted = _Answer.model_json_schema()
    assert set(accepted["required"]) == set(SCHEMA["required"]) == set(SCHEMA["properties"])
    for name, items in (("_Fact", "facts"), ("_News", "recent_news")):
        asked = SCHEMA["properties"][items]["items"]
        assert set(accepted["$defs"][name]["required"]) == set(asked["required"]) == set(asked["properties"])
