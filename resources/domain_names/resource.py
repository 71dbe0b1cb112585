"""The domain name system as a Dagster resource.

What must hold: importing this opens nothing and does not load dnspython.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from resources.domain_names.client import DnsNames


class DomainNamesResource(dg.ConfigurableResource["DomainNamesResource"]):
    """A resolver.

    Attributes:
        servers: Addresses of name servers; the system's own where empty.
        port: Their port.
    """

    servers: list[str] = []  # noqa: RUF012 - pydantic copies defaults
    port: int = 53

    @asynccontextmanager
    async def open(self) -> "AsyncIterator[DnsNames]":
        """Make the resolver ready; it keeps no connection.

        Raises:
            ServiceFailure: The machine has no name servers.
        """
        from resources.domain_names.client import DnsNames, NameServers  # noqa: PLC0415 - a definition never needs it

        yield DnsNames(NameServers(tuple(self.servers), self.port))
