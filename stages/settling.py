"""After a ledger was taken over: nothing is sent until the outside has told all it knows (invariants I1, I2).

What must hold: what the lost ledger had sent or heard shows in the provider's events, the mailbox and the base before
the first request. The small model shows why: adopted at once, a mail whose event lags is sent a second time.
"""

from datetime import datetime, timedelta

from resources.ledger.ledger import Ledger
from stages.engagement import EVENTS_STAMP, REPLIES_STAMP
from stages.intake import READ_STAMP

ADOPTED_STAMP = "ledger.adopted"
QUIET = timedelta(hours=24)
"""As long as an unknown outcome is looked for: no request of the lost ledger and no event of it is under way longer."""


def settles_at(ledger: Ledger) -> datetime | None:
    """From when on a ledger that was taken over may send, once everything was read anew; ``None`` if it never was."""
    adopted = ledger.flags.stamped(ADOPTED_STAMP)
    return None if adopted is None else adopted[0] + QUIET


def unsettled(ledger: Ledger, *, now: datetime) -> str | None:
    """Why a ledger that was taken over may not send yet, or ``None``."""
    quiet = settles_at(ledger)
    if quiet is None:
        return None
    if now < quiet:
        return f"the ledger was taken over: its mails and answers are awaited until {quiet:%Y-%m-%d %H:%M} UTC"
    for stamp, what in ((EVENTS_STAMP, "events"), (REPLIES_STAMP, "replies"), (READ_STAMP, "leads")):
        read = ledger.flags.stamped(stamp)
        if read is None or read[0] < quiet:
            return f"the ledger was taken over and its {what} were not read since {quiet:%Y-%m-%d %H:%M} UTC"
    return None
