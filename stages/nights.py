"""When the night's pass is made: the whole view, the books against the provider's, a look at every service.

What must hold: no night is left out because the machine was asleep (invariant I10).
"""

from datetime import datetime, timedelta
from typing import Final

from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from stages.reconciliation import COMPARED_STAMP
from stages.waking import Wake

NIGHT_HOUR: Final = 3
"""When it is due on the operator's clock."""


def night_due(ledger: Ledger, *, campaign: Campaign, now: datetime) -> Wake:
    """Whether it has to be made: at three, or as soon as the machine is awake after that."""
    local = now.astimezone(campaign.zone)
    begins = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    if begins > local:
        begins -= timedelta(days=1)
    compared = ledger.flags.stamped(COMPARED_STAMP)
    if compared is not None and compared[0] >= begins:
        return Wake(run=False, reason=f"it was made at {compared[0].astimezone(campaign.zone):%H:%M}")
    if local.hour == NIGHT_HOUR:
        return Wake(run=True, reason="it is the night's hour")
    first = ledger.questions.first_intent()
    if first is None or first >= begins:
        return Wake(run=False, reason="there is nothing of an earlier day to compare")
    return Wake(run=True, reason=f"the pass of {begins:%A at %H:%M} was missed")
