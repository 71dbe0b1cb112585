"""Mails and events in Brevo's spelling, and listings page by page."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.backoff import Patience
from resources.mail_provider import wire
from resources.mail_provider.client import connect
from resources.mail_provider.gateway import EventKind, OutgoingMail
from rules.failures import FailureKind, ServiceFailure

DAY = date(2026, 11, 23)


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    known = {
        "date": "2026-11-23T09:36:46.364+08:00",
        "email": "grace@harbour.example",
        "event": "requests",
        "messageId": f"<{number}@smtp-relay.mailin.fr>",
        "tag": "",
    }
    return {**known, **changes}


def test_the_body_of_a_send_is_complete(mail: OutgoingMail) -> None:
    body = wire.mail_body(replace(mail, sandbox_drop=True, attachments={"chart.png": b"\x89PNG"}))

    assert body == {
        "sender": {"email": mail.sender_email, "name": "Ada Marsh"},
        "to": [{"email": "grace@harbour.example", "name": "Grace Hopper"}],
        "replyTo": {"email": "replies@outreach.example"},
        "subject": mail.subject,
        "htmlContent": mail.html,
        "textContent": mail.text,
        "headers": {
            "List-Unsubscribe": "<https://outreach.example/u/1>",
            "In-Reply-To": "<1@outreach.example>",
            "X-Mailin-custom": mail.send_key,
            "idempotencyKey": mail.idempotency_key,
            "X-Sib-Sandbox": "drop",
        },
        "tags": [mail.send_key],
        "attachment": [{"name": "chart.png", "content": "iVBORw=="}],
    }


@pytest.mark.rule("A4")
@pytest.mark.parametrize("field", ["subject", "text", "html"])
@pytest.mark.parametrize("blank", ["", "  \n\t "])
def test_a_mail_with_an_empty_part_never_reaches_the_wire(mail: OutgoingMail, field: str, blank: str) -> None:
    with pytest.raises(ServiceFailure) as refused:
        wire.mail_body(replace(mail, **{field: blank}))  # type: ignore[arg-type] # all three are text

    assert refused.value.failure.kind is FailureKind.PERMANENT


FIELDS = ["subject", "sender_name", "to_name", "sender_email", "to_email", "reply_to", "send_key", "headers"]


@given(break_=st.sampled_from("\r\n\0"), before=st.text(), after=st.text(), field=st.sampled_from(FIELDS))
def test_no_line_break_or_nul_gets_into_a_header(break_: str, before: str, after: str, field: str) -> None:
    broken = f"{before}{break_}{after}"
    value: Any = {"X-Any": broken} if field == "headers" else broken
    plain = OutgoingMail("key", "uuid", "A", "a@b.example", "C", "c@d.example", "e@f.example", "S", "t", "<p>t</p>")

    with pytest.raises(ServiceFailure) as refused:
        wire.mail_body(replace(plain, **{field: value}))

    assert refused.value.failure.code in {"line_break_in_header", "empty_mail"}


@pytest.mark.rule("B2")
def test_a_header_that_brevo_would_mangle_is_refused_and_a_subject_may_hold_any_letter(mail: OutgoingMail) -> None:
    assert wire.mail_body(replace(mail, subject="Grüße 日本"))["subject"] == "Grüße 日本"
    with pytest.raises(ServiceFailure, match="ASCII"):
        wire.mail_body(replace(mail, headers={"X-Place": "Lübeck"}))


def test_the_headers_that_identify_a_send_cannot_be_overruled(mail: OutgoingMail) -> None:
    with pytest.raises(ServiceFailure, match="idempotencykey"):
        wire.mail_body(replace(mail, headers={"idempotencykey": "mine"}))


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        ("", None),
        (None, None),
        ("a/1", "a/1"),
        ('["a/1"]', "a/1"),
        ('["a/1","b"]', "a/1"),
        ("[]", None),
        (["a/1"], "a/1"),
        ("[odd", "[odd"),
    ],
)
def test_our_key_is_read_from_every_spelling_of_a_tag(tag: Any, key: str | None) -> None:
    assert wire.send_key(tag) == key


@pytest.mark.rule("B41")
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("requests", EventKind.REQUEST),
        ("hardBounces", EventKind.HARD_BOUNCE),
        ("hard_bounce", EventKind.HARD_BOUNCE),
        ("softBounces", EventKind.SOFT_BOUNCE),
        ("invalid", EventKind.INVALID),
        ("invalid_email", EventKind.INVALID),
        ("spam", EventKind.COMPLAINT),
        ("complaint", EventKind.COMPLAINT),
        ("loadedByProxy", EventKind.PROXY_OPEN),
        ("unique_proxy_open", EventKind.PROXY_OPEN),
        ("unique_opened", EventKind.OPENED),
        ("clicks", EventKind.CLICKED),
        ("unsubscribe", EventKind.UNSUBSCRIBED),
        ("a_kind_of_2027", EventKind.UNRECOGNISED),
    ],
)
def test_every_spelling_of_an_event_is_one_kind_and_an_unknown_one_is_kept(name: str, kind: EventKind) -> None:
    assert wire.event(item(event=name)).kind is kind


def test_an_event_keeps_its_reason_link_and_raw_item() -> None:
    raw = item(event="clicks", reason=" 550 gone ", link="https://a.example/", tag='["k"]', messageId="7@x")

    event = wire.event(raw)

    assert event.at == datetime(2026, 11, 23, 1, 36, 46, 364000, tzinfo=UTC)
    assert (event.reason, event.link, event.send_key, event.message_id) == (
        "550 gone",
        "https://a.example/",
        "k",
        "<7@x>",
    )
    assert event.raw is raw


def transport(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(answer)


@pytest.mark.rule("A8")
async def test_a_listing_that_breaks_on_a_later_page_starts_over_and_is_never_partial(patience: Patience) -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        asked.append(offset)
        if offset == 5000 and asked.count(5000) == 1:
            return httpx.Response(502, text="<html/>")
        first, last = (0, 5000) if offset == 0 else (4990, 5100)  # the second page overlaps the first
        return httpx.Response(200, json={"events": [item(number) for number in range(first, last)]})

    async with connect("k", patience=patience, transport=transport(answer)) as provider:
        events = await provider.events(DAY, DAY)

    assert asked == [0, 5000, 0, 5000]
    assert len(events) == 5100


@pytest.mark.rule("A8")
async def test_a_listing_that_keeps_breaking_raises_instead_of_returning_what_it_has(patience: Patience) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params["offset"] == "0":
            return httpx.Response(200, json={"events": [item(number) for number in range(5000)]})
        return httpx.Response(500)

    async with connect("k", patience=patience, transport=transport(answer)) as provider:
        with pytest.raises(ServiceFailure):
            await provider.events(DAY, DAY)


async def test_a_page_that_must_wait_does_not_start_the_listing_over(patience: Patience) -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(int(request.url.params["offset"]))
        if asked == [0, 5000]:
            return httpx.Response(429, json={"code": "too_many_requests"}, headers={"x-sib-ratelimit-reset": "5"})
        return httpx.Response(200, json={"events": [item(n) for n in range(5000)] if asked[-1] == 0 else []})

    async with connect("k", patience=patience, transport=transport(answer)) as provider:
        assert len(await provider.events(DAY, DAY)) == 5000
    assert asked == [0, 5000, 5000]


@pytest.mark.parametrize("days", [-1, 90, 400])
async def test_more_days_than_brevo_keeps_are_refused_before_asking(patience: Patience, days: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(json.dumps(str(request.url)))

    async with connect("k", patience=patience, transport=transport(answer)) as provider:
        with pytest.raises(ValueError, match="90 days"):
            await provider.events(DAY, date.fromordinal(DAY.toordinal() + days))
