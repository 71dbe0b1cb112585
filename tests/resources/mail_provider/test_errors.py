"""Brevo's answers, row by row of its error model and of captured bodies."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.mail_provider.errors import refusal, send_refusal
from rules.failures import FailureKind

PERMANENT, SYSTEMIC = FailureKind.PERMANENT, FailureKind.SYSTEMIC
FLOW, TRANSIENT, UNKNOWN = FailureKind.FLOW_CONTROL, FailureKind.TRANSIENT, FailureKind.UNKNOWN_OUTCOME
IP = (
    "We have detected you are using an unrecognised IP address 203.0.113.9. If you performed this action make sure to "
    "add the new IP address in this link: https://app.brevo.com/security/authorised_ips"
)
NOT_ACTIVATED = "Unable to send email. Your SMTP account is not yet activated."
LONG = "Unexpected long headers length, got: 19552 want: less than 4096 chars"


def body(code: str, message: str = "") -> str:
    return json.dumps({"code": code, "message": message})


ROWS = [
    # status, body, what a send makes of it, what a read makes of it
    (400, body("invalid_parameter", "email is not valid in to"), PERMANENT, PERMANENT),
    (400, body("missing_parameter", "sender is missing"), SYSTEMIC, PERMANENT),
    (400, body("invalid_parameter", "sender email is not valid"), SYSTEMIC, PERMANENT),
    (400, body("INVALID_PARAMETER", LONG), PERMANENT, PERMANENT),
    (400, body("out_of_range", "limit"), PERMANENT, PERMANENT),
    (400, body("bad_request", "Input must be a valid JSON object"), PERMANENT, PERMANENT),
    (400, body("not_enough_credits", "Not enough credits"), SYSTEMIC, SYSTEMIC),
    (402, body("not_enough_credits", "Not enough credits"), SYSTEMIC, SYSTEMIC),
    (402, body("account_under_validation", "x"), SYSTEMIC, SYSTEMIC),
    (402, "", SYSTEMIC, SYSTEMIC),
    (400, body("duplicate_parameter", "idempotencyKey already used"), UNKNOWN, PERMANENT),
    (409, body("duplicate_parameter", "idempotencyKey already used"), UNKNOWN, PERMANENT),
    (400, body("duplicate_request", "x"), UNKNOWN, PERMANENT),
    (401, body("unauthorized", "Key not found"), SYSTEMIC, SYSTEMIC),
    (401, body("unauthorized", "authentication not found in headers"), SYSTEMIC, SYSTEMIC),
    (401, body("unauthorized", IP), SYSTEMIC, SYSTEMIC),
    (401, "<html>401</html>", SYSTEMIC, SYSTEMIC),
    (403, body("permission_denied", NOT_ACTIVATED), SYSTEMIC, SYSTEMIC),
    (403, "<html>cloudflare</html>", SYSTEMIC, SYSTEMIC),
    (404, body("document_not_found", "x"), SYSTEMIC, PERMANENT),
    (404, "<html>nginx</html>", UNKNOWN, SYSTEMIC),
    (405, body("method_not_allowed", "x"), SYSTEMIC, SYSTEMIC),
    (406, body("not_acceptable", "x"), SYSTEMIC, SYSTEMIC),
    (422, body("unprocessable_entity", "x"), PERMANENT, PERMANENT),
    (400, "", UNKNOWN, TRANSIENT),
    (408, "", UNKNOWN, TRANSIENT),
    (429, body("too_many_requests", "x"), FLOW, FLOW),
    (429, "", FLOW, FLOW),
    (500, body("internal_error", "x"), UNKNOWN, TRANSIENT),
    (500, "", UNKNOWN, TRANSIENT),
    (502, "<html>bad gateway</html>", UNKNOWN, TRANSIENT),
    (503, "upstream connect error", UNKNOWN, TRANSIENT),
    (504, "", UNKNOWN, TRANSIENT),
    (302, "", UNKNOWN, TRANSIENT),
]


@pytest.mark.rule("B3")
@pytest.mark.parametrize(("status", "text", "sending", "reading"), ROWS)
def test_every_documented_refusal_has_its_meaning(
    status: int, text: str, sending: FailureKind, reading: FailureKind
) -> None:
    assert send_refusal(status, text, {}).kind is sending
    assert refusal(status, text, {}).kind is reading


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-sib-ratelimit-reset": "2710"}, 2710.0),
        ({"x-sib-ratelimit-reset": "0.5"}, 0.5),
        ({"retry-after": "12"}, 12.0),
        ({"x-sib-ratelimit-reset": "soon"}, None),
        ({"x-sib-ratelimit-reset": "1795168800"}, None),  # an epoch is no number of seconds left
        ({}, None),
    ],
)
def test_the_time_to_wait_is_what_brevo_says_is_left(headers: dict[str, str], seconds: float | None) -> None:
    assert send_refusal(429, "", headers).retry_after == seconds


def test_a_message_is_shortened_and_holds_no_address() -> None:
    failure = send_refusal(400, body("invalid_parameter", f"bob@firm.example is not valid {'x' * 1000}"), {})

    assert "bob@" not in failure.message
    assert len(failure.message) <= 300


@given(status=st.integers(100, 599), text=st.text(max_size=60))
def test_no_answer_is_left_unclassified_and_only_refusals_that_prove_it_say_not_sent(status: int, text: str) -> None:
    failure = send_refusal(status, text, {})

    assert failure.kind is not FailureKind.TRANSIENT
    if status not in {401, 402, 403, 429}:
        assert failure.kind is FailureKind.UNKNOWN_OUTCOME
    assert refusal(status, text, {}).kind is not FailureKind.UNKNOWN_OUTCOME
