"""Airtable's refusals, row by row."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.airtable.errors import airtable_failure, named_record
from rules.failures import FailureKind

PERMANENT, SYSTEMIC = FailureKind.PERMANENT, FailureKind.SYSTEMIC
FLOW, TRANSIENT = FailureKind.FLOW_CONTROL, FailureKind.TRANSIENT


def error(kind: str, message: str = "") -> str:
    return json.dumps({"error": {"type": kind, "message": message}})


ROWS = [
    (401, error("AUTHENTICATION_REQUIRED", "Authentication required"), SYSTEMIC),
    (402, "", SYSTEMIC),
    (403, error("INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", "Invalid permissions"), SYSTEMIC),
    (403, error("INVALID_PERMISSIONS", "You are not permitted to perform this operation"), SYSTEMIC),
    (404, json.dumps({"error": "NOT_FOUND"}), SYSTEMIC),
    (404, error("MODEL_ID_NOT_FOUND", "Record not found"), PERMANENT),
    (404, "<html/>", SYSTEMIC),
    (413, error("REQUEST_TOO_LARGE"), PERMANENT),
    (422, error("INVALID_REQUEST_BODY", "Could not parse request body"), PERMANENT),
    (422, error("INVALID_REQUEST_UNKNOWN", "Invalid request: parameter validation failed."), PERMANENT),
    (422, error("INVALID_REQUEST_MISSING_FIELDS"), PERMANENT),
    (422, error("UNKNOWN_FIELD_NAME", 'Unknown field name: "X"'), SYSTEMIC),
    (422, error("INVALID_VALUE_FOR_COLUMN", 'Field "X" cannot accept the provided value'), PERMANENT),
    (
        422,
        error("INVALID_VALUE_FOR_COLUMN", 'Field "X" cannot accept a value because the field is computed'),
        SYSTEMIC,
    ),
    (422, error("INVALID_MULTIPLE_CHOICE_OPTIONS", 'Insufficient permissions … option ""X""'), PERMANENT),
    (422, error("ROW_DOES_NOT_EXIST", "Record ID rec1 does not exist in this table"), PERMANENT),
    (422, error("INVALID_FILTER_BY_FORMULA", "The formula for filtering records is invalid"), SYSTEMIC),
    (422, error("VIEW_NAME_NOT_FOUND", "View X not found"), SYSTEMIC),
    (422, error("VIEW_ID_NOT_FOUND", "View viwX not found"), SYSTEMIC),
    (422, error("INVALID_RECORDS", "A maximum of 10 records"), PERMANENT),
    (422, error("INVALID_OFFSET_VALUE", "The value of offset X is invalid"), TRANSIENT),
    (422, error("LIST_RECORDS_ITERATOR_NOT_AVAILABLE"), TRANSIENT),
    (422, error("FAILED_STATE_CHECK"), PERMANENT),
    (429, error("RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later"), FLOW),
    (429, json.dumps({"errors": [{"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded."}]}), FLOW),
    (429, "", FLOW),
    (429, error("PUBLIC_API_BILLING_LIMIT_EXCEEDED", "API billing plan limit exceeded."), SYSTEMIC),
    (429, json.dumps({"errors": [{"error": "PUBLIC_API_BILLING_LIMIT_EXCEEDED"}]}), SYSTEMIC),
    (500, error("SERVER_ERROR", "Internal Server Error"), TRANSIENT),
    (502, "<html>bad gateway</html>", TRANSIENT),
    (503, error("RETRIABLE_ERROR", "safe to retry"), TRANSIENT),
    (400, "", TRANSIENT),
]


@pytest.mark.rule("B3")
@pytest.mark.parametrize(("status", "body", "kind"), ROWS)
def test_every_documented_refusal_has_its_meaning(status: int, body: str, kind: FailureKind) -> None:
    failure = airtable_failure(status, body, {}, table="Leads")

    assert failure.kind is kind
    assert failure.retry_after == (30.0 if kind is FLOW else None)
    if kind is SYSTEMIC:
        assert "Leads" in failure.message


def test_a_503_says_how_long_to_wait_where_it_does() -> None:
    assert airtable_failure(503, "", {"retry-after": "7"}, table="Leads").retry_after == 7.0
    assert airtable_failure(503, "", {"retry-after": "Mon, 23 Nov"}, table="Leads").retry_after is None


def test_the_record_a_refusal_names_is_found_and_an_ambiguous_one_is_not() -> None:
    body = error("ROW_DOES_NOT_EXIST", "Record ID recAAAAAAAAAAAAAA does not exist in this table")
    failure = airtable_failure(422, body, {}, table="Leads")

    assert named_record(failure, {"recBBBBBBBBBBBBBB": 1, "recAAAAAAAAAAAAAA": 2}) == "recAAAAAAAAAAAAAA"
    assert named_record(failure, {"recBBBBBBBBBBBBBB": 1}) is None


@given(status=st.integers(400, 599), body=st.text(max_size=80) | st.builds(error, st.text(), st.text()))
def test_no_answer_is_left_unclassified(status: int, body: str) -> None:
    assert airtable_failure(status, body, {}, table="Leads").kind is not FailureKind.UNKNOWN_OUTCOME
