"""The one resolver (rule B18): dnspython over the system's name servers, or over those that are named.

What must hold: a name that does not exist is an answer, a server that does not answer is a failure (rule B23).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver

from resources.backoff import Patience
from rules.failures import FailureKind, ServiceFailure

SERVICE: Final = "dns"
_LIFETIME_SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True)
class NameServers:
    """Whom to ask: the system's own servers where ``addresses`` is empty."""

    addresses: tuple[str, ...] = ()
    port: int = 53


class DnsNames:
    """A resolver over UDP, and TCP where an answer is too long."""

    def __init__(self, servers: NameServers, *, patience: Patience | None = None) -> None:
        """Make a resolver.

        Raises:
            ServiceFailure: ``TRANSIENT``: the machine has no name servers configured.
        """
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers.addresses)
        except dns.resolver.NoResolverConfiguration as error:
            raise _unreachable("this machine has no name servers configured") from error
        if servers.addresses:
            self._resolver.nameservers = list(servers.addresses)
            self._resolver.port = servers.port
        self._patience = patience or Patience()

    async def texts(self, name: str) -> Sequence[str]:
        """The TXT records of a name."""
        found = await self._ask(name, dns.rdatatype.TXT)
        return [b"".join(one.strings).decode("utf-8", errors="replace") for one in found]

    async def mail_hosts(self, name: str) -> Sequence[str]:
        """The hosts that take mail for a domain, the preferred ones first."""
        found = await self._ask(name, dns.rdatatype.MX)
        ordered = sorted(found, key=lambda one: one.preference)
        # "." is a null MX: the domain takes no mail (RFC 7505).
        return [host for one in ordered if (host := one.exchange.to_text().rstrip("."))]

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> list[Any]:
        async def once() -> list[Any]:
            try:
                answer = await self._resolver.resolve(name, kind, lifetime=_LIFETIME_SECONDS, raise_on_no_answer=False)
            except dns.resolver.NXDOMAIN:
                return []
            except (dns.exception.DNSException, OSError) as error:
                raise _unreachable(f"{name} could not be looked up ({type(error).__name__})") from error
            return list(answer)

        return await self._patience.insist(once)


def _unreachable(message: str) -> ServiceFailure:
    return ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, "unreachable", message)
