"""How a mail and an event look on Brevo's wire: pure translations, no I/O.

What must hold: no header, name or subject with a line break or NUL leaves this module, and an event is never dropped
because it is spelled in a way nobody expected.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from resources.mail_provider.errors import unreadable
from resources.mail_provider.gateway import (
    BlockedContact,
    EventKind,
    OutgoingMail,
    ProviderAccount,
    ProviderEvent,
    SenderDomain,
)
from rules.failures import FailureKind, ServiceFailure

_KINDS: Final[Mapping[str, EventKind]] = {
    "requests": EventKind.REQUEST,
    "request": EventKind.REQUEST,
    "sent": EventKind.REQUEST,
    "delivered": EventKind.DELIVERED,
    "hardbounces": EventKind.HARD_BOUNCE,
    "hardbounce": EventKind.HARD_BOUNCE,
    "softbounces": EventKind.SOFT_BOUNCE,
    "softbounce": EventKind.SOFT_BOUNCE,
    "deferred": EventKind.DEFERRED,
    "blocked": EventKind.BLOCKED,
    "invalid": EventKind.INVALID,
    "invalidemail": EventKind.INVALID,
    "error": EventKind.ERROR,
    "spam": EventKind.COMPLAINT,
    "complaint": EventKind.COMPLAINT,
    "unsubscribed": EventKind.UNSUBSCRIBED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "opened": EventKind.OPENED,
    "uniqueopened": EventKind.OPENED,
    "loadedbyproxy": EventKind.PROXY_OPEN,
    "proxyopen": EventKind.PROXY_OPEN,
    "uniqueproxyopen": EventKind.PROXY_OPEN,
    "clicks": EventKind.CLICKED,
    "click": EventKind.CLICKED,
}
_LONGEST_NAME: Final = 70
_FORBIDDEN_IN_HEADERS: Final = re.compile(r"[\r\n\0]")
_OUR_HEADERS: Final = frozenset({"x-mailin-custom", "idempotencykey", "x-sib-sandbox"})


def mail_body(mail: OutgoingMail) -> dict[str, Any]:
    """Build the body of ``POST /smtp/email``.

    Raises:
        ServiceFailure: ``PERMANENT``, before anything is sent: a header that would break the mail, an empty subject or
            body (rule A4), or a header that is ours to set.
    """
    headers = _headers(mail)
    _refuse_line_breaks(mail, headers)
    # Brevo mangles other letters in header values without a word (rule B2).
    if unusual := [name for name, value in headers.items() if not f"{name}{value}".isascii()]:
        raise _refused("non_ascii_header", f"the header {unusual[0]!a} holds more than ASCII")
    if not mail.subject.strip() or not mail.text.strip() or not mail.html.strip():
        raise _refused("empty_mail", "subject, text and html must all say something")
    body: dict[str, Any] = {
        "sender": _person(mail.sender_email, mail.sender_name),
        "to": [_person(mail.to_email, mail.to_name)],
        "replyTo": {"email": mail.reply_to},
        "subject": mail.subject,
        "htmlContent": mail.html,
        "textContent": mail.text,
        "headers": headers,
        "tags": [mail.send_key],
    }
    if mail.attachments:
        body["attachment"] = [
            {"name": name, "content": base64.b64encode(content).decode("ascii")}
            for name, content in mail.attachments.items()
        ]
    return body


def _refuse_line_breaks(mail: OutgoingMail, headers: Mapping[str, str]) -> None:
    single_lines = {
        "subject": mail.subject,
        "sender name": mail.sender_name,
        "recipient name": mail.to_name,
        "sender address": mail.sender_email,
        "recipient address": mail.to_email,
        "reply address": mail.reply_to,
        **{f"header {name}": f"{name}{value}" for name, value in headers.items()},
    }
    if not _FORBIDDEN_IN_HEADERS.search(" ".join(single_lines.values())):
        return
    what = next(what for what, value in single_lines.items() if _FORBIDDEN_IN_HEADERS.search(value))
    raise _refused("line_break_in_header", f"the {what} holds a line break or NUL")


def event(item: Mapping[str, Any]) -> ProviderEvent:
    """Read one event of the statistics feed.

    Raises:
        ServiceFailure: ``TRANSIENT`` where the item has no message id, address or date with an offset: a listing with
            such an item is not a listing.
    """
    try:
        at = datetime.fromisoformat(item["date"])
        message_id, address, name = str(item["messageId"]), str(item["email"]), str(item["event"])
    except (KeyError, TypeError, ValueError) as error:
        raise ServiceFailure(unreadable(f"an event without {error}", sending=False)) from error
    return ProviderEvent(
        kind=kind_of(name),
        message_id=bracketed(message_id),
        email=address,
        at=in_utc(at),
        send_key=send_key(item.get("tag")),
        reason=text(item.get("reason")),
        link=text(item.get("link")),
        raw=item,
        agent=text(item.get("user_agent")),
    )


def kind_of(name: str) -> EventKind:
    """Fold a name as the statistics or a webhook spells it."""
    return _KINDS.get(name.replace("_", "").lower(), EventKind.UNRECOGNISED)


def distinct(events: Iterable[ProviderEvent]) -> Iterator[ProviderEvent]:
    """Pass each event once: pages shift while events arrive, and the feed repeats itself; it has no event id."""
    seen: set[tuple[object, ...]] = set()
    for each in events:
        key = (each.message_id, each.raw["event"], each.at, each.email, each.link)
        if key not in seen:
            seen.add(key)
            yield each


def send_key(tag: Any) -> str | None:
    """Read our send key from an event's tag: plain text, JSON text of the tags array, or the array itself."""
    if isinstance(tag, str) and tag.startswith("["):
        try:
            tag = json.loads(tag)
        except ValueError:
            return tag or None
    if isinstance(tag, list):
        tag = next((each for each in tag if isinstance(each, str) and each), None)
    return tag if isinstance(tag, str) and tag else None


def blocked_contact(item: Mapping[str, Any]) -> BlockedContact:
    """Read one blocked contact.

    Raises:
        ServiceFailure: ``TRANSIENT`` where the item has no address or date.
    """
    try:
        at = in_utc(datetime.fromisoformat(item["blockedAt"]))
        reason = item.get("reason") or {}
        return BlockedContact(email=str(item["email"]), reason=str(reason.get("code", "unknown")), at=at)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceFailure(unreadable(f"a blocked contact without {error}", sending=False)) from error


def provider_account(body: Mapping[str, Any]) -> ProviderAccount:
    """Read ``GET /account``: the mail credits are the plans' that count sends, texts are not mails."""
    plans = [plan for plan in body.get("plan") or () if isinstance(plan, dict) and plan.get("type") != "sms"]
    credits_left = [plan["credits"] for plan in plans if isinstance(plan.get("credits"), int | float)]
    preferences = body.get("dateTimePreferences")
    zone = preferences.get("timezone") if isinstance(preferences, dict) else None
    return ProviderAccount(
        email=str(body.get("email", "")),
        company=str(body.get("companyName", "")),
        credits_left=int(sum(credits_left)) if credits_left else None,
        timezone=zone if isinstance(zone, str) and zone else None,
        plan="+".join(str(plan.get("type", "unknown")) for plan in plans) or "unknown",
    )


def sender_domain(body: Mapping[str, Any]) -> SenderDomain:
    """Read ``GET /senders/domains/{domain}``: one key or two, as text or as an alias of the provider's."""
    records = body.get("dns_records")
    keys = {
        str(record["host_name"]): str(record.get("value", ""))
        for record in (records.values() if isinstance(records, dict) else ())
        if isinstance(record, dict) and "_domainkey" in str(record.get("host_name", ""))
    }
    return SenderDomain(authenticated=bool(body.get("authenticated")), keys=keys)


def bracketed(message_id: str) -> str:
    """Return a message id with its angle brackets, which the feed sometimes leaves out."""
    return f"<{message_id.strip().strip('<>')}>"


def in_utc(at: datetime) -> datetime:
    """Convert a provider's time to UTC; the wire carries the account's offset, and without one the docs say UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _headers(mail: OutgoingMail) -> dict[str, str]:
    theirs = [name for name in mail.headers if name.lower() in _OUR_HEADERS]
    if theirs:
        raise _refused("reserved_header", f"{theirs[0]} is set by the client")
    headers = {**mail.headers, "X-Mailin-custom": mail.send_key, "idempotencyKey": mail.idempotency_key}
    if mail.sandbox_drop:
        headers["X-Sib-Sandbox"] = "drop"
    return headers


def _person(email: str, name: str) -> dict[str, str]:
    # Brevo refuses names over 70 characters; a shortened display name is better than an unsent mail.
    return {"email": email, "name": name[:_LONGEST_NAME]} if name.strip() else {"email": email}


def text(value: Any) -> str | None:
    """Read a text that may be missing or blank."""
    return value.strip() if isinstance(value, str) and value.strip() else None


def _refused(code: str, message: str) -> ServiceFailure:
    return ServiceFailure.of(FailureKind.PERMANENT, "brevo", code, message)
