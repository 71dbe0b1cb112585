"""What a failure means for the work at hand (rules B3, B4): one vocabulary, one classifier.

Gateways translate wire errors into `ServiceFailure`; everything else that reaches a stage goes through `classify`.
What must hold: an exception nobody knows is never final for a read and never repeated for a send.
"""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """How a stage reacts to a failure."""

    FLOW_CONTROL = "flow_control"
    """Too fast: wait and go on. Not a failure, burns no attempt, trips no breaker (rule B4)."""
    TRANSIENT = "transient"
    """May work later: retry within the budget."""
    PERMANENT = "permanent"
    """This item will never work as it is: quarantine it, the others go on."""
    SYSTEMIC = "systemic"
    """No item can work (money, key, permission, shut-down model): stop the stage and alert (rule A3)."""
    UNKNOWN_OUTCOME = "unknown_outcome"
    """A send that may have happened: never repeated, reconciled instead (invariant I1)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A classified failure, ready to be recorded.

    Attributes:
        kind: How to react.
        service: The outside system, e.g. ``brevo``; ``internal`` for our own bugs.
        code: The provider's own code or the exception's class name.
        message: What happened and what to do, without secrets or addresses.
        retry_after: Seconds to wait, where the provider said so.
    """

    kind: FailureKind
    service: str
    code: str
    message: str
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.service}: {self.code}: {self.message}"


class ServiceFailure(Exception):
    """Raised by gateways; carries the classified failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure

    @classmethod
    def of(
        cls,
        kind: FailureKind,
        service: str,
        code: str,
        message: str,
        *,
        retry_after: float | None = None,
    ) -> "ServiceFailure":
        """Build one from its parts."""
        return cls(Failure(kind, service, code, message, retry_after))


class ItemRejected(Exception):
    """Our own decision that an item cannot go on, with the reason an operator reads."""


def classify(error: BaseException, *, sending: bool = False) -> Failure:
    """Map any exception to a failure.

    Args:
        error: What was raised.
        sending: Whether a mail may already be on its way. Then an unknown exception means an unknown outcome.

    Returns:
        The failure. Programming errors (assertions, type errors, import errors) are systemic: going on would
        repeat them for every item.
    """
    if isinstance(error, ServiceFailure):
        return error.failure
    if isinstance(error, ItemRejected):
        return Failure(FailureKind.PERMANENT, "internal", "rejected", str(error))
    name = type(error).__name__
    if sending:
        return Failure(FailureKind.UNKNOWN_OUTCOME, "internal", name, str(error) or name)
    if isinstance(error, AssertionError | TypeError | AttributeError | NameError | ImportError | SyntaxError):
        return Failure(FailureKind.SYSTEMIC, "internal", name, f"programming error: {error}")
    return Failure(FailureKind.TRANSIENT, "internal", name, f"unclassified, retried as a read: {error}")
