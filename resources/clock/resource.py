"""The clock as a Dagster resource. In the sandbox, time is what the sandbox says."""

import dagster as dg

from resources.clock.gateway import Clock, SystemClock
from resources.clock.sandbox import sandbox_clock


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
        return sandbox_clock(self.sandbox_url)
