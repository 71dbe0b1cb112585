"""The domain name system as the checks see it: what stands under a name."""

from collections.abc import Sequence
from typing import Protocol


class DomainNames(Protocol):
    """A resolver. Raises `ServiceFailure`; "there is no such record" and "could not look" differ (rule B23)."""

    async def texts(self, name: str) -> Sequence[str]:
        """The TXT records of a name, each joined to one text; empty where there are none."""
        ...

    async def mail_hosts(self, name: str) -> Sequence[str]:
        """The hosts that take mail for a domain, without a dot at the end; empty where there are none."""
        ...
