"""How the Brevo stand-in refuses and misleads: keys, pools, money, lost answers, disorder in the log."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.keys import SANDBOX_BREVO_KEY
from sandbox.serving import Running
from sandbox.world.mail import EventKind

KEY = {"api-key": SANDBOX_BREVO_KEY}
MAIL: dict[str, Any] = {
    "sender": {"email": "ada@outreach.example"},
    "to": [{"email": "ann@alder.example"}],
    "subject": "Hi",
    "htmlContent": "<p>Hi</p>",
    "tags": ["tag1", "tag2"],
    "headers": {"X-Mailin-custom": '{"meta": "data"}'},
}


def send(http: httpx.Client, **changes: Any) -> httpx.Response:
    return http.post("/brevo/v3/smtp/email", json=MAIL | changes, headers=KEY)


def events(http: httpx.Client, **query: Any) -> Any:
    return http.get("/brevo/v3/smtp/statistics/events", params={"sort": "asc"} | query, headers=KEY)


def arm(town: Running, name: str, **more: Any) -> None:
    town.call(lambda world: world.faults.arm(f"brevo.{name}", **({"count": 1} | more)))


def advance(town: Running, **span: float) -> None:
    town.call(lambda world: world.advance(timedelta(**span)))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "authentication not found in headers"),
        ({"x-api-key": SANDBOX_BREVO_KEY}, "authentication not found in headers"),
        ({"api-key": "xsmtpsib-wrong"}, "Key not found"),
    ],
)
def test_keys(http: httpx.Client, headers: dict[str, str], message: str) -> None:
    answer = http.get("/brevo/v3/account", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"message": message, "code": "unauthorized"})


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("duplicate_parameter", 400, "duplicate_parameter"),
        ("no_credits_400", 400, "not_enough_credits"),
        ("no_credits_402", 402, "not_enough_credits"),
        ("under_validation", 402, "account_under_validation"),
        ("unrecognised_ip", 401, "unauthorized"),
        ("key_revoked", 401, "unauthorized"),
        ("not_activated", 403, "permission_denied"),
        ("rate_limited", 429, "too_many_requests"),
        ("server_error", 500, "internal_error"),
    ],
)
def test_a_refused_send_sends_nothing(*, http: httpx.Client, town: Running, fault: str, status: int, code: str) -> None:
    arm(town, fault)
    answer = send(http)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert town.world.provider.mails == {}
    assert send(http).status_code == 201


def test_a_fault_can_be_kept_to_one_address(http: httpx.Client, town: Running) -> None:
    arm(town, "no_credits_402", match="bob@", count=None)
    assert send(http).status_code == 201
    assert send(http, to=[{"email": "bob@birch.example"}]).status_code == 402


def test_a_mail_may_be_taken_although_the_answer_is_an_error_or_none(http: httpx.Client, town: Running) -> None:
    arm(town, "accepted_then_502")
    assert send(http).status_code == 502
    arm(town, "accepted_then_lost")
    with pytest.raises(httpx.TransportError):
        send(http)
    assert len(town.world.provider.mails) == 2
    arm(town, "lost")
    with pytest.raises(httpx.TransportError):
        send(http)
    assert len(town.world.provider.mails) == 2


@pytest.mark.parametrize(("fault", "kind"), [("error_event", EventKind.ERROR), ("blocked_event", EventKind.BLOCKED)])
def test_a_taken_mail_may_never_leave(http: httpx.Client, town: Running, fault: str, kind: EventKind) -> None:
    arm(town, fault)
    assert send(http).status_code == 201
    advance(town, hours=1)
    assert [event.kind for event in town.world.provider.events] == [EventKind.REQUESTS, kind]


def test_hourly_pools_count_world_time_and_say_how_long(http: httpx.Client, town: Running) -> None:
    answers = [events(http) for _ in range(301)]
    assert {answer.status_code for answer in answers[:300]} == {200}
    refused = answers[300]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["x-sib-ratelimit-limit"] == "300"
    assert refused.headers["x-sib-ratelimit-remaining"] == "0"
    assert refused.headers["x-sib-ratelimit-reset"] == "3600"
    assert "retry-after" not in refused.headers
    assert send(http).status_code == 201
    advance(town, hours=1)
    assert events(http).status_code == 200


def test_the_account_has_a_pool_of_its_own(http: httpx.Client) -> None:
    codes = [http.get("/brevo/v3/account", headers=KEY).status_code for _ in range(101)]
    assert codes == [200] * 100 + [429]


def test_two_log_queries_a_second_are_the_most_when_paced(http: httpx.Client, town: Running) -> None:
    town.house.paced = True
    query = {"email": "ann@alder.example"}
    codes = [http.get("/brevo/v3/smtp/emails", params=query, headers=KEY).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"startDate": "2026-11-23"}, "missing_parameter"),
        ({"startDate": "2026-11-23", "endDate": "2026-11-01"}, "invalid_parameter"),
        ({"startDate": "2026-01-01", "endDate": "2026-11-01"}, "invalid_parameter"),
        ({"startDate": "yesterday", "endDate": "2026-11-01"}, "invalid_parameter"),
        ({"days": 3, "startDate": "2026-11-01", "endDate": "2026-11-02"}, "invalid_parameter"),
        ({"days": 91}, "out_of_range"),
        ({"limit": 5_001}, "out_of_range"),
        ({"limit": "many"}, "invalid_parameter"),
        ({"event": "nonsense"}, "invalid_parameter"),
        ({"sort": "up"}, "invalid_parameter"),
    ],
)
def test_a_wrong_query_is_refused(http: httpx.Client, query: dict[str, Any], code: str) -> None:
    answer = events(http, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def _many(http: httpx.Client, town: Running) -> list[dict[str, Any]]:
    for number in range(15):
        send(http, to=[{"email": f"p{number}@c{number}.example"}])
    advance(town, hours=3)
    return list(events(http).json()["events"])


def test_a_page_of_events_may_be_shuffled_repeated_missing_or_unknown(http: httpx.Client, town: Running) -> None:
    whole = _many(http, town)
    arm(town, "events_shuffled")
    shuffled = events(http).json()["events"]
    assert shuffled != whole
    assert sorted(map(json.dumps, shuffled)) == sorted(map(json.dumps, whole))
    arm(town, "events_repeated")
    assert len(events(http).json()["events"]) > len(whole)
    arm(town, "events_missing")
    assert events(http).json() == {}
    arm(town, "events_not_found")
    assert events(http).status_code == 404
    arm(town, "ids_without_brackets", count=None)
    assert all("<" not in event["messageId"] for event in events(http).json()["events"])


def test_events_may_be_hours_late(http: httpx.Client, town: Running) -> None:
    arm(town, "events_late", count=None, value=3.0, match="delivered")
    send(http)
    advance(town, hours=1)
    assert [event["event"] for event in events(http, event="delivered").json()["events"]] == []
    advance(town, hours=3)
    assert len(events(http, event="delivered").json()["events"]) == 1


def test_a_body_that_is_no_json_and_an_unknown_route(http: httpx.Client) -> None:
    broken = http.post("/brevo/v3/smtp/email", headers=KEY, content=b"{")
    assert (broken.status_code, broken.json()["code"]) == (400, "bad_request")
    assert http.get("/brevo/v3/nothing", headers=KEY).json()["code"] == "document_not_found"
