"""A service that refuses us as a whole is asked once, not once per item and run (rules A3, B4).

What must hold: the latch stays, with its reason visible, until an operator takes it off.
"""

from datetime import datetime

from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from rules.failures import Failure, FailureKind


def latched(ledger: Ledger, name: FlagName) -> str | None:
    """Why a service must not be asked, or ``None``."""
    for flag in ledger.flags.raised():
        if flag.name == name:
            return f"{name.value} is off since {flag.at:%Y-%m-%d %H:%M} UTC: {flag.reason}; `outbound resume` goes on"
    return None


def latch(ledger: Ledger, name: FlagName, failure: Failure | None, *, now: datetime) -> None:
    """Latch a service after a systemic failure; anything else leaves it as it is."""
    if failure is not None and failure.kind is FailureKind.SYSTEMIC:
        ledger.flags.raise_flag(name, reason=str(failure), actor="stage", now=now)
