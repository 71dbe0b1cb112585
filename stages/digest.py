"""The morning digest: yesterday in numbers and pictures, mailed once and posted (rule A12).

What must hold: it goes through the same send protocol as every mail, so it is sent at most once a day and counted
in the daily balance.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.ledger.sends import NewSend
from resources.mail_provider.gateway import MailProvider, OutgoingMail
from resources.telegram.gateway import Bot
from rules.addresses import normalise_address
from rules.campaign import Campaign, Mode
from rules.failures import FailureKind, ServiceFailure, classify
from rules.hashing import address_hash, idempotency_key, send_key
from rules.mail import Mail, harmless
from rules.place.zones import Confidence, Zones
from rules.sending import Answer, Decision, SendFacts
from stages.charts import cost_png, funnel_png
from stages.metrics import totals

DIGEST_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "subject": pl.String, "text": pl.String, "accepted": pl.Int64, "delivered": pl.Int64,
    "hard_bounces": pl.Int64, "human_replies": pl.Int64, "positive_replies": pl.Int64, "due_today": pl.Int64,
    "cost_usd": pl.Float64, "alarms": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest: its numbers, its words, its pictures."""

    row: Mapping[str, object]
    subject: str
    text: str
    pictures: Mapping[str, bytes]


def compose(
    day: str,
    *,
    metrics: pl.DataFrame,
    replies: pl.DataFrame,
    standings: Mapping[str, int],
    stuck: Mapping[str, int],
    alarms: Sequence[str],
    campaign: Campaign,
    pictures: bool = True,
) -> Digest:
    """Put a day into words and pictures.

    Args:
        day: The day that is reported: yesterday, seen from the morning.
        metrics: `campaign_metrics` of the fortnight up to that day.
        replies: `replies` of that day.
        standings: Today's plan by standing.
        stuck: Reasons that keep leads from being mailed, most frequent first.
        alarms: Flags that are on and checks that failed, as sentences.
        campaign: The configuration.
        pictures: Whether to draw charts.
    """
    yesterday = totals(metrics.filter(pl.col("day").cast(pl.String) == day))
    fortnight = totals(metrics)
    due = standings.get("due", 0) + standings.get("ready", 0)
    subject = f"{campaign.id} {day}: {yesterday['accepted']:.0f} sent, {yesterday['human_replies']:.0f} replies"
    lines = [f"Mails planned on {day}, and what came of them so far"]
    if alarms:
        lines = [*(f"ALARM  {alarm}" for alarm in alarms), "", *lines]
    for label, key in (
        ("sent", "accepted"), ("delivered", "delivered"), ("bounced for good", "hard_bounces"),
        ("opened (machines included)", "opened"), ("answered by a person", "human_replies"),
        ("of these positive", "positive_replies"), ("unsubscribed", "unsubscribed"), ("complaints", "complaints"),
        ("outcome unknown", "unknown"),
    ):  # fmt: skip
        lines.append(f"  {label:<28}{yesterday[key]:>6.0f}   fortnight {fortnight[key]:>7.0f}")
    lines.append(
        f"  {'cost of drafts in dollars':<28}{yesterday['cost_usd']:>6.2f}   fortnight {fortnight['cost_usd']:>7.2f}"
    )
    lines += [
        "",
        f"Due today: {due}. Waiting: {standings.get('waiting', 0)}. Finished: {standings.get('finished', 0)}.",
    ]
    if stuck:
        lines += ["", "Not mailed, and why"]
        lines += [f"  {count:>6}  {reason[:110]}" for reason, count in list(stuck.items())[:8]]
    quotes = replies.filter(pl.col("class").is_in(["positive", "neutral", "refusal", "wrong_person"]))
    if quotes.height:
        lines += ["", "What people wrote"]
        for row in quotes.head(8).iter_rows(named=True):
            words = " ".join(str(row["excerpt"]).split())[:160]
            lines.append(f"  [{row['class'].replace('_', ' ')}] {words}")
    drawn = {}
    if pictures and not metrics.is_empty():
        drawn = {
            "funnel.png": funnel_png(metrics, title=f"{campaign.id}: the fortnight to {day}"),
            "cost.png": cost_png(metrics, title="Cost of drafts per day"),
        }
    subject, text = harmless(subject), harmless("\n".join(lines))
    row = {
        "day": day, "subject": subject, "text": text, "due_today": due,
        "alarms": len(alarms), "cost_usd": yesterday["cost_usd"],
        **{name: int(yesterday[name]) for name in
           ("accepted", "delivered", "hard_bounces", "human_replies", "positive_replies")},
    }  # fmt: skip
    return Digest(row, subject, text + "\n", drawn)


async def deliver(
    digest: Digest,
    *,
    provider: MailProvider,
    bot: Bot,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
) -> Sequence[str]:
    """Mail the digest and post its short form; each way at most once, and neither waits for the other.

    Returns:
        What went wrong, as sentences; empty when both went out or had gone out before.
    """
    problems = [await _mail(digest, provider=provider, ledger=ledger, campaign=campaign, clock=clock, pepper=pepper)]
    day = str(digest.row["day"])
    if ledger.flags.stamped(f"digest.posted.{day}") is None:
        try:
            for name, picture in list(digest.pictures.items())[:1]:
                await bot.show(campaign.operator.telegram_chat, picture, caption=f"{digest.subject} ({name})")
            await bot.say(campaign.operator.telegram_chat, f"{digest.subject}\n\n{digest.text[:3000]}")
            ledger.flags.stamp(f"digest.posted.{day}", at=clock.now())
        except ServiceFailure as error:
            problems.append(f"the digest was not posted: {error}")
    return [problem for problem in problems if problem]


async def _mail(
    digest: Digest,
    *,
    provider: MailProvider,
    ledger: Ledger,
    campaign: Campaign,
    clock: Clock,
    pepper: str,
) -> str | None:
    if campaign.mode is Mode.DRY_RUN:
        return None
    day = str(digest.row["day"])
    address = normalise_address(campaign.operator.email)
    key = send_key(f"{campaign.id}-digest", day, address)
    mail = Mail(digest.subject, digest.text)
    now = clock.now()
    prepared = NewSend(
        send_key=key, kind="digest", campaign=f"{campaign.id}-digest", step=day, address=address,
        address_hash=address_hash(f"operator:{address}", pepper), lead_id="operator", company_key="operator",
        to_name=campaign.operator.email, variant="plain", day=day, mail=mail, not_before=now,
        places=Zones((campaign.operator.timezone,), Confidence.HIGH, "the operator's own zone"),
    )  # fmt: skip
    ledger.sends.prepare([prepared], now=now)
    for claim in ledger.sends.claim([key], holder="digest", now=now):
        decision = ledger.sends.intend(claim, now=now, day=day_after(day), decide=_to_operator)
        if decision.answer is not Answer.GO:
            return f"the digest was not mailed: {decision.reason}"
        try:
            accepted = await provider.send(_outgoing(claim.mail, key, digest, campaign))
        except Exception as error:  # noqa: BLE001 - a send's exceptions go through the one classifier (rule B3)
            failure = classify(error, sending=True)
            if failure.kind is FailureKind.UNKNOWN_OUTCOME:
                ledger.sends.unknown(claim, reason=str(failure), now=clock.now())
            else:
                wait = clock.now() + timedelta(minutes=10)
                ledger.sends.ready_again(claim, reason=str(failure), now=clock.now(), not_before=wait)
            return f"the digest was not mailed: {failure}"
        ledger.sends.accepted(claim, message_id=accepted.message_id, now=clock.now())
    return None


def _to_operator(facts: SendFacts) -> Decision:
    """The operator is no recipient of the campaign: only the gate and the content count, not hours and caps."""
    if facts.halted and facts.halted.startswith("gate"):
        return Decision.later(facts.halted, None)
    return Decision.go() if facts.content_matches else Decision.never("what would go out is not what was composed")


def _outgoing(mail: Mail, key: str, digest: Digest, campaign: Campaign) -> OutgoingMail:
    return OutgoingMail(
        send_key=key,
        idempotency_key=idempotency_key(key),
        sender_name=campaign.sender.name,
        sender_email=campaign.sender.email,
        to_name="Operator",
        to_email=campaign.operator.email,
        reply_to=campaign.sender.reply_to,
        subject=mail.subject,
        text=mail.text,
        html=f'<html><body><pre style="font-size:13px">{html.escape(mail.text)}</pre></body></html>',
        attachments=digest.pictures,
    )


def day_after(day: str) -> str:
    """The day a digest goes out: the morning after the day it tells of."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def digest_frame(row: Mapping[str, object] | None) -> pl.DataFrame:
    """The row of the `daily_digest` table."""
    return pl.DataFrame([] if row is None else [row], schema=DIGEST_SCHEMA)
