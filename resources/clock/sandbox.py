"""The sandbox's clock as it is now; from then on it runs here as it runs there."""

import json
from datetime import UTC, datetime
from urllib.error import URLError
from urllib.request import urlopen

from resources.clock.gateway import Clock, ManualClock, ShiftedClock
from rules.failures import FailureKind, ServiceFailure


def sandbox_clock(url: str) -> Clock:
    """Ask a sandbox for its time.

    Raises:
        ServiceFailure: It does not answer.
    """
    try:
        with urlopen(f"{url}/control/clock", timeout=10) as answer:  # noqa: S310 - our own loopback address
            said = json.load(answer)
    except (URLError, TimeoutError) as error:
        raise ServiceFailure.of(
            FailureKind.TRANSIENT, "sandbox", "unreachable",
            f"no sandbox at {url}; start it with `make up` or `outbound sandbox`",
        ) from error  # fmt: skip
    there = datetime.fromisoformat(said["now"])
    if said["mode"] == "manual":
        return ManualClock(there)
    return ShiftedClock(there - datetime.now(UTC))
