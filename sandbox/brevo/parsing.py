"""Inbound parsing: a letter as the JSON item that is posted to an inbound webhook.

The one thing that must hold: what the person wrote stands in the item as they wrote it; how it was packed does not.
"""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

_QUOTE: Final = re.compile(r"^(>|.{0,200}<[^>\s]+@[^>\s]+>.{0,40}:$)")


def item(raw: bytes) -> dict[str, Any]:
    """Take a letter apart as the provider documents it."""
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    text, html = _body(letter, "plain"), _body(letter, "html")
    answer, _, signature = _own(text).partition("\n-- \n")
    return {
        "Uuid": [str(uuid5(NAMESPACE_URL, raw.decode("latin-1")))],
        "MessageId": str(letter.get("Message-ID", "")),
        "InReplyTo": str(letter["In-Reply-To"]) if letter["In-Reply-To"] else None,
        "From": _people(letter, "From")[0] if _people(letter, "From") else {"Name": None, "Address": ""},
        "To": _people(letter, "To"),
        "Cc": _people(letter, "Cc"),
        "ReplyTo": next(iter(_people(letter, "Reply-To")), None),
        "SentAtDate": str(letter.get("Date", "")),
        "Subject": str(letter.get("Subject", "")),
        "Attachments": [
            {
                "Name": part.get_filename() or "",
                "ContentType": part.get_content_type(),
                "ContentLength": len(part.as_bytes()),
                "ContentID": str(part.get("Content-ID", "")),
                "DownloadToken": str(uuid5(NAMESPACE_URL, f"{letter.get('Message-ID', '')}{part.get_filename()}")),
            }
            for part in letter.iter_attachments()
        ],
        "Headers": _headers(letter),
        "SpamScore": 1.2,
        "ExtractedMarkdownMessage": answer.strip(),
        "ExtractedMarkdownSignature": signature.strip() or None,
        "RawHtmlBody": html or None,
        "RawTextBody": text or None,
    }


def _body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body(preferencelist=(kind,)) if not letter.get_content_type().endswith("/report") else None
    if part is None and kind == "plain":
        part = next((one for one in letter.walk() if one.get_content_type() == "text/plain"), None)
    content = part.get_content() if isinstance(part, EmailMessage) else ""
    return content if isinstance(content, str) else ""


def _own(text: str) -> str:
    kept: list[str] = []
    for line in text.splitlines():
        if _QUOTE.match(line):
            break
        kept.append(line)
    return "\n".join(kept)


def _people(letter: EmailMessage, header: str) -> list[dict[str, Any]]:
    found = getaddresses([str(value) for value in letter.get_all(header, [])])
    return [{"Name": name or None, "Address": address} for name, address in found if address]


def _headers(letter: EmailMessage) -> dict[str, str | list[str]]:
    """A header that is there once is a text, one that is repeated a list."""
    collected: dict[str, list[str]] = {}
    for name, value in letter.items():
        collected.setdefault(name, []).append(str(value))
    return {name: values[0] if len(values) == 1 else values for name, values in collected.items()}
