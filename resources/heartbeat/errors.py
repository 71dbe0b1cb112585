"""What an answer of the monitor means. Its address is a secret: whoever knows it can feign life."""

from typing import Final

from resources.wire import Answer
from rules.failures import FailureKind, ServiceFailure

SERVICE: Final = "heartbeat"
_GONE: Final = (400, 401, 403, 404, 405, 410)


def heartbeat_failure(answer: Answer) -> ServiceFailure:
    """The failure behind an answer that is no success."""
    if answer.status in _GONE:
        message = "the monitor does not know this address; set OUTBOUND_HEARTBEAT_URL to the check's ping address"
        return ServiceFailure.of(FailureKind.PERMANENT, SERVICE, str(answer.status), message)
    return ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, str(answer.status), "the monitor did not take the sign")


def unreachable(name: str) -> ServiceFailure:
    """The failure of a connection that was not made or broke."""
    return ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, name, "the monitor could not be reached")
