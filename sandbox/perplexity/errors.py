"""Refusals of the Perplexity API; `code` in the body is the HTTP status.

The one thing that must hold: a lack of credit answers 401 and looks like a bad key except for its type.
"""

from http import HTTPStatus
from typing import Any, Final

_SONAR: Final = (
    "Sonar is now the Agent API. Use /v1/responses instead of /v1/sonar. Migrate here: "
    "https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview"
)


class PerplexityRefusal(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, kind: str, message: str, param: str | None = None) -> None:
        super().__init__(f"{status} {kind}: {message}")
        self.status = int(status)
        error: dict[str, Any] = {"message": message, "type": kind, "code": int(status)}
        if param is not None:
            error["param"] = param
        self.body = {"error": error}


def invalid(message: str) -> PerplexityRefusal:
    """A request that fails validation."""
    return PerplexityRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", f"validation failed: {message}")


def unknown_field(name: str) -> PerplexityRefusal:
    """A field the API does not know; it refuses the whole request for one."""
    return PerplexityRefusal(
        HTTPStatus.BAD_REQUEST, "invalid_request", f'invalid request body: json: unknown field "{name}"', name
    )


def bad_json() -> PerplexityRefusal:
    """A body that is no JSON object."""
    return PerplexityRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", "invalid request body")


def bad_root(kind: Any) -> PerplexityRefusal:
    """A schema whose root is not an object."""
    return PerplexityRefusal(
        HTTPStatus.BAD_REQUEST,
        "invalid_parameter",
        f"json_schema.schema must have a root type of 'object' (got type=\"{kind}\"). Wrap your data in an object "
        "property (e.g. {'type': 'object', 'properties': {'items': {'type': 'array', 'items': ...}}}).",
    )


def wrong_key() -> PerplexityRefusal:
    """A missing or wrong key."""
    return PerplexityRefusal(
        HTTPStatus.UNAUTHORIZED,
        "invalid_api_key",
        "Invalid API key provided. Ensure your API key is correct and active.",
    )


def no_credit() -> PerplexityRefusal:
    """Out of credit, with a 401."""
    return PerplexityRefusal(
        HTTPStatus.UNAUTHORIZED,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details. For more information, visit "
        "https://www.perplexity.ai/settings/api.",
    )


def sonar_closed(kind: str) -> PerplexityRefusal:
    """What the Sonar routes answer to a valid key."""
    return PerplexityRefusal(HTTPStatus.FORBIDDEN, kind, _SONAR)


def too_fast() -> PerplexityRefusal:
    """Over the rate."""
    return PerplexityRefusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "request_rate_limit_exceeded",
        "Request rate limit exceeded, please try again later.",
    )


def not_found() -> PerplexityRefusal:
    """A response that is not stored."""
    return PerplexityRefusal(HTTPStatus.NOT_FOUND, "not_found", "resource not found")


def too_large() -> PerplexityRefusal:
    """A body above 32 MiB."""
    return PerplexityRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large", "Request body too large")


def malformed_id() -> PerplexityRefusal:
    """An id that is none."""
    return PerplexityRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", "invalid response id")


def structured_output_failed() -> PerplexityRefusal:
    """The model behind did not keep to the schema."""
    return PerplexityRefusal(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "upstream_structured_output_failed",
        "The upstream model failed to produce structured output.",
    )


def bad_gateway() -> PerplexityRefusal:
    """Something between failed."""
    return PerplexityRefusal(HTTPStatus.BAD_GATEWAY, "bad_gateway", "Bad gateway")
