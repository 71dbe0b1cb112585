"""Inbound parsing: the documented body becomes the message it was; anything else is an error that says why."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.inbound import read_message
from rules.inbound_parse import UnreadableBody, messages_in
from rules.replies import ReplyClass, classify_reply

ITEM: dict[str, Any] = {
    "Uuid": ["0d5e"], "MessageId": "<a@harbour.example>", "InReplyTo": "<1@relay.example>",
    "From": {"Name": "Grace Höpper", "Address": "GRACE@harbour.example"},
    "To": [{"Name": None, "Address": "replies@outreach.example"}], "Cc": [], "ReplyTo": None,
    "SentAtDate": "Mon, 23 Nov 2026 10:00:00 +0100", "Subject": "Re: Grüße", "Attachments": [],
    "Headers": {
        "References": "<0@relay.example> <1@relay.example>", "Received": ["from a by b", "from c by d"],
        "Auto-Submitted": "auto-replied", "Content-Type": "text/plain; charset=utf-8", "Bad\r\nName": "x",
    },
    "SpamScore": 1.2, "ExtractedMarkdownMessage": "Ich bin im Urlaub.", "ExtractedMarkdownSignature": None,
    "RawHtmlBody": None, "RawTextBody": "Ich bin bis 4. Dezember im Urlaub.\n\n> unsubscribe",
}  # fmt: skip


def body(**changes: Any) -> bytes:
    return json.dumps({"items": [ITEM | changes]}).encode()


def test_an_item_becomes_the_message_it_was() -> None:
    (message,) = messages_in(body())
    inbound = read_message(message.raw)

    assert message.uid == "0d5e"
    assert (inbound.message_id, inbound.sender) == ("<a@harbour.example>", "grace@harbour.example")
    assert inbound.answers == ("<1@relay.example>", "<0@relay.example>")
    assert inbound.subject == "Re: Grüße"
    assert inbound.automatic == "Auto-Submitted: auto-replied"
    assert inbound.words == "Ich bin bis 4. Dezember im Urlaub."
    assert classify_reply(inbound, today=date(2026, 11, 23)).back_on == date(2026, 12, 4)


def test_the_same_body_makes_the_same_bytes() -> None:
    assert messages_in(body()) == messages_in(body())


def test_a_report_stays_one_though_its_parts_are_not_posted() -> None:
    headers = {"Content-Type": 'multipart/report; report-type=delivery-status; boundary="x"'}
    (message,) = messages_in(body(Headers=headers, RawTextBody="No such user."))
    assert classify_reply(read_message(message.raw), today=date(2026, 11, 23)).label is ReplyClass.BOUNCE


def test_html_alone_is_read_too() -> None:
    (message,) = messages_in(body(RawTextBody=None, RawHtmlBody="<html><p>Sounds <b>good</b></p></html>", Headers={}))
    assert classify_reply(read_message(message.raw), today=date(2026, 11, 23)).label is ReplyClass.POSITIVE


@pytest.mark.parametrize(
    ("posted", "problem"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[]", "no list of items"),
        (b'{"items": []}', "no list of items"),
        (b'{"items": [3]}', "item 1 is no object"),
        (b'{"items": [{"Subject": "x"}]}', "item 1 has neither a sender nor a text"),
    ],
)
def test_a_body_of_another_form_is_an_error_that_says_so(posted: bytes, problem: str) -> None:
    with pytest.raises(UnreadableBody, match=problem):
        messages_in(posted)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(ITEM)), JUNK, max_size=6))
def test_any_item_is_a_message_or_an_error(junk: dict[str, Any]) -> None:
    try:
        (message,) = messages_in(body(**junk))
    except UnreadableBody:
        return
    assert classify_reply(read_message(message.raw), today=date(2026, 11, 23)).reason
