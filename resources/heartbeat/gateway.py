"""The dead-man switch: somebody outside who is told that mails go out, and calls when nothing is heard."""

from typing import Protocol


class Heartbeat(Protocol):
    """A monitor that waits for a sign of life, such as a check of healthchecks.io."""

    async def beat(self) -> None:
        """Give a sign of life.

        Raises:
            ServiceFailure: ``TRANSIENT``: it was not taken; ``PERMANENT``: the address is wrong.
        """
        ...
