"""Refusals of OpenAI and Perplexity, row by row."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.models import openai, perplexity
from resources.models.errors import openai_failure, told_wait
from resources.models.perplexity_errors import perplexity_failure
from rules.failures import FailureKind

PERMANENT, SYSTEMIC = FailureKind.PERMANENT, FailureKind.SYSTEMIC
FLOW, TRANSIENT = FailureKind.FLOW_CONTROL, FailureKind.TRANSIENT


def error(message: str = "", kind: str | None = None, code: Any = None, param: str | None = None) -> str:
    return json.dumps({"error": {"message": message, "type": kind, "code": code, "param": param}})


INVALID = "invalid_request_error"
QUOTA = "You exceeded your current quota, please check your plan and billing details."
RATE = (
    "Rate limit reached for gpt-6-luna in organization org-x on tokens per min (TPM): Limit 30000, Used 30000, "
    "Requested 890. Please try again in 1.78s."
)
TOO_LARGE = (
    "Request too large for gpt-6-luna in organization org-x on tokens per min (TPM): Limit 30000, Requested 30062."
)
DEPRECATED = (
    "The model `gpt-3.5-turbo-1106` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations"
)
SCHEMA = "Invalid schema for response_format 'X': In context=(), 'additionalProperties' is required to be supplied."

OPENAI_ROWS = [
    (400, error("maximum context length is 128000 tokens", INVALID, "context_length_exceeded"), PERMANENT),
    (400, error("Unsupported parameter: 'max_tokens'", INVALID, "unsupported_parameter"), SYSTEMIC),
    (400, error("Unsupported value: 'temperature' does not support 0.0", INVALID, "unsupported_value"), SYSTEMIC),
    (400, error("Missing required parameter", INVALID, "missing_required_parameter"), SYSTEMIC),
    (400, error(SCHEMA, INVALID, None, "response_format"), SYSTEMIC),
    (400, error("Invalid service_tier argument", INVALID), SYSTEMIC),
    (400, error("Billing hard limit has been reached", INVALID, "billing_hard_limit_reached"), SYSTEMIC),
    (400, error("This content was flagged for possible …", INVALID, "cyber_policy"), PERMANENT),
    (400, error("Could not finish the message because max_tokens was reached", INVALID), PERMANENT),
    (401, error("Incorrect API key provided: sk-…abcd.", INVALID, "invalid_api_key"), SYSTEMIC),
    (401, error("You didn't provide an API key.", INVALID), SYSTEMIC),
    (401, error("Your IP is not authorized", None, "ip_not_authorized"), SYSTEMIC),
    (402, "", SYSTEMIC),
    (403, error("Country not supported", "request_forbidden", "unsupported_country_region_territory"), SYSTEMIC),
    (403, error("Project `p` does not have access to model `m`", INVALID, "model_not_found"), SYSTEMIC),
    (404, error("The model `x` does not exist or you do not have access to it.", INVALID, "model_not_found"), SYSTEMIC),
    (404, error(DEPRECATED, INVALID, "model_not_found"), SYSTEMIC),
    (404, "<html>nginx</html>", SYSTEMIC),
    (409, error("conflict"), TRANSIENT),
    (413, error("too large"), PERMANENT),
    (422, error("unprocessable"), PERMANENT),
    (429, error(RATE, "tokens", "rate_limit_exceeded"), FLOW),
    (429, error("Rate limit reached on requests per day (RPD)", "requests", "rate_limit_exceeded"), FLOW),
    (429, error(TOO_LARGE, "tokens", "rate_limit_exceeded"), PERMANENT),
    (429, error("Slow down", "slow_down", "slow_down"), FLOW),
    (429, error("Resource unavailable", None, "resource_unavailable"), FLOW),
    (429, "", FLOW),
    (429, error(QUOTA, "insufficient_quota", "insufficient_quota"), SYSTEMIC),
    (429, error("You have no credits remaining.", "insufficient_quota", "credit_balance_exhausted"), SYSTEMIC),
    (429, error("x", "insufficient_quota", "organization_spend_limit_exceeded"), SYSTEMIC),
    (429, error("x", "insufficient_quota", "project_spend_limit_exceeded"), SYSTEMIC),
    (429, error("x", "insufficient_quota", "organization_usage_limit_exceeded"), SYSTEMIC),
    (429, error("x", "insufficient_quota", "a_code_of_2027"), SYSTEMIC),
    (429, error(QUOTA, "a_type_of_2027", "a_code_of_2027"), SYSTEMIC),
    (429, error("something new", "a_type_of_2027", "a_code_of_2027"), TRANSIENT),
    (500, error("The server had an error while processing your request. Sorry about that!", "server_error"), TRANSIENT),
    (503, error("overloaded", "service_unavailable_error", "server_is_overloaded"), TRANSIENT),
    (503, error("Slow Down", "service_unavailable_error"), FLOW),
    (502, "<html>bad gateway</html>", TRANSIENT),
    (200, error("quota", "insufficient_quota", "insufficient_quota"), SYSTEMIC),
    (200, error("too fast", None, "rate_limit_exceeded"), FLOW),
    (200, error("it broke", None, "server_error"), PERMANENT),
]

PERPLEXITY_ROWS = [
    (400, error("validation failed: input cannot be empty", "invalid_request", 400), PERMANENT),
    (400, error('invalid request body: json: unknown field "top_k"', "invalid_request", 400, "top_k"), SYSTEMIC),
    (400, error("validation failed: tools[0]: search recency filter must be one of", "invalid_request", 400), SYSTEMIC),
    (400, error("validation failed: max steps must be at least 1", "invalid_request", 400), SYSTEMIC),
    (400, error('validation failed: model "sonar" is not supported', "invalid_request", 400), SYSTEMIC),
    (400, error("json_schema.schema must have a root type of 'object'", "invalid_parameter", 400), SYSTEMIC),
    (400, error("no such model", "invalid_model", 400), SYSTEMIC),
    (400, error("bad domain in tools[0]", "invalid_search_domain_filter", 400), PERMANENT),
    (401, error("Invalid API key provided.", "invalid_api_key", 401), SYSTEMIC),
    (401, error(QUOTA, "insufficient_quota", 401), SYSTEMIC),
    (401, "<html><h1>401 Authorization Required</h1>openresty</html>", SYSTEMIC),
    (403, error("Sonar is now the Agent API.", "chat_completions_not_available", 403), SYSTEMIC),
    (403, error("x", "agent_api_migration_required", 403), SYSTEMIC),
    (403, error("x", "forbidden", 403), SYSTEMIC),
    (404, error("resource not found", "not_found", 404), SYSTEMIC),
    (413, error("x", "payload_too_large", 413), PERMANENT),
    (422, json.dumps({"detail": [{"loc": ["body"], "msg": "m", "type": "t"}]}), TRANSIENT),
    (424, error("x", "external_connector_error", 424), TRANSIENT),
    (429, error("Request rate limit exceeded, please try again later.", "request_rate_limit_exceeded", 429), FLOW),
    (429, "", FLOW),
    (500, error("x", "internal_error", 500), TRANSIENT),
    (500, error("x", "upstream_structured_output_failed", 500), TRANSIENT),
    (502, "<html/>", TRANSIENT),
    (504, error("x", "gateway_timeout", 504), TRANSIENT),
]


@pytest.mark.rule("A3")
@pytest.mark.parametrize(("status", "body", "kind"), OPENAI_ROWS)
def test_every_refusal_of_openai_has_its_meaning(status: int, body: str, kind: FailureKind) -> None:
    failure = openai_failure(status, body, {})

    assert failure.kind is kind
    assert failure.service == "openai"
    assert "sk-" not in failure.message


@pytest.mark.rule("A3")
@pytest.mark.parametrize(("status", "body", "kind"), PERPLEXITY_ROWS)
def test_every_refusal_of_perplexity_has_its_meaning(status: int, body: str, kind: FailureKind) -> None:
    failure = perplexity_failure(status, body, {})

    assert failure.kind is kind
    assert failure.service == "perplexity"


def test_an_empty_purse_and_a_wrong_key_are_told_apart_although_both_are_401() -> None:
    purse = perplexity_failure(401, error(QUOTA, "insufficient_quota", 401), {})
    key = perplexity_failure(401, error("Invalid API key provided.", "invalid_api_key", 401), {})

    assert "credit" in purse.message
    assert "PERPLEXITY_API_KEY" in key.message


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("message", "headers", "seconds"),
    [
        ("Please try again in 1.78s. Visit", {}, 1.78),
        ("Please try again in 308ms.", {}, 0.308),
        ("Please try again in 7m12s.", {}, 432.0),
        ("Please try again in 1h2m3s.", {}, 3723.0),
        ("Please try again later", {}, None),
        ("Please try again in 5s", {"retry-after": "20"}, 20.0),
        ("", {"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ("", {"retry-after": "Mon, 23 Nov 2026"}, None),
    ],
)
def test_the_wait_is_read_from_headers_and_else_from_the_sentence(
    message: str, headers: dict[str, str], seconds: float | None
) -> None:
    assert told_wait(message, headers) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset": "1791572841", "date": "Fri, 09 Oct 2026 19:07:20 GMT"}, 1.0),
        ({"x-ratelimit-reset": "1791572900", "date": "Fri, 09 Oct 2026 19:07:20 GMT"}, 60.0),
        ({"x-ratelimit-reset": "1791572841"}, None),
        ({"retry-after": "4"}, 4.0),
        ({}, None),
    ],
)
def test_an_epoch_is_turned_into_seconds_by_the_answers_own_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert perplexity_failure(429, "", headers).retry_after == seconds


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m12s"}, 72.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "308ms"}, 0.308),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s",
          "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6s"}, 6.0),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "1s"}, None),
        ({"x-ratelimit-remaining-requests": "0"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "soon"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_who_used_the_last_request_up_waits_before_the_next(headers: dict[str, str], seconds: float | None) -> None:
    assert openai.DIALECT.exhausted(headers) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.rule("B4")
def test_perplexity_tells_the_same_with_an_epoch() -> None:
    told = {"x-ratelimit-reset": "1791572860", "date": "Fri, 09 Oct 2026 19:07:20 GMT"}

    assert perplexity.DIALECT.exhausted({**told, "x-ratelimit-remaining": "0"}) == 20.0
    assert perplexity.DIALECT.exhausted({**told, "x-ratelimit-remaining": "49"}) is None
    assert perplexity.DIALECT.exhausted({}) is None


@given(status=st.integers(400, 599), body=st.text(max_size=60) | st.builds(error, st.text(), st.text(), st.text()))
def test_no_answer_is_left_unclassified(status: int, body: str) -> None:
    for classify in (openai_failure, perplexity_failure):
        assert classify(status, body, {}).kind is not FailureKind.UNKNOWN_OUTCOME
