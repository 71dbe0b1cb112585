"""Mail to the operator: digests and alarms, through the same send protocol as every other mail.

What must hold: each name is mailed at most once, and what the operator got is counted in the daily balance (I1, I10).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.ledger.sends import Claim, NewSend
from resources.mail_provider.gateway import MailProvider, OutgoingMail
from rules.addresses import normalise_address
from rules.campaign import Campaign, Mode
from rules.failures import FailureKind, classify
from rules.hashing import address_hash, idempotency_key, send_key
from rules.mail import Mail
from rules.place.zones import Confidence, Zones
from rules.sending import Answer, Decision, SendFacts
from stages.days import day_of


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to the operator.

    Attributes:
        kind: ``digest`` or ``alert``.
        name: What makes it one of a kind, such as the day of a digest; at most 20 characters.
        page: The same as HTML.
        attachments: File name to content.
    """

    kind: str
    name: str
    mail: Mail
    page: str
    attachments: Mapping[str, bytes] = field(default_factory=dict)


async def mail_operator(
    letter: Letter, *, provider: MailProvider, ledger: Ledger, campaign: Campaign, clock: Clock, pepper: str
) -> str | None:
    """Mail it, unless it went out before.

    Returns:
        Why it did not go out, as a sentence; ``None`` where it did, had gone out before or nothing may be sent at all.
    """
    if campaign.mode is Mode.DRY_RUN:
        return None
    now = clock.now()
    day = day_of(now, campaign.zone)
    prepared = _prepared(letter, campaign, pepper, now=now)
    ledger.sends.prepare([prepared], now=now)
    for claim in ledger.sends.claim([prepared.send_key], holder=letter.kind, now=now):
        decision = ledger.sends.intend(claim, now=now, day=day, decide=_to_operator)
        if decision.answer is not Answer.GO:
            return f"the {letter.kind} was not mailed: {decision.reason}"
        try:
            accepted = await provider.send(_outgoing(letter, claim, campaign))
        except Exception as error:  # noqa: BLE001 - a send's exceptions go through the one classifier (rule B3)
            failure = classify(error, sending=True)
            if failure.kind is FailureKind.UNKNOWN_OUTCOME:
                ledger.sends.unknown(claim, reason=str(failure), now=clock.now())
            else:
                wait = clock.now() + timedelta(minutes=10)
                ledger.sends.ready_again(claim, reason=str(failure), now=clock.now(), not_before=wait)
            return f"the {letter.kind} was not mailed: {failure}"
        ledger.sends.accepted(claim, message_id=accepted.message_id, now=clock.now())
    return None


def _prepared(letter: Letter, campaign: Campaign, pepper: str, *, now: datetime) -> NewSend:
    address = normalise_address(campaign.operator.email)
    series = f"{campaign.id}-{letter.kind}"
    return NewSend(
        send_key=send_key(series, letter.name, address), kind=letter.kind, campaign=series, step=letter.name,
        address=address, address_hash=address_hash(f"operator:{address}", pepper), lead_id="operator",
        company_key="operator", to_name=campaign.operator.email, variant="plain", day=day_of(now, campaign.zone),
        mail=letter.mail, not_before=now,
        places=Zones((campaign.operator.timezone,), Confidence.HIGH, "the operator's own zone"),
    )  # fmt: skip


def _to_operator(facts: SendFacts) -> Decision:
    """The operator is no recipient of the campaign: only the gate and the content count, not hours and caps."""
    if facts.halted and facts.halted.startswith("gate"):
        return Decision.later(facts.halted, None)
    return Decision.go() if facts.content_matches else Decision.never("what would go out is not what was composed")


def _outgoing(letter: Letter, claim: Claim, campaign: Campaign) -> OutgoingMail:
    return OutgoingMail(
        send_key=claim.send_key,
        idempotency_key=idempotency_key(claim.send_key),
        sender_name=campaign.sender.name,
        sender_email=campaign.sender.email,
        to_name="Operator",
        to_email=campaign.operator.email,
        reply_to=campaign.sender.reply_to,
        subject=claim.mail.subject,
        text=claim.mail.text,
        html=letter.page,
        attachments=letter.attachments,
    )
