"""What a client needs to know about an exchange, whatever carried it: an answer, or how the connection failed.

What must hold: "never sent" is only said where not a byte of the request can have arrived (invariant I1).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as received.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case.
        text: The body.
    """

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the success class of HTTP


class NeverSentError(Exception):
    """No connection was made: the service knows nothing of the request."""


class BrokenOffError(Exception):
    """The connection failed after the request began: the service may have acted on it."""
