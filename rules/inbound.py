"""What is read from a raw inbound message: headers, the words its writer wrote, and what kind of report it is.

What must hold: a broken message is read as far as it goes, and what somebody quoted is never taken for their words.
"""

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from enum import StrEnum

from rules.html_text import words_of
from rules.quoting import own_words


class Report(StrEnum):
    """What a report that came as mail says (RFC 3464, 5965, 8098)."""

    FAILED = "failed"
    """The mail did not arrive and will not."""
    WAITING = "waiting"
    """The mail has not arrived yet, or has: nothing to act upon."""
    COMPLAINT = "complaint"
    """Somebody called the mail spam."""
    READ = "read"
    """A read receipt."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What is read from a raw message.

    Attributes:
        answers: Message ids from In-Reply-To and References, newest first, angle brackets included.
        words: The text the person wrote, without what they quoted.
        automatic: The header by which a machine says that it wrote this.
        hinted: A header that machines set, and help desks on what their people write.
        enclosing: Whether the message carries parts besides its text.
    """

    message_id: str
    sender: str
    subject: str
    sent_at_header: str
    answers: tuple[str, ...]
    words: str
    automatic: str | None
    hinted: str | None
    enclosing: bool
    report: Report | None


def read_message(raw: bytes) -> Inbound:
    """Read a raw RFC 5322 message; broken parts are read as far as they go."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    senders = getaddresses([_header(message, "From")])
    answers = (
        _header(message, "In-Reply-To") + " " + " ".join(reversed(_header(message, "References").split()))
    ).split()
    return Inbound(
        message_id=_header(message, "Message-ID").strip(),
        sender=senders[0][1].casefold() if senders else "",
        subject=_header(message, "Subject"),
        sent_at_header=_header(message, "Date"),
        answers=tuple(dict.fromkeys(answers)),
        words=own_words(_text(message)),
        automatic=_automatic(message),
        hinted=_hinted(message),
        enclosing=message.get_content_type() == "multipart/mixed",
        report=_report(message),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "") or "")
    except (ValueError, IndexError, AttributeError):  # the standard library gives up on some malformed headers
        return ""


def _text(message: EmailMessage) -> str:
    part = None
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        content = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError, KeyError):
        payload = message.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    text = content if isinstance(content, str) else ""
    marked = part is not None and part.get_content_type() == "text/html"
    return words_of(text) if marked or "<html" in text[:500].casefold() else text


_MACHINE_HEADERS = ("X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Mail-Autoreply", "X-Auto-Reply-From")
_MACHINE_PRECEDENCE = ("auto_reply", "auto-reply", "bulk", "junk")


def _automatic(message: EmailMessage) -> str | None:
    """The header that says no person wrote this (RFC 3834 and what vendors use)."""
    submitted = _header(message, "Auto-Submitted").split(";")[0].strip().casefold()
    if submitted and submitted not in ("no", "auto-generated"):
        return f"Auto-Submitted: {submitted}"
    for name in _MACHINE_HEADERS:
        if _header(message, name):
            return name
    precedence = _header(message, "Precedence").casefold()
    return f"Precedence: {precedence}" if precedence in _MACHINE_PRECEDENCE else None


def _hinted(message: EmailMessage) -> str | None:
    submitted = _header(message, "Auto-Submitted").split(";")[0].strip().casefold()
    if submitted == "auto-generated":
        return "Auto-Submitted: auto-generated"
    if _header(message, "X-Auto-Response-Suppress"):
        return "X-Auto-Response-Suppress"
    return "an empty return path" if _header(message, "Return-Path").strip() == "<>" else None


def _report(message: EmailMessage) -> Report | None:
    """The kind of a ``multipart/report``; one that does not say what it is counts as a failure."""
    if message.get_content_type() != "multipart/report":
        return None
    kind = str(message.get_param("report-type", "")).casefold()
    if kind == "feedback-report":
        return Report.COMPLAINT
    if kind == "disposition-notification":
        return Report.READ
    actions = {action.casefold() for action in ACTION.findall(message.as_string())}
    return Report.WAITING if actions and "failed" not in actions else Report.FAILED


ACTION = re.compile(r"^Action:\s*(failed|delayed|delivered|relayed|expanded)\b", re.IGNORECASE | re.MULTILINE)


def sent_at(inbound: Inbound) -> str | None:
    """The Date header as ISO text, or ``None`` where it cannot be read."""
    try:
        moment = parsedate_to_datetime(inbound.sent_at_header)
    except (TypeError, ValueError):
        return None
    return moment.isoformat() if moment.tzinfo else None
