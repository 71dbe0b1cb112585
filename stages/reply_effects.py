"""What an inbound message stops, and for how long (rule A10, I2).

What must hold: a person's answer stops that person for good and leaves the company alone for a while, whether the mail
they answer is known or not (a restored ledger has forgotten some); nothing here lifts anything.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from resources.ledger.replies import NewReply
from resources.ledger.send_facts import places_from
from resources.ledger.suppressions import Suppression, SuppressionReason
from rules.business_hours import opening_window
from rules.campaign import Campaign
from rules.place.zones import UNKNOWN, Zones
from rules.replies import HUMAN, ReplyClass
from stages.outlook import business_hours, holiday_calendar

COMPANY_PAUSE = timedelta(days=14)
"""How long colleagues are left alone after somebody answered."""
ABSENCE_WITHOUT_DATE = timedelta(days=7)

REASONS = {
    ReplyClass.POSITIVE: SuppressionReason.REPLIED,
    ReplyClass.NEUTRAL: SuppressionReason.REPLIED,
    ReplyClass.REFUSAL: SuppressionReason.REFUSED,
    ReplyClass.UNSUBSCRIBE: SuppressionReason.UNSUBSCRIBED,
    ReplyClass.WRONG_PERSON: SuppressionReason.WRONG_PERSON,
    ReplyClass.BOUNCE: SuppressionReason.HARD_BOUNCE,
}


def effects(reply: NewReply, row: Mapping[str, Any] | None, *, campaign: Campaign, now: datetime) -> list[Suppression]:
    """The suppressions that follow from a message.

    Args:
        reply: The message, read and joined.
        row: The mail it was joined to, or ``None``.
        campaign: Hours and holidays, for the end of an absence.
        now: When the suppressions begin.
    """
    label, facts = ReplyClass(reply.label), []
    whom = _stopped(reply, label, row)
    if label is ReplyClass.OUT_OF_OFFICE:
        until = back_at_work(reply, places_from(row["places"]) if row else UNKNOWN, campaign=campaign)
        facts += [_stop(address, SuppressionReason.OUT_OF_OFFICE, reply, now, until) for address in whom]
    if label in REASONS:
        facts += [_stop(address, REASONS[label], reply, now) for address in whom]
    if row is not None and label in HUMAN:
        company, until = str(row["company_key"]), reply.sent_at + COMPANY_PAUSE
        facts.append(
            Suppression(
                "company", company, SuppressionReason.COLLEAGUE_REPLIED, now, "reply", reply.reply_key, until,
                reply.lead_id,
            )
        )  # fmt: skip
    return list(dict.fromkeys(facts))


def _stopped(reply: NewReply, label: ReplyClass, row: Mapping[str, Any] | None) -> list[str]:
    """Keyed hashes of whom it stops: the person we had written to, whoever speaks for themselves, or both."""
    found: list[str] = []
    if row is not None and reply.joined_by != "company":
        found.append(str(row["address_hash"]))
    if label is ReplyClass.UNSUBSCRIBE or (not found and (label in HUMAN or label is ReplyClass.OUT_OF_OFFICE)):
        found.append(reply.address_hash)
    return list(dict.fromkeys(found))


def back_at_work(reply: NewReply, places: Zones, *, campaign: Campaign) -> datetime:
    """When somebody who is away may be written to: the first business hours after the day they named, where they are.

    The day itself is left to them: nobody answers on the first day back. Without a day it is a week from their notice.
    """
    if reply.resume_on is None:
        return reply.sent_at + ABSENCE_WITHOUT_DATE
    after = datetime.combine(date.fromisoformat(reply.resume_on) + timedelta(days=1), time())
    zones = [ZoneInfo(name) for name in places.candidates] or [campaign.zone]
    begins = max(after.replace(tzinfo=zone).astimezone(UTC) for zone in zones)
    window = opening_window(begins, places, business_hours(campaign), holiday_calendar(campaign))
    return window[0] if window else begins


def _stop(
    address: str, reason: SuppressionReason, reply: NewReply, now: datetime, until: datetime | None = None
) -> Suppression:
    return Suppression("address", address, reason, now, "reply", reply.reply_key, until, reply.lead_id)
