"""The sign of life: given when mails could go out and what comes back is read, not when a process runs.

What must hold: a machine whose jobs do nothing gives no sign, however healthy its processes look (rule B5).
"""

from datetime import datetime, timedelta

from resources.clock.gateway import Clock
from resources.heartbeat.gateway import Heartbeat
from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from rules.failures import ServiceFailure

EVERY = timedelta(minutes=30)
READ_WITHIN = timedelta(hours=3)
STAMP = "heartbeat.given"


def lifeless(ledger: Ledger, *, now: datetime) -> str | None:
    """Why no sign of life may be given, or ``None``: sources read lately, and nothing due that is not sent.

    A pause by the operator is life: somebody decided it.
    """
    silent = [one.alarm.what for one in ledger.alerts.open() if one.alarm.key.startswith("silence.")]
    if silent:
        return silent[0]
    sources = ["airtable", *(["events", "replies"] if ledger.sends.ever_sent() else [])]
    for source in sources:
        read = ledger.flags.stamped(f"{source}.read")
        if read is None or now - read[0] > READ_WITHIN:
            return f"{source} were not read for {READ_WITHIN.seconds // 3600} hours"
    return None


async def give_sign(heartbeat: Heartbeat, *, ledger: Ledger, campaign: Campaign, clock: Clock) -> str:
    """Give a sign of life where one is due and deserved.

    Returns:
        What happened, as a sentence.
    """
    now = clock.now()
    last = ledger.flags.stamped(STAMP)
    if last is not None and now - last[0] < EVERY:
        return f"the last sign of life was given at {last[0].astimezone(campaign.zone):%H:%M}"
    if reason := lifeless(ledger, now=now):
        return f"no sign of life: {reason}"
    try:
        await heartbeat.beat()
    except ServiceFailure as error:
        return f"the sign of life was not taken: {error}"
    ledger.flags.stamp(STAMP, at=now)
    return "a sign of life was given"
