"""Refusals of the Brevo API: a status, a code of its list, and a message.

The one thing that must hold: codes and captured messages are those of the real service, spelling included.
"""

from http import HTTPStatus


class BrevoRefusal(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = int(status)
        self.body = {"code": code, "message": message}
        self.headers = headers or {}


def invalid(message: str) -> BrevoRefusal:
    """A parameter with a value that cannot be."""
    return BrevoRefusal(HTTPStatus.BAD_REQUEST, "invalid_parameter", message)


def missing(name: str) -> BrevoRefusal:
    """A parameter that has to be there."""
    return BrevoRefusal(HTTPStatus.BAD_REQUEST, "missing_parameter", f"{name} is missing")


def out_of_range(message: str) -> BrevoRefusal:
    """A number outside its range."""
    return BrevoRefusal(HTTPStatus.BAD_REQUEST, "out_of_range", message)


def long_headers(length: int) -> BrevoRefusal:
    """Custom headers that are too long together; this code comes in upper case."""
    return BrevoRefusal(
        HTTPStatus.BAD_REQUEST,
        "INVALID_PARAMETER",
        f"Unexpected long headers length, got: {length} want: less than 4096 chars",
    )


def duplicate(status: int) -> BrevoRefusal:
    """An idempotency key that was seen before; the first message id is not repeated."""
    return BrevoRefusal(status, "duplicate_parameter", "idempotencyKey is already used")


def no_credits(status: int) -> BrevoRefusal:
    """Nothing left to send with."""
    return BrevoRefusal(status, "not_enough_credits", "Not enough credits")


def under_validation() -> BrevoRefusal:
    """The account is being looked at."""
    message = "Your account is under validation"
    return BrevoRefusal(HTTPStatus.PAYMENT_REQUIRED, "account_under_validation", message)


def no_key() -> BrevoRefusal:
    """No api-key header, or an empty one."""
    return BrevoRefusal(HTTPStatus.UNAUTHORIZED, "unauthorized", "authentication not found in headers")


def wrong_key() -> BrevoRefusal:
    """A key nobody knows."""
    return BrevoRefusal(HTTPStatus.UNAUTHORIZED, "unauthorized", "Key not found")


def unrecognised_ip() -> BrevoRefusal:
    """A 401 that is about the caller's address."""
    return BrevoRefusal(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        "We have detected you are using an unrecognised IP address 203.0.113.77. If you performed this action make "
        "sure to add the new IP address in this link: https://app.brevo.com/security/authorised_ips",
    )


def not_activated() -> BrevoRefusal:
    """A new account that may not send yet."""
    return BrevoRefusal(
        HTTPStatus.FORBIDDEN,
        "permission_denied",
        "Unable to send email. Your SMTP account is not yet activated. Contact us to request activation",
    )


def not_found(message: str) -> BrevoRefusal:
    """Something that is not there."""
    return BrevoRefusal(HTTPStatus.NOT_FOUND, "document_not_found", message)


def too_many(headers: dict[str, str]) -> BrevoRefusal:
    """A rate pool that is used up; its headers say how long."""
    return BrevoRefusal(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", "Too many requests. Slow down", headers)
