"""Money at the models' services: refusals that are latched, the balance's days, prices that moved.

What must hold: looking buys nothing; what cannot be known without buying is not said to be fine.
"""

from datetime import date, timedelta

from resources.ledger.flags import FlagName
from stages.days import day_of
from stages.doctor.findings import Finding, fail, ok, warn
from stages.doctor.practice import Practice
from stages.forecasting import DRIFT, WINDOW, price_drift, runways


def money_line(area: str, flag: FlagName, service: str, practice: Practice) -> Finding:
    """What is left, in days where the operator gave the balance; a latched refusal says that it ended."""
    campaign, now = practice.campaign, practice.clock.now()
    with practice.ledger() as ledger:
        latched = [one for one in ledger.flags.raised() if one.name == flag]
        runway = next((one for one in runways(ledger, campaign, now=now) if one.service == service), None)
        spent = ledger.work.spent(day=day_of(now, campaign.zone))
    if latched:
        fix = "add credit or lift the limit on the service's billing page, then `outbound resume`"
        return fail(f"{area}.money", f"refused since {latched[0].at:%d %B %H:%M}: {latched[0].reason}", fix)
    if runway is not None and runway.ends_within(campaign.balance.warn_days):
        fix = f"add credit, then set balance.{service}_usd and balance.counted_on in campaign.toml"
        return warn(f"{area}.money", runway.sentence, fix)
    told = runway.sentence if runway is not None else "no refusal is latched"
    return ok(f"{area}.money", f"{told}; ${spent:.2f} of the day's ${campaign.budget.per_day_usd:.2f} are spent")


def drift_line(area: str, service: str, practice: Practice) -> Finding:
    """Whether what the service billed lately is what our table of prices says."""
    campaign = practice.campaign
    today = date.fromisoformat(day_of(practice.clock.now(), campaign.zone))
    with practice.ledger() as ledger:
        drift = price_drift(ledger, service, since=(today - timedelta(days=WINDOW)).isoformat())
    if drift is not None and abs(drift) > DRIFT:
        return warn(
            f"{area}.billing", f"{service} billed {drift:+.0%} against our table of prices over {WINDOW} days",
            "compare resources/models/prices.py with the service's page of prices",
        )  # fmt: skip
    return ok(f"{area}.billing", "what was billed agrees with our table of prices" if drift is not None else "no bill")
