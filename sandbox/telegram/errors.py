"""Refusals of the Bot API.

The one thing that must hold: the status is repeated as `error_code`, and a flood says how long to wait in the body and
in a header.
"""

from http import HTTPStatus
from typing import Any


class TelegramRefusal(Exception):
    """An answer with `ok` false."""

    def __init__(self, status: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(f"{status}: {description}")
        self.status = int(status)
        self.body: dict[str, Any] = {"ok": False, "error_code": int(status), "description": description}
        self.headers: dict[str, str] = {}
        if retry_after is not None:
            self.body["parameters"] = {"retry_after": retry_after}
            self.headers["retry-after"] = str(retry_after)


def bad_request(what: str) -> TelegramRefusal:
    """A 400; the description begins with its class."""
    return TelegramRefusal(HTTPStatus.BAD_REQUEST, f"Bad Request: {what}")


def cannot_parse(what: str) -> TelegramRefusal:
    """Markup that cannot be read."""
    return bad_request(f"can't parse entities: {what}")


def unauthorized() -> TelegramRefusal:
    """A token nobody knows."""
    return TelegramRefusal(HTTPStatus.UNAUTHORIZED, "Unauthorized")


def not_found() -> TelegramRefusal:
    """A method that does not exist, or a token of the wrong form."""
    return TelegramRefusal(HTTPStatus.NOT_FOUND, "Not Found")


def blocked() -> TelegramRefusal:
    """The person has blocked the bot."""
    return TelegramRefusal(HTTPStatus.FORBIDDEN, "Forbidden: bot was blocked by the user")


def flood(seconds: int) -> TelegramRefusal:
    """Too many messages."""
    return TelegramRefusal(
        HTTPStatus.TOO_MANY_REQUESTS, f"Too Many Requests: retry after {seconds}", retry_after=seconds
    )


def other_poller() -> TelegramRefusal:
    """Somebody else asks for updates with the same token."""
    return TelegramRefusal(
        HTTPStatus.CONFLICT,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )


def webhook_active() -> TelegramRefusal:
    """Updates go to a webhook."""
    return TelegramRefusal(
        HTTPStatus.CONFLICT,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )


def webhook_set() -> TelegramRefusal:
    """A webhook was set while somebody was asking for updates."""
    return TelegramRefusal(HTTPStatus.CONFLICT, "Conflict: terminated by setWebhook request")


def restarting() -> TelegramRefusal:
    """The server restarts."""
    return TelegramRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error: restart")


def too_large() -> TelegramRefusal:
    """An upload above the limit."""
    return TelegramRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
