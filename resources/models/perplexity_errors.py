"""What a refusal of Perplexity's Agent API means (rules A3, B3): one table over status, body and headers, no I/O.

What must hold: an account without credit is told apart from a wrong key although both answer 401, and the end of the
Sonar routes is systemic. Source: bodies captured on 9 October 2026.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from resources.models.errors import Said
from rules.failures import Failure, FailureKind

PERPLEXITY: Final = "perplexity"

_SHAPE_TYPES: Final = frozenset({"invalid_parameter", "invalid_model", "invalid_date_format"})
_SHAPE_TEXT: Final = re.compile(
    r"unknown field|is not supported|tools\[|response_format|json_schema|max steps|max_output_tokens is required",
    re.IGNORECASE,
)
_ABOUT_THE_ITEM: Final = frozenset({"invalid_search_domain_filter"})
_REMEDIES: Final[Mapping[int, tuple[str, str]]] = {
    401: ("invalid_api_key", "the key was refused; check PERPLEXITY_API_KEY"),
    402: ("payment_required", "out of credit"),
    403: ("forbidden", "the key may not use this endpoint, or the endpoint has ended"),
    404: ("not_found", "the model or the endpoint does not exist; check campaign.toml"),
}
_SHORTEST_WAIT: Final = 1.0


def perplexity_failure(status: int, body: str, headers: Mapping[str, str]) -> Failure:
    """Classify an answer of Perplexity that is not a success.

    Args:
        status: The HTTP status; for an answer that says ``failed`` with status 200, pass 200.
        body: The body as text: JSON, or the gateway's HTML page.
        headers: The answer's headers, names in lower case.
    """
    said = Said.read(body)
    if said.about_money:
        return said.failure(FailureKind.SYSTEMIC, PERPLEXITY, said.type or "insufficient_quota", "out of credit")
    if status == HTTPStatus.TOO_MANY_REQUESTS or "rate_limit" in said.type:
        wait = _until_reset(headers)
        return said.failure(FailureKind.FLOW_CONTROL, PERPLEXITY, said.type or "rate_limit_exceeded", wait=wait)
    if status in _REMEDIES or said.type == "invalid_api_key":
        code, remedy = _REMEDIES.get(status, _REMEDIES[401])
        return said.failure(FailureKind.SYSTEMIC, PERPLEXITY, said.type or code, remedy)
    if said.type not in _ABOUT_THE_ITEM and (said.type in _SHAPE_TYPES or _SHAPE_TEXT.search(said.message)):
        return said.failure(FailureKind.SYSTEMIC, PERPLEXITY, said.type, "no request of this kind can work")
    if status in _REPEATABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR or not said.message:
        return said.failure(FailureKind.TRANSIENT, PERPLEXITY, said.type or f"http_{status}")
    return said.failure(FailureKind.PERMANENT, PERPLEXITY, said.type or f"http_{status}")


def exhausted(headers: Mapping[str, str]) -> float | None:
    """Seconds until Perplexity answers again, where an answer's headers say that it used the last request up."""
    return _until_reset(headers) if headers.get("x-ratelimit-remaining", "").strip() == "0" else None


def _until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit resets: the header is an epoch, so the answer's own date says how far ahead it lies."""
    if (after := headers.get("retry-after")) is not None and after.isdigit():
        return float(after)
    try:
        reset = float(headers["x-ratelimit-reset"])
        now: datetime = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    return max(_SHORTEST_WAIT, reset - now.timestamp())


_REPEATABLE: Final = frozenset({408, 409, 424, 425})
