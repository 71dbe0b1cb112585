"""Asking the provider about sends whose outcome nobody knows, when their look-up is due: +2 min, +15 min, +2 h, +24 h.

What must hold: one listing answers for all of them, however many there are (rule A2), and a look-up that failed was
none: nothing is presumed on the strength of it.
"""

from datetime import timedelta

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.mail_provider.gateway import MailProvider
from rules.campaign import Campaign
from rules.failures import ServiceFailure
from stages.engagement import read_range
from stages.unknowns import settle_unknowns


async def look_up_unknowns(
    provider: MailProvider, *, ledger: Ledger, campaign: Campaign, clock: Clock, pepper: str
) -> int:
    """Read the provider's events since the oldest unknown request that is due, and settle what they name.

    The events carry our tag, the message id and the address; they are applied as always, so an unsubscription among
    them is obeyed at once.

    Returns:
        How many were looked up; 0 where nothing is due or the listing failed, which the next tick repeats and the
        engagement job reports. Without an allowance of calls only what was heard otherwise is settled.
    """
    due = ledger.sends.unknown_due(now=clock.now())
    if not due:
        return 0
    first = min(item.intent_at for item in due).date() - timedelta(days=1)
    last = clock.now().date() + timedelta(days=1)
    try:
        _, deferred = await read_range(
            provider, first, last, ledger=ledger, campaign=campaign, clock=clock, pepper=pepper
        )  # fmt: skip
    except ServiceFailure:
        return 0
    return settle_unknowns(ledger, now=clock.now(), asked=deferred is None)
