"""The funnel of a day's mails, gathered from the ledger: whatever came of them on later days is in it."""

import polars as pl

from resources.ledger.ledger import Ledger
from rules.campaign import Campaign
from stages.drafting import draft_frame
from stages.metrics import day_metrics
from stages.sending import send_frame


def metrics_of(day: str, ledger: Ledger, campaign: Campaign) -> pl.DataFrame:
    """Rows of the `campaign_metrics` table for the mails planned on a day."""
    events = {"send_key": pl.String, "kind": pl.String}
    replies = {"send_key": pl.String, "class": pl.String}
    return day_metrics(
        day,
        sends=send_frame(ledger, campaign, day),
        events=pl.DataFrame(ledger.questions.events_for_sends_of(day), schema=events),
        replies=pl.DataFrame(ledger.questions.replies_to_sends_of(day), schema=replies),
        drafts=draft_frame(ledger, day),
    )
