"""What an inbound message is: headers first (RFC 3834, DSN), then words; doubt counts as a human reply, which pauses.

What must hold: no bounce is taken for a reply, and a machine's mail never passes for a person's.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from rules.inbound import Inbound, Report
from rules.plain_text import plain
from rules.reply_words import HEARD_IN_ORDER, SERVERS, transport, words
from rules.return_dates import back_on

REPLY_RULES_VERSION = "4"


class ReplyClass(StrEnum):
    """Every class there is (rule B41)."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    REFUSAL = "refusal"
    UNSUBSCRIBE = "unsubscribe"
    WRONG_PERSON = "wrong_person"
    OUT_OF_OFFICE = "out_of_office"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"


HUMAN = frozenset(
    {ReplyClass.POSITIVE, ReplyClass.NEUTRAL, ReplyClass.REFUSAL, ReplyClass.UNSUBSCRIBE, ReplyClass.WRONG_PERSON}
)


@dataclass(frozen=True, slots=True)
class ReplyVerdict:
    """The class and why.

    Attributes:
        back_on: For an absence, the day the message names.
        certain: Whether the rules know; where not, a person wrote and a model may say what they meant.
        about: ``company`` where a person says that this is not their company, rather than no longer.
    """

    label: ReplyClass
    reason: str
    back_on: date | None = None
    certain: bool = True
    about: str | None = None


_ANSWERING = re.compile(r"^(re|aw|sv|vs|tr|r|res|odp|antw|回复|答复|回覆)\s?(\[\d+\])?\s?[:\uff1a]", re.IGNORECASE)
"""How mail programs begin the subject of an answer."""
_START = 1500


def classify_reply(inbound: Inbound, *, today: date) -> ReplyVerdict:
    """Classify a message. Anything a human may have meant pauses the sequence.

    Args:
        inbound: The message as read.
        today: The day it was written on.
    """
    subject, said = plain(inbound.subject), plain(inbound.words)
    if verdict := _not_delivered(inbound, subject, said):
        return verdict
    if verdict := _from_machine(inbound, subject, said, today=today):
        return verdict
    answering = inbound.answers or _ANSWERING.match(inbound.subject)  # its subject may be ours
    if not answering and (wish := words("unsubscribe").search(subject)):
        return ReplyVerdict(ReplyClass.UNSUBSCRIBE, f"{HEARD_IN_ORDER['unsubscribe']}: {wish.group()!r} (subject)")
    heard = [
        ReplyVerdict(ReplyClass(label), f"{reason}: {found.group().strip()[:60]!r}")
        for label, reason in HEARD_IN_ORDER.items()
        if (found := words(label).search(said))
    ]
    if not heard:
        return ReplyVerdict(ReplyClass.NEUTRAL, "a person wrote", certain=False)
    if heard[0].label is ReplyClass.WRONG_PERSON and not words("former").search(said):
        return replace(heard[0], about="company")
    return heard[0]


def _not_delivered(inbound: Inbound, subject: str, said: str) -> ReplyVerdict | None:
    """The verdict on a notice of mail servers and list managers."""
    if inbound.report in (Report.WAITING, Report.READ):
        return ReplyVerdict(ReplyClass.AUTO_REPLY, f"a report that came as mail: {inbound.report.value}")
    if inbound.report or inbound.sender.startswith(SERVERS):
        return ReplyVerdict(ReplyClass.BOUNCE, "a delivery report that came as mail")
    if not _ANSWERING.match(inbound.subject) and words("returned_subject").search(subject):
        return ReplyVerdict(ReplyClass.BOUNCE, "its subject is that of a delivery report")
    machine = inbound.automatic or inbound.hinted
    if (machine or not inbound.answers) and words("bounced").search(said[:_START]):
        return ReplyVerdict(ReplyClass.BOUNCE, "a mail server's words")
    if inbound.answers:
        return None
    if transport().search(said) or words("list_manager").search(f"{subject}\n{said[:_START]}"):
        return ReplyVerdict(ReplyClass.BOUNCE, "a program's words, and no answer to any mail")
    if inbound.enclosing and not said:
        return ReplyVerdict(ReplyClass.BOUNCE, "a mail without a word that encloses another and answers none")
    return None


def _from_machine(inbound: Inbound, subject: str, said: str, *, today: date) -> ReplyVerdict | None:
    """The verdict on what no person wrote, or ``None`` where a person may have."""
    answering = _ANSWERING.match(inbound.subject)
    told = not answering and (words("automatic_subject").search(subject) or words("away_subject").search(subject))
    away = words("absent").search(f"{subject}\n{said}")
    hinted = inbound.hinted and (away or words("gone").search(said) or words("acknowledged").search(said))
    if not (inbound.automatic or told or hinted):
        return None  # a hint alone is not enough: help desks set the same headers on what their people write
    if words("gone").search(said):
        return ReplyVerdict(ReplyClass.BOUNCE, "an automatic answer says that nobody reads there any more")
    back = back_on(f"{inbound.subject}\n{inbound.words}", today=today)
    if away or (back is not None and not words("acknowledged").search(said)):
        return ReplyVerdict(ReplyClass.OUT_OF_OFFICE, "an absence notice", back)
    sign = inbound.automatic or ("its subject" if told else inbound.hinted)
    return ReplyVerdict(ReplyClass.AUTO_REPLY, f"sent by a machine ({sign})")
