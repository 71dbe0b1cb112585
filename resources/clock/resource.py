"""The clock as a Dagster resource. In the sandbox, time is what the sandbox says."""

import json
from datetime import UTC, datetime
from urllib.error import URLError
from urllib.request import urlopen

import dagster as dg

from resources.clock.gateway import Clock, ManualClock, ShiftedClock, SystemClock
from rules.failures import FailureKind, ServiceFailure


class ClockResource(dg.ConfigurableResource[Clock]):
    """Where time comes from.

    Attributes:
        sandbox_url: The sandbox's address; empty for the machine's clock.
    """

    sandbox_url: str = ""

    def clock(self) -> Clock:
        """The clock of this run.

        Raises:
            ServiceFailure: The sandbox does not answer.
        """
        if not self.sandbox_url:
            return SystemClock()
        try:
            with urlopen(f"{self.sandbox_url}/control/clock", timeout=10) as answer:  # noqa: S310 - our own loopback address
                said = json.load(answer)
        except (URLError, TimeoutError) as error:
            raise ServiceFailure.of(
                FailureKind.TRANSIENT, "sandbox", "unreachable",
                f"no sandbox at {self.sandbox_url}; start it with `make up` or `outbound sandbox`",
            ) from error  # fmt: skip
        there = datetime.fromisoformat(said["now"])
        if said["mode"] == "manual":
            return ManualClock(there)
        return ShiftedClock(there - datetime.now(UTC))
