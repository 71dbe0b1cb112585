"""Posted events are read in both shapes, in the webhook's spelling, on its one true clock."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from resources.mail_provider.gateway import EventKind
from resources.mail_provider.webhook import read_post

AT = datetime(2026, 11, 23, 9, 30, 15, 364000, tzinfo=UTC)
ITEM: dict[str, Any] = {
    "event": "unique_opened", "email": "Grace@Harbour.com", "id": 26224, "date": "2026-11-23 02:30:15",
    "ts": 1795401015, "ts_event": 1795401015, "ts_epoch": int(AT.timestamp() * 1000), "message-id": "<a.b@relay>",
    "subject": "A question", "tag": '["spring.opener.1","x"]', "user_agent": " Mozilla/5.0 ",
}  # fmt: skip


def body(*items: Any, shape: str = "array") -> bytes:
    return json.dumps(
        {"one": items[0] if items else None, "array": list(items), "events": {"events": list(items)}}[shape]
    ).encode()


@pytest.mark.parametrize("shape", ["one", "array", "events"])
def test_each_shape_of_a_body_is_read(shape: str) -> None:
    posted = read_post(body(ITEM, shape=shape))
    (event,) = posted.events
    assert posted.problems == ()
    assert (event.kind, event.at, event.message_id) == (EventKind.OPENED, AT, "<a.b@relay>")
    assert (event.email, event.send_key, event.agent) == ("Grace@Harbour.com", "spring.opener.1", "Mozilla/5.0")


@pytest.mark.rule("B41")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("request", "request"), ("delivered", "delivered"), ("hard_bounce", "hard_bounce"), ("click", "clicked"),
     ("soft_bounce", "soft_bounce"), ("deferred", "deferred"), ("blocked", "blocked"), ("invalid_email", "invalid"),
     ("spam", "complaint"), ("complaint", "complaint"), ("opened", "opened"), ("unique_opened", "opened"),
     ("proxy_open", "proxy_open"), ("unique_proxy_open", "proxy_open"), ("unsubscribed", "unsubscribed"),
     ("unsubscribe", "unsubscribed"), ("error", "error"), ("something_new", "unrecognised")],
)  # fmt: skip
def test_every_name_of_a_webhook_has_its_kind(name: str, kind: str) -> None:
    assert read_post(body(ITEM | {"event": name})).events[0].kind == kind


def test_seconds_brackets_and_tags_in_other_spellings_are_read() -> None:
    plain = ITEM | {"ts_epoch": int(AT.timestamp()), "message-id": "a.b@relay", "tag": "spring.opener.2"}
    listed = ITEM | {"tags": ["spring.opener.3"]}
    bare = {name: value for name, value in ITEM.items() if name != "tag"} | {"X-Mailin-custom": "spring.opener.4"}
    first, second, third = read_post(body(plain, listed, bare)).events
    assert (first.at, first.message_id) == (AT.replace(microsecond=0), "<a.b@relay>")
    assert [event.send_key for event in (first, second, third)] == [f"spring.opener.{n}" for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("item", "problem"),
    [("text", "it is no JSON object"), ({}, "it has no event"), (ITEM | {"email": " "}, "its email is no text"),
     (ITEM | {"message-id": 7}, "its message-id is no text"),
     (ITEM | {"ts_epoch": "soon"}, "its ts_epoch is no number"),
     (ITEM | {"ts_epoch": True}, "its ts_epoch is no number"), (ITEM | {"ts_epoch": 1e300}, "")],
)  # fmt: skip
def test_a_broken_item_costs_only_itself(item: Any, problem: str) -> None:
    posted = read_post(body(ITEM, item, ITEM))
    assert len(posted.events) == 2
    assert posted.problems[0].startswith(f"item 2 of 3: {problem}")


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"[]", b'{"events":[]}', b"null", b"7"])
def test_a_body_that_says_nothing_is_a_problem_and_never_an_exception(raw: bytes) -> None:
    posted = read_post(raw)
    assert (posted.events, len(posted.problems)) == ((), 1)
