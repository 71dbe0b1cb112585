"""From the body of a send request to a mail.

The one thing that must hold: a mail without a recipient, a sender, a subject or a body is refused before it exists.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.brevo import errors
from sandbox.shapes import Shape, misfit
from sandbox.world.mail import Correspondent, OutgoingMail

MAX_TO: Final = 99
MAX_NAME: Final = 70
MAX_HEADERS: Final = 4_096
MAX_PARAMS: Final = 100_000
_ADDRESS: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]{2,}\Z")
_SHAPE: Final[Shape] = {
    "params": dict,
    "subject": str,
    "htmlContent": str,
    "textContent": str,
    "sender.name": str,
    "to[].name": str,
    "cc[].name": str,
    "bcc[].name": str,
    "replyTo.name": str,
}
_PARAM: Final = re.compile(r"\{\{\s*params\.([A-Za-z0-9_.]+)\s*\}\}")


def outgoing_mail(body: Mapping[str, Any]) -> OutgoingMail:
    """Read one mail.

    Raises:
        BrevoRefusal: 400 with the parameter at fault.
    """
    wrong = misfit(body, _SHAPE)
    if wrong is not None:
        raise errors.invalid(f"{wrong} is not valid")
    to = _people(body.get("to"), "to")
    if not to:
        raise errors.missing("to")
    if len(to) > MAX_TO:
        raise errors.invalid(f"to takes at most {MAX_TO} recipients")
    params = body.get("params") or {}
    if len(str(params)) > MAX_PARAMS:
        raise errors.invalid("params is too large")
    if body.get("templateId") is not None:
        raise errors.invalid("Template ID does not exist")
    subject = _filled(str(body.get("subject") or ""), params)
    html = _filled(str(body.get("htmlContent") or ""), params)
    if not subject.strip():
        raise errors.missing("subject")
    if not html.strip():
        raise errors.missing("htmlContent")
    reply_to = body.get("replyTo")
    return OutgoingMail(
        sender=_sender(body.get("sender")),
        to=to,
        subject=subject,
        html=html,
        text=_filled(str(body.get("textContent") or ""), params),
        cc=_people(body.get("cc"), "cc"),
        bcc=_people(body.get("bcc"), "bcc"),
        reply_to=None if reply_to is None else _person(reply_to, "replyTo"),
        headers=_headers(body.get("headers")),
        tags=_tags(body.get("tags")),
        attachments=_attachments(body.get("attachment")),
    )


def _sender(value: Any) -> Correspondent:
    if not value:
        raise errors.missing("sender")
    if not isinstance(value, dict) or not value.get("email"):
        raise errors.invalid("sender is not valid")
    return _person(value, "sender")


def _people(value: Any, where: str) -> tuple[Correspondent, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise errors.invalid(f"{where} is not valid")
    return tuple(_person(entry, where) for entry in value)


def _person(value: Any, where: str) -> Correspondent:
    email = value.get("email") if isinstance(value, dict) else None
    if not isinstance(email, str) or not _ADDRESS.match(email.strip()):
        raise errors.invalid(f"email is not valid in {where}")
    name = value.get("name") or ""
    if len(name) > MAX_NAME:
        raise errors.invalid(f"name should be at most {MAX_NAME} characters in {where}")
    return Correspondent(email.strip(), name)


def _headers(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise errors.invalid("headers is not valid")
    length = sum(len(name) + len(str(content)) for name, content in value.items())
    if length >= MAX_HEADERS:
        raise errors.long_headers(length)
    return {name: str(content) for name, content in value.items()}


def _tags(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise errors.invalid("tags is not valid")
    return tuple(value)


def _attachments(value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, list) or not all(
        isinstance(entry, dict) and ("url" in entry or ("content" in entry and "name" in entry)) for entry in value
    ):
        raise errors.invalid("attachment is not valid")
    return len(value)


def _filled(text: str, params: Mapping[str, Any]) -> str:
    """Fill in `{{params.x}}`, dots reaching into nested objects; what is unknown becomes empty."""

    def value(match: re.Match[str]) -> str:
        found: Any = params
        for part in match.group(1).split("."):
            found = found.get(part, "") if isinstance(found, Mapping) else ""
        return str(found)

    return _PARAM.sub(value, text)
