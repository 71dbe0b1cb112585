"""The domain name system of a world in memory.

What must hold: what stands under a name is the world's business, exactly as over the wire.
"""

from collections.abc import Callable, Sequence

from resources.backoff import Patience
from rules.failures import FailureKind, ServiceFailure

LookUp = Callable[[str, str], tuple[str, ...] | None]
"""Kind and name to what stands there, ``None`` for nothing; raises `LookupError` where the server is down."""


class FakeNames:
    """A resolver for simulations and stage tests."""

    def __init__(self, look_up: LookUp, *, patience: Patience | None = None) -> None:
        self._look_up = look_up
        self._patience = patience or Patience()

    async def texts(self, name: str) -> Sequence[str]:
        """The TXT records of a name."""
        return await self._ask("TXT", name)

    async def mail_hosts(self, name: str) -> Sequence[str]:
        """The hosts that take mail for a domain."""
        return await self._ask("MX", name)

    async def _ask(self, kind: str, name: str) -> Sequence[str]:
        async def once() -> Sequence[str]:
            try:
                return self._look_up(kind, name) or ()
            except LookupError as error:
                message = f"{name} could not be looked up (the name server is down)"
                raise ServiceFailure.of(FailureKind.TRANSIENT, "dns", "unreachable", message) from error

        return await self._patience.insist(once)
