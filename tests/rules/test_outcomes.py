"""Outcomes that cannot be empty, failures with one meaning each, and keys that are equal for equal content."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.failures import Failure, FailureKind, ItemRejected, ServiceFailure, classify
from rules.hashing import (
    address_hash,
    canonical,
    chained,
    content_hash,
    draw,
    encodable,
    idempotency_key,
    input_hash,
    send_key,
)  # fmt: skip
from rules.outcomes import Deferred, Done, Failed, Outcome, Rejected, Skipped, StageReport, State
from tests.builders import MONDAY

FAILURE = Failure(FailureKind.TRANSIENT, "openai", "lost", "the connection broke", 3.0)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("nothing", [{}, None])
def test_done_without_a_value_cannot_be(nothing: Any) -> None:
    with pytest.raises(ValueError, match="done without a value"):
        Done(nothing)


@pytest.mark.rule("B1")
@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
def test_an_outcome_without_a_reason_cannot_be(blank: str) -> None:
    for build in (Skipped, Rejected, lambda reason: Deferred(reason, MONDAY)):
        with pytest.raises(ValueError, match="needs a reason"):
            build(blank)


def test_a_cost_is_not_negative_and_a_moment_has_a_zone() -> None:
    with pytest.raises(ValueError, match="not negative"):
        Done({"a": 1}, -0.01)
    with pytest.raises(ValueError, match="time zone"):
        Deferred("later", datetime(2026, 11, 23))  # noqa: DTZ001 - what is refused


def test_an_outcome_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Done({"a": 1}).cost_usd = 2.0  # type: ignore[misc] # what is refused


OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Done, st.just({"a": 1}), st.floats(0, 10)),
    st.builds(Skipped, st.sampled_from(["x", "y"])),
    st.builds(Deferred, st.just("later"), st.just(MONDAY)),
    st.builds(Rejected, st.just("never"), st.floats(0, 10)),
    st.builds(Failed, st.just(FAILURE)),
)


@pytest.mark.rule("B29")
@given(st.lists(OUTCOMES))
def test_a_report_accounts_for_every_item(outcomes: list[Outcome]) -> None:
    """Invariant I8."""
    report = StageReport.of("drafts", outcomes)

    assert report.conserved
    assert report.items == len(outcomes) == sum(report.counts.values())
    assert sum(report.reasons.values()) == len(outcomes) - report.counts[State.DONE]
    assert report.cost_usd == pytest.approx(sum(getattr(outcome, "cost_usd", 0.0) for outcome in outcomes), abs=1e-5)


@pytest.mark.rule("B3")
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ServiceFailure(FAILURE), FailureKind.TRANSIENT),
        (ServiceFailure.of(FailureKind.SYSTEMIC, "openai", "insufficient_quota", "no money"), FailureKind.SYSTEMIC),
        (ItemRejected("two companies"), FailureKind.PERMANENT),
        (OSError("reset"), FailureKind.TRANSIENT),
        (ValueError("odd"), FailureKind.TRANSIENT),
        (KeyError("x"), FailureKind.TRANSIENT),
        (AssertionError("x"), FailureKind.SYSTEMIC),
        (TypeError("x"), FailureKind.SYSTEMIC),
        (AttributeError("x"), FailureKind.SYSTEMIC),
        (ImportError("x"), FailureKind.SYSTEMIC),
    ],
)
def test_every_exception_has_one_meaning(error: Exception, kind: FailureKind) -> None:
    assert classify(error).kind is kind
    assert str(classify(error))


@pytest.mark.rule("B3")
@pytest.mark.parametrize("error", [OSError(), TypeError("x"), AssertionError(), KeyError(), RuntimeError("x")])
def test_an_unknown_exception_of_a_send_is_an_unknown_outcome(error: Exception) -> None:
    """Invariant I1: whatever our own code raises, a mail may be on its way."""
    assert classify(error, sending=True).kind is FailureKind.UNKNOWN_OUTCOME
    assert classify(ServiceFailure(FAILURE), sending=True) is FAILURE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.rule("B30")
@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_equal_content_has_an_equal_key_in_any_order(value: dict[str, Any]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical(turned) == canonical(value)
    assert content_hash(turned) == content_hash(value)
    assert len(content_hash(value)) == 32


@pytest.mark.rule("B11")
def test_other_content_has_another_key() -> None:
    values: list[Any] = [0, "0", 0.0, False, None, "", [], {}, [0], "None"]
    keys = [content_hash(value) for value in values]
    assert len(set(keys)) == len(keys)
    assert input_hash(a=1, b=2) == input_hash(b=2, a=1) != input_hash(a=2, b=1)


def test_half_an_emoji_does_not_stop_a_hash() -> None:
    assert encodable("caf\u00e9 \ud83d") == "caf\u00e9 ?"
    assert content_hash({"name": "\ud83d"}) == content_hash({"name": "?"})


def test_a_send_has_one_key_that_shows_no_address() -> None:
    key = send_key("spring", "opener", "grace@harbour.com")
    assert key.startswith("spring.opener.")
    assert "grace" not in key
    assert len({send_key("spring", step, f"{n}@x.com") for step in ("opener", "bump") for n in range(500)}) == 1000
    assert idempotency_key(key) == idempotency_key(key) != idempotency_key(f"{key}x")
    named = uuid5(uuid5(NAMESPACE_URL, "outbound:send"), key)
    assert idempotency_key(key) == str(named), "a release that makes other keys would repeat what is under way"


def test_an_address_is_hashed_with_a_secret() -> None:
    assert address_hash("a@b.com", "one") != address_hash("a@b.com", "two")
    assert len(address_hash("a@b.com", "one")) == 64


def test_a_draw_is_among_the_options() -> None:
    assert {draw(seed=str(n), options=3) for n in range(100)} == {0, 1, 2}
    assert draw(seed="x", options=1) == 0
    with pytest.raises(ValueError, match="nothing to choose from"):
        draw(seed="x", options=0)


@given(st.dictionaries(st.text(), st.text(), max_size=3), st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_chain_depends_on_every_entry(first: dict[str, str], second: dict[str, str]) -> None:
    start = "0" * 64
    assert (chained(start, first) == chained(start, second)) == (first == second)
    assert chained(chained(start, first), second) != chained(start, second)


def test_moments_are_part_of_the_canonical_form() -> None:
    assert canonical({"at": datetime(2026, 11, 23, tzinfo=UTC)}) == '{"at":"2026-11-23 00:00:00+00:00"}'
