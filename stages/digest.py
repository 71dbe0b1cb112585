"""The morning digest: yesterday in numbers and pictures, mailed once and posted (rule A12).

What must hold: it goes through the same send protocol as every mail, so it is sent at most once a day and counted
in the daily balance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.mail_provider.gateway import MailProvider
from resources.telegram.gateway import Bot
from rules.campaign import Campaign
from rules.failures import ServiceFailure
from rules.mail import Mail, harmless
from stages.charts import cost_png, funnel_png
from stages.digest_page import Number, Told, as_page, as_text
from stages.metrics import totals
from stages.operator_mail import Letter, mail_operator

DIGEST_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "day": pl.String, "subject": pl.String, "text": pl.String, "accepted": pl.Int64, "delivered": pl.Int64,
    "hard_bounces": pl.Int64, "human_replies": pl.Int64, "positive_replies": pl.Int64, "due_today": pl.Int64,
    "cost_usd": pl.Float64, "alarms": pl.Int64,
}  # fmt: skip


NUMBERS: tuple[tuple[str, str, bool], ...] = (
    ("sent", "accepted", False), ("delivered", "delivered", False), ("bounced for good", "hard_bounces", False),
    ("opened (machines included)", "opened", False), ("answered by a person", "human_replies", False),
    ("of these positive", "positive_replies", False), ("unsubscribed", "unsubscribed", False),
    ("complaints", "complaints", False), ("outcome unknown", "unknown", False),
    ("cost of drafts in dollars", "cost_usd", True),
)  # fmt: skip
"""Label, column of `campaign_metrics`, and whether it is money."""

QUOTED = ("positive", "neutral", "refusal", "wrong_person")
"""Classes of replies worth reading in the morning."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest: its numbers, its words as text and as a page, its pictures."""

    row: Mapping[str, object]
    subject: str
    text: str
    page: str
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
    health: Sequence[str] = (),
    pictures: bool = True,
) -> Digest:
    """Put a day into words and pictures.

    Args:
        day: The day that is reported: yesterday, seen from the morning.
        metrics: `campaign_metrics` of the fortnight up to that day.
        replies: `replies` of that day.
        standings: Today's plan by standing.
        stuck: Reasons that keep leads from being mailed, most frequent first.
        alarms: Alarms that are open, as sentences.
        campaign: The configuration.
        health: What is well or soon will not be, as sentences: what was read when, what runs out.
        pictures: Whether to draw charts.
    """
    yesterday = totals(metrics.filter(pl.col("day").cast(pl.String) == day))
    fortnight = totals(metrics)
    due = standings.get("due", 0) + standings.get("ready", 0)
    subject = f"{campaign.id} {day}: {yesterday['accepted']:.0f} sent, {yesterday['human_replies']:.0f} replies"
    told = Told(
        day=day,
        title=subject,
        alarms=tuple(alarms),
        numbers=tuple(Number(label, yesterday[key], fortnight[key], money) for label, key, money in NUMBERS),
        today=f"Due today: {due}. Waiting: {standings.get('waiting', 0)}. Finished: {standings.get('finished', 0)}.",
        stuck=tuple((count, reason[:110]) for reason, count in list(stuck.items())[:8]),
        quotes=tuple(
            (row["class"].replace("_", " "), " ".join(str(row["excerpt"]).split())[:160])
            for row in replies.filter(pl.col("class").is_in(QUOTED)).head(8).iter_rows(named=True)
        ),
        days=_days(metrics),
        health=tuple(health),
    )
    drawn = {}
    if pictures and not metrics.is_empty():
        drawn = {
            "funnel.png": funnel_png(metrics, title=f"{campaign.id}: the fortnight to {day}"),
            "cost.png": cost_png(metrics, title="Cost of drafts per day"),
        }
    subject, text = harmless(subject), harmless(as_text(told))
    row = {
        "day": day, "subject": subject, "text": text, "due_today": due,
        "alarms": len(alarms), "cost_usd": yesterday["cost_usd"],
        **{name: int(yesterday[name]) for name in
           ("accepted", "delivered", "hard_bounces", "human_replies", "positive_replies")},
    }  # fmt: skip
    return Digest(row, subject, text + "\n", as_page(told, drawn), drawn)


def _days(metrics: pl.DataFrame) -> tuple[tuple[str, int, int], ...]:
    """Per day of the fortnight: mails sent and human replies."""
    if metrics.is_empty():
        return ()
    by_day = metrics.group_by(pl.col("day").cast(pl.String)).agg(pl.col("accepted", "human_replies").sum()).sort("day")
    return tuple((row[0], int(row[1]), int(row[2])) for row in by_day.iter_rows())


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
    day = str(digest.row["day"])
    letter = Letter("digest", day, Mail(digest.subject, digest.text), digest.page, digest.pictures)
    problems = [
        await mail_operator(letter, provider=provider, ledger=ledger, campaign=campaign, clock=clock, pepper=pepper)
    ]
    if ledger.flags.stamped(f"digest.posted.{day}") is None:
        try:
            for name, picture in list(digest.pictures.items())[:1]:
                await bot.show(campaign.operator.telegram_chat, picture, caption=f"{digest.subject} ({name})")
            await bot.say(campaign.operator.telegram_chat, f"{digest.subject}\n\n{digest.text[:3000]}")
            ledger.flags.stamp(f"digest.posted.{day}", at=clock.now())
        except ServiceFailure as error:
            problems.append(f"the digest was not posted: {error}")
    return [problem for problem in problems if problem]


def digest_frame(row: Mapping[str, object] | None) -> pl.DataFrame:
    """The row of the `daily_digest` table."""
    return pl.DataFrame([] if row is None else [row], schema=DIGEST_SCHEMA)
