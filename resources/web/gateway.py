"""Pages on the web as the checks see them: whether something answers there, and what time it says it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Glance:
    """What an address answered.

    Attributes:
        status: The HTTP status.
        said_at: The answer's `Date` header, ``None`` where there is none that can be read.
        text: The beginning of the body.
    """

    status: int
    said_at: datetime | None
    text: str


class Web(Protocol):
    """Pages that may be asked for by anybody. Raises `ServiceFailure`."""

    async def glance(self, url: str) -> Glance:
        """GET an address once, without any credential and without following redirects."""
        ...
