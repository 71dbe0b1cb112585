"""Inbound mail as Brevo's parsing posts it: JSON items, each made into the message it was.

What must hold: the same item makes the same bytes, so that a body posted twice is one message; an item without sender
and text is an error that says so. (https://developers.brevo.com/docs/inbound-parse-webhooks)
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.policy import SMTP
from typing import Any, Final


class UnreadableBody(ValueError):
    """The body is not what the provider documents; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message out of a posted body: the provider's id of it, and the raw message."""

    uid: str
    raw: bytes


_OWN: Final = frozenset({"content-transfer-encoding", "mime-version", "content-type"})
"""Headers that describe how the message was packed, which is undone."""


def messages_in(body: bytes) -> Sequence[Parsed]:
    """Every message of a body, in order.

    Raises:
        UnreadableBody: It is no JSON object with a list of items, or an item has neither a sender nor text.
    """
    try:
        document = json.loads(body)
    except ValueError as error:  # broken JSON, or bytes that are no text
        raise UnreadableBody("the body is no JSON") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or not items:
        raise UnreadableBody("the body has no list of items")
    return [_message(item, place) for place, item in enumerate(items, 1)]


def _message(item: Any, place: int) -> Parsed:
    if not isinstance(item, dict):
        raise UnreadableBody(f"item {place} is no object")
    headers = _headers(item)
    text, html = str(item.get("RawTextBody") or ""), str(item.get("RawHtmlBody") or "")
    sender = _address(item.get("From"))
    if not sender and not (text or html):
        raise UnreadableBody(f"item {place} has neither a sender nor a text")
    kind = next((value for name, value in headers if name.casefold() == "content-type"), "")
    reports = kind.casefold().startswith("multipart/report")
    message: Message = _report(kind, text) if reports else _letter(text, html)
    fields = {
        "From": sender, "Message-ID": item.get("MessageId"), "In-Reply-To": item.get("InReplyTo"),
        "Date": item.get("SentAtDate"), "Subject": item.get("Subject"),
    }  # fmt: skip
    for name, value in headers:
        if name.casefold() not in _OWN and not any(name.casefold() == known.casefold() for known in fields):
            message[name] = value
    for name, given in fields.items():
        if given:
            message[name] = _one_line(str(given))
    raw = message.as_bytes(policy=SMTP.clone(utf8=True, cte_type="8bit"))
    ids = item.get("Uuid")
    uid = str(ids[0]) if isinstance(ids, list) and ids else hashlib.sha256(raw).hexdigest()[:32]
    return Parsed(uid, raw)


def _headers(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value of every header that can be written again; a repeated one comes as a list."""
    given = item.get("Headers")
    found: list[tuple[str, str]] = []
    for name, value in given.items() if isinstance(given, dict) else ():
        values = value if isinstance(value, list) else [value]
        if name.isascii() and name.replace("-", "").replace("_", "").isalnum():
            found += [(name, _one_line(str(one))) for one in values]
    return found


def _letter(text: str, html: str) -> EmailMessage:
    letter = EmailMessage()
    if text or not html:
        letter.set_content(text)
    else:
        letter.set_content(html, subtype="html")
    return letter


def _report(kind: str, text: str) -> Message:
    """A report whose machine-readable part the provider keeps to itself: what is left is its kind and its words."""
    report = EmailMessage()
    part = EmailMessage()
    part.set_content(text)
    report["Content-Type"] = f'multipart/report; report-type={_kind_of(kind)}; boundary="parsed-report"'
    report.set_payload([part])
    return report


def _kind_of(header: str) -> str:
    for kind in ("feedback-report", "disposition-notification"):
        if kind in header.casefold():
            return kind
    return "delivery-status"


def _address(given: Any) -> str:
    return str(given.get("Address") or "").strip() if isinstance(given, dict) else ""


def _one_line(value: str) -> str:
    return " ".join(value.split())
