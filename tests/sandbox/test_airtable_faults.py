"""How the Airtable stand-in refuses: every documented body, limits, and faults."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import requests
from pyairtable import Api, Table, retry_strategy

from sandbox.keys import SANDBOX_AIRTABLE_TOKEN, SANDBOX_BASE_ID, SANDBOX_TABLE_ID
from sandbox.serving import Running

KEY = {"authorization": f"Bearer {SANDBOX_AIRTABLE_TOKEN}"}
LEADS = f"/airtable/v0/{SANDBOX_BASE_ID}/{SANDBOX_TABLE_ID}"


def call(http: httpx.Client, method: str, path: str, **more: Any) -> tuple[int, Any]:
    answer = http.request(method, path, headers=KEY, **more)
    return answer.status_code, answer.json()


def error_of(http: httpx.Client, method: str, path: str, **more: Any) -> tuple[int, str, str | None]:
    status, body = call(http, method, path, **more)
    return status, body["error"]["type"], body["error"].get("message")


def arm(town: Running, name: str, **more: Any) -> None:
    town.call(lambda world: world.faults.arm(name, **({"count": 1} | more)))


@pytest.mark.parametrize("token", [None, "Bearer wrong", "Basic x"])
def test_a_missing_and_a_wrong_token_look_the_same(http: httpx.Client, token: str | None) -> None:
    answer = http.get(LEADS, headers={"authorization": token} if token else {})
    assert answer.status_code == 401
    assert answer.json() == {"error": {"type": "AUTHENTICATION_REQUIRED", "message": "Authentication required"}}


def test_unknown_things(http: httpx.Client) -> None:
    for path in ("/airtable/v0/appNope/Leads", f"/airtable/v0/{SANDBOX_BASE_ID}/Nope"):
        assert error_of(http, "GET", path)[:2] == (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND")
    assert call(http, "GET", f"{LEADS}/nonsense") == (404, {"error": "NOT_FOUND"})
    assert http.get("/airtable/v1/x").json() == {"error": "NOT_FOUND"}
    assert error_of(http, "GET", f"{LEADS}/rec00000000000000") == (404, "MODEL_ID_NOT_FOUND", "Record not found")


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("POST", "", {}, "INVALID_REQUEST_MISSING_FIELDS"),
        ("POST", "", {"fields": {}, "extra": 1}, "INVALID_REQUEST_UNKNOWN"),
        ("POST", "", {"fields": {"Last Modified": "x"}}, "INVALID_VALUE_FOR_COLUMN"),
        ("POST", "", {"fields": {"Name": 5}}, "INVALID_VALUE_FOR_COLUMN"),
        ("POST", "", {"records": [{"fields": {}}] * 11}, "INVALID_RECORDS"),
        ("PATCH", "", {"records": [{"fields": {}}]}, "INVALID_RECORDS"),
        ("PATCH", "", {"records": [{"id": "rec00000000000000", "fields": {}}]}, "ROW_DOES_NOT_EXIST"),
        ("POST", "/listRecords", {"pageSize": 101}, "INVALID_REQUEST_UNKNOWN"),
        ("POST", "/listRecords", {"view": "Nope"}, "VIEW_NAME_NOT_FOUND"),
        ("POST", "/listRecords", {"view": "viwNope"}, "VIEW_ID_NOT_FOUND"),
        ("POST", "/listRecords", {"fields": ["Nope"], "pageSize": 1}, "UNKNOWN_FIELD_NAME"),
        ("POST", "/listRecords", {"offset": "garbage"}, "INVALID_OFFSET_VALUE"),
        ("POST", "/listRecords", {"cellFormat": "string"}, "INVALID_REQUEST_UNKNOWN"),
        ("POST", "/listRecords", {"filterByFormula": "AND("}, "INVALID_FILTER_BY_FORMULA"),
        ("POST", "/listRecords", {"filterByFormula": "VLOOKUP(1)"}, "INVALID_FILTER_BY_FORMULA"),
        ("POST", "/listRecords", {"filterByFormula": "{A} = 'x' junk"}, "INVALID_FILTER_BY_FORMULA"),
    ],
)
def test_a_wrong_request_is_unprocessable(
    *, http: httpx.Client, leads: Table, method: str, path: str, body: dict[str, Any], kind: str
) -> None:
    leads.create({"Name": "somebody"})
    assert error_of(http, method, f"{LEADS}{path}", json=body)[:2] == (422, kind)


def test_a_formula_with_an_unknown_field_says_which(http: httpx.Client) -> None:
    _, _, message = error_of(http, "GET", LEADS, params={"filterByFormula": "{Emial}='x'"})
    assert message == "The formula for filtering records is invalid: Unknown field names: emial"


def test_a_body_that_is_no_json(http: httpx.Client) -> None:
    answer = http.post(LEADS, headers=KEY, content=b"{")
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, "Could not parse request body")


def test_a_long_url_is_refused_and_the_same_listing_by_post_is_not(http: httpx.Client) -> None:
    formula = "OR(" + ",".join(f"{{Email}}='person{number}@company{number}.example'" for number in range(400)) + ")"
    assert http.get(LEADS, headers=KEY, params={"filterByFormula": formula}).status_code == 414
    assert call(http, "POST", f"{LEADS}/listRecords", json={"filterByFormula": formula})[0] == 200


def _first_page(http: httpx.Client, leads: Table) -> str:
    leads.batch_create([{"Name": str(number)} for number in range(15)])
    return str(call(http, "GET", LEADS, params={"pageSize": 5})[1]["offset"])


def test_an_offset_expires_with_world_time_and_never_gives_a_partial_listing(
    http: httpx.Client, leads: Table, town: Running
) -> None:
    offset = _first_page(http, leads)
    town.call(lambda world: world.advance(timedelta(minutes=4)))
    status, page = call(http, "GET", LEADS, params={"pageSize": 5, "offset": offset})
    assert (status, len(page["records"])) == (200, 5)
    town.call(lambda world: world.advance(timedelta(minutes=6)))
    params = {"pageSize": 5, "offset": page["offset"]}
    assert call(http, "GET", LEADS, params=params) == (422, {"error": {"type": "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"}})


def test_an_iterator_may_be_lost_at_any_page(http: httpx.Client, leads: Table, town: Running) -> None:
    offset = _first_page(http, leads)
    arm(town, "airtable.iterator_lost")
    assert error_of(http, "GET", LEADS, params={"offset": offset})[1] == "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"
    assert call(http, "GET", LEADS)[0] == 200


def test_records_deleted_meanwhile_are_missing_from_later_pages(http: httpx.Client, leads: Table) -> None:
    offset = _first_page(http, leads)
    leads.delete(leads.all()[6]["id"])
    _, page = call(http, "GET", LEADS, params={"pageSize": 5, "offset": offset})
    assert len(page["records"]) == 4


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (
            "plural",
            {"errors": [{"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"}]},
        ),
        (
            "singular",
            {"error": {"type": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"}},
        ),
    ],
)
def test_a_burst_is_refused_and_the_base_stays_locked(
    http: httpx.Client, town: Running, shape: str, body: dict[str, Any]
) -> None:
    town.call(lambda world: world.flip({"airtable_429_body": shape, "airtable_lock_seconds": 0.3}))
    town.house.paced = True
    answers = [http.get(LEADS, headers=KEY) for _ in range(8)]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert {answer.status_code for answer in answers[5:]} == {429}
    assert answers[-1].json() == body
    assert "retry-after" not in answers[-1].headers
    other = http.get("/airtable/v0/appOther000000000/x", headers=KEY)
    assert other.status_code == 403


def test_pyairtable_waits_out_a_short_lock_by_itself(town: Running) -> None:
    town.call(lambda world: world.flip({"airtable_lock_seconds": 0.2}))
    town.house.paced = True
    patient = Api(
        SANDBOX_AIRTABLE_TOKEN, endpoint_url=f"{town.url}/airtable", retry_strategy=retry_strategy(backoff_factor=0.2)
    )
    table = patient.table(SANDBOX_BASE_ID, SANDBOX_TABLE_ID)
    for _ in range(7):
        table.all()


def test_the_months_calls_are_limited_in_world_time_and_meta_goes_on(
    http: httpx.Client, leads: Table, town: Running
) -> None:
    town.call(lambda world: world.flip({"airtable_monthly_calls": 2}))
    leads.all()
    leads.all()
    assert error_of(http, "GET", LEADS)[:2] == (429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED")
    assert call(http, "GET", "/airtable/v0/meta/bases")[0] == 200
    town.call(lambda world: world.advance(timedelta(days=10)))
    assert call(http, "GET", LEADS)[0] == 200


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("retriable", 503, "RETRIABLE_ERROR"),
        ("server_error", 500, "SERVER_ERROR"),
        ("billing_limit", 429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED"),
        ("unknown_field", 422, "UNKNOWN_FIELD_NAME"),
        ("unknown_option", 422, "INVALID_MULTIPLE_CHOICE_OPTIONS"),
    ],
)
def test_a_fault_has_its_status_and_type(
    *, http: httpx.Client, leads: Table, town: Running, fault: str, status: int, kind: str
) -> None:
    arm(town, f"airtable.{fault}")
    assert error_of(http, "POST", LEADS, json={"fields": {"Name": "x"}})[:2] == (status, kind)
    assert leads.all() == []


def test_a_write_may_have_happened_although_the_answer_says_retry(leads: Table, town: Running) -> None:
    arm(town, "airtable.write_then_503")
    with pytest.raises(requests.HTTPError):
        leads.create({"Name": "once"})
    arm(town, "airtable.write_then_lost")
    with pytest.raises(requests.RequestException):
        leads.create({"Name": "twice"})
    assert {record["fields"]["Name"] for record in leads.all()} == {"once", "twice"}


def test_a_gateway_may_answer_with_a_page(http: httpx.Client, town: Running) -> None:
    arm(town, "airtable.bad_gateway")
    answer = http.get(LEADS, headers=KEY)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


def test_an_owner_may_rename_a_field_or_a_view(http: httpx.Client, leads: Table, town: Running) -> None:
    leads.create({"Name": "Ann", "Email": "ann@c.example"})
    arm(town, "airtable.renamed_field", match="Email", count=None)
    assert call(http, "GET", LEADS)[1]["records"][0]["fields"]["Email (old)"] == "ann@c.example"
    assert error_of(http, "POST", LEADS, json={"fields": {"Email": "x"}})[1] == "UNKNOWN_FIELD_NAME"
    town.call(lambda world: world.faults.disarm())
    arm(town, "airtable.renamed_view", match="Queue", count=None)
    assert error_of(http, "GET", LEADS, params={"view": "Queue"})[1] == "VIEW_NAME_NOT_FOUND"


def test_a_record_may_vanish_between_listing_and_update(leads: Table, town: Running) -> None:
    made = leads.create({"Name": "Ann"})
    arm(town, "airtable.record_vanishes")
    with pytest.raises(requests.HTTPError) as e:
        leads.update(made["id"], {"Title": "x"})
    assert e.value.response.json()["error"]["type"] == "MODEL_ID_NOT_FOUND"
