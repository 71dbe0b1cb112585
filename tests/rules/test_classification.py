"""Who opened and clicked: each rule alone, and the same judgement whatever order the events come in."""

import random
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.classification.features import INPUT
from rules.classification.judging import by_mail, classify
from rules.classification.rulebook import CLASSIFIER_VERSION, VERSIONS
from tests.builders import MONDAY

Event = dict[str, Any]


def event(kind: str, seconds: float, *, mail: str = "m1", company: str | None = "firm.example", **more: Any) -> Event:
    at: datetime = MONDAY + timedelta(seconds=seconds)
    values = {"kind": kind, "at": at, "link": None, "agent": None, "mail": mail, "company": company, "links": 3} | more
    return {"event_key": f"{mail} {kind} {seconds} {values['link']}", **values}


def delivered(mail: str = "m1") -> list[Event]:
    return [event("request", 0, mail=mail), event("delivered", 5, mail=mail)]


def judged(events: list[Event], version: str = CLASSIFIER_VERSION) -> dict[str, tuple[str, float, set[str]]]:
    frame = classify(pl.DataFrame(events, schema=INPUT), version=version)
    rows = frame.iter_rows(named=True)
    return {row["event_key"]: (row["label"], row["score"], set(row["rules"].split(",")) - {""}) for row in rows}


def click(seconds: float, link: str = "a", **more: Any) -> Event:
    return event("clicked", seconds, link=link, **more)


CASES: dict[str, tuple[list[Event], str, str]] = {
    "proxy": ([event("proxy_open", 300)], "m1 proxy_open 300 None", "machine"),
    "on-arrival": ([event("opened", 7)], "m1 opened 7 None", "machine"),
    "early": ([event("opened", 40)], "m1 opened 40 None", "unsure"),
    "late": ([event("opened", 3600)], "m1 opened 3600 None", "human"),
    "burst": ([click(200, "a"), click(200.5, "b"), click(201, "c")], "m1 clicked 200 a", "machine"),
    "all-links": ([click(60, "a", links=2), click(60.4, "b", links=2)], "m1 clicked 60 a", "machine"),
    "pair": ([click(60, "a"), click(60.4, "b")], "m1 clicked 60.4 b", "machine"),
    "in-step": (
        [event("opened", 60), event("opened", 61, mail="m2"), *delivered("m2")],
        "m1 opened 60 None",
        "machine",
    ),
    "gateway": ([click(90), click(8, mail="m2"), *delivered("m2")], "m1 clicked 90 a", "machine"),
    "scanner": ([click(4000, agent="Barracuda Sentinel (EE)")], "m1 clicked 4000 a", "machine"),
    "bare-agent": ([event("opened", 100, agent="Mozilla/5.0")], "m1 opened 100 None", "machine"),
    "no-open": ([click(90)], "m1 clicked 90 a", "unsure"),
    "read-first": ([event("opened", 100), click(110)], "m1 clicked 110 a", "human"),
    "came-back": ([event("opened", 40), event("opened", 2400)], "m1 opened 40 None", "human"),
}


@pytest.mark.parametrize("rule", list(CASES))
def test_each_rule_says_what_it_is_for(rule: str) -> None:
    events, key, label = CASES[rule]
    said = judged([*delivered(), *events])[key]
    assert rule in said[2]
    assert said[0] == label


def test_every_rule_has_a_case_and_a_sentence() -> None:
    rules = {rule.id: rule for version in VERSIONS.values() for rule in version}
    assert set(rules) == set(CASES)
    assert all(rule.says and (rule.weight * 2).is_integer() for rule in rules.values())
    assert list(VERSIONS)[-1] == CLASSIFIER_VERSION


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
     "Microsoft Office/16.0"],
)  # fmt: skip
def test_a_browsers_name_is_no_evidence(agent: str) -> None:
    plain, named = (judged([*delivered(), event("opened", 3600, agent=which)]) for which in (None, agent))
    assert plain == named


def test_what_is_not_known_is_no_evidence() -> None:
    """Without a delivery, a company or an agent nothing is claimed."""
    assert judged([event("opened", 90, company=None)])["m1 opened 90 None"] == ("unsure", 0.0, set())
    strangers = [event("opened", 90, mail="m1", company=None), event("opened", 90.5, mail="m2", company=None)]
    assert {label for label, _, _ in judged(strangers).values()} == {"unsure"}
    assert judged([]) == {}


def test_a_person_behind_a_gateway_is_seen_when_they_read() -> None:
    scan = [event("opened", 6), click(6.5, "a"), click(6.9, "b"), click(7.2, "c")]
    said = judged([*delivered(), *scan, event("opened", 5000), click(5030, "b")])
    assert [said[one["event_key"]][0] for one in scan] == ["machine"] * 4
    assert said["m1 opened 5000 None"][0] == said["m1 clicked 5030 b"][0] == "human"


def test_a_mail_counts_by_the_best_that_was_seen_of_it() -> None:
    events = [
        *delivered(), event("opened", 6), event("opened", 5000), *delivered("m2"), event("proxy_open", 9, mail="m2"),
        *delivered("m3"), event("opened", 40, mail="m3", company="x"), click(41, mail="m3", company="x"),
    ]  # fmt: skip
    told = by_mail(classify(pl.DataFrame(events, schema=INPUT), version="2"))
    assert told.rows() == [("m1", "human", None), ("m2", "machine", None), ("m3", "unsure", "unsure")]


def test_the_versions_differ_where_the_newer_one_knows_more() -> None:
    slow_scan = [*delivered(), click(200, "a"), click(200.5, "b"), click(201, "c")]
    assert judged(slow_scan, "1")["m1 clicked 200 a"][0] == "human"
    assert judged(slow_scan, "2")["m1 clicked 200 a"][0] == "machine"
    with pytest.raises(KeyError):
        judged([], "no such version")


EVENTS = st.lists(
    st.builds(
        event, st.sampled_from(["delivered", "opened", "clicked", "proxy_open"]), st.integers(0, 800).map(float),
        mail=st.sampled_from(["m1", "m2", "m3"]), company=st.sampled_from(["a", "b", None]),
        link=st.sampled_from([None, "x", "y"]), agent=st.sampled_from([None, "curl/8", "Mozilla/5.0"]),
    ),
    max_size=20, unique_by=lambda one: one["event_key"],
)  # fmt: skip


@settings(max_examples=60)
@given(EVENTS, st.integers(0, 99))
def test_a_judgement_does_not_depend_on_the_order_of_events(events: list[Event], seed: int) -> None:
    """Invariant I6."""
    shuffled = events[:]
    random.Random(seed).shuffle(shuffled)
    assert judged(events) == judged(shuffled)


@settings(max_examples=60)
@given(EVENTS)
def test_a_judgement_does_not_depend_on_other_companies(events: list[Event]) -> None:
    """What is loaded beside an event changes nothing: a day alone and a day within a year are judged alike."""
    named = [one | {"mail": f"{one['company']} {one['mail']}"} for one in events]
    together = judged(named)
    apart: dict[str, Any] = {}
    for company in ("a", "b", None):
        apart |= judged([one for one in named if one["company"] == company])
    assert together == apart
