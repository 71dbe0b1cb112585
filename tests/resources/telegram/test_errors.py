"""Refusals of the Bot API, row by row."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.telegram.errors import telegram_failure
from rules.failures import FailureKind

PERMANENT, SYSTEMIC = FailureKind.PERMANENT, FailureKind.SYSTEMIC
FLOW, TRANSIENT, UNKNOWN = FailureKind.FLOW_CONTROL, FailureKind.TRANSIENT, FailureKind.UNKNOWN_OUTCOME


def error(code: int, description: str, **parameters: Any) -> str:
    extra = {"parameters": parameters} if parameters else {}
    return json.dumps({"ok": False, "error_code": code, "description": description, **extra})


ROWS = [
    (400, error(400, "Bad Request: message text is empty"), PERMANENT, PERMANENT),
    (400, error(400, "Bad Request: message is too long"), PERMANENT, PERMANENT),
    (400, error(400, "Bad Request: chat not found"), PERMANENT, PERMANENT),
    (400, error(400, "Bad Request: can't parse entities: unsupported start tag"), PERMANENT, PERMANENT),
    (400, error(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001), PERMANENT, PERMANENT),
    (401, error(401, "Unauthorized"), SYSTEMIC, SYSTEMIC),
    (401, error(401, "Unauthorized: invalid token specified"), SYSTEMIC, SYSTEMIC),
    (403, error(403, "Forbidden: bot was blocked by the user"), PERMANENT, PERMANENT),
    (403, error(403, "Forbidden: bot was kicked from the group chat"), PERMANENT, PERMANENT),
    (404, error(404, "Not Found"), SYSTEMIC, SYSTEMIC),
    (404, "<html/>", SYSTEMIC, SYSTEMIC),
    (409, error(409, "Conflict: terminated by other getUpdates request"), SYSTEMIC, SYSTEMIC),
    (413, error(413, "Request Entity Too Large"), PERMANENT, PERMANENT),
    (421, error(421, "Misdirected Request"), TRANSIENT, TRANSIENT),
    (429, error(429, "Too Many Requests: retry after 5", retry_after=5), FLOW, FLOW),
    (429, "", FLOW, FLOW),
    (500, error(500, "Internal Server Error: restart"), TRANSIENT, TRANSIENT),
    (502, "<html>bad gateway</html>", TRANSIENT, UNKNOWN),
    (504, "", TRANSIENT, UNKNOWN),
]


@pytest.mark.rule("B3")
@pytest.mark.parametrize(("status", "body", "asking", "sending"), ROWS)
def test_every_documented_refusal_has_its_meaning(
    status: int, body: str, asking: FailureKind, sending: FailureKind
) -> None:
    assert telegram_failure(status, body).kind is asking
    assert telegram_failure(status, body, sending=True).kind is sending


def test_flood_control_says_how_long() -> None:
    assert telegram_failure(429, error(429, "Too Many Requests", retry_after=17)).retry_after == 17.0
    assert telegram_failure(429, "").retry_after is None


@pytest.mark.rule("B37")
def test_a_token_in_a_description_is_hidden() -> None:
    body = error(400, "Bad Request: https://api.telegram.org/bot7000000001:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr/x")

    assert "AAbb" not in telegram_failure(400, body).message


@given(status=st.integers(400, 599), body=st.text(max_size=60))
def test_no_answer_is_left_unclassified(status: int, body: str) -> None:
    assert telegram_failure(status, body).kind is not FailureKind.UNKNOWN_OUTCOME
