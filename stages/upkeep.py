"""The nightly look at everything: each outside service is asked whether it would work, the ledger whether it is whole.

What must hold (rule B21): a canary finds a changed key, limit or model before a thousand failures do.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from resources.airtable.gateway import LeadBase
from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.ledger.transactions import LedgerError
from resources.mail_provider.gateway import MailProvider
from resources.models.gateway import LanguageModel
from resources.telegram.gateway import Bot
from rules.campaign import Campaign
from rules.failures import classify
from stages.intake import check_shape

WARN_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Health:
    """What a service answered: ``ok``, ``warn`` or ``fail``, and what to do."""

    service: str
    state: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Services:
    """What is asked."""

    base: LeadBase
    provider: MailProvider
    writer: LanguageModel
    researcher: LanguageModel
    bot: Bot


async def ask_everybody(services: Services, *, ledger: Ledger, campaign: Campaign, clock: Clock) -> Sequence[Health]:
    """Ask each service once; one that fails does not keep the others from being asked."""
    now = clock.now()
    drafting = (campaign.drafting.model, campaign.verification.model)
    probes: Mapping[str, Callable[[], Awaitable[tuple[str, str]]]] = {
        "airtable": lambda: _airtable(services.base, campaign),
        "mail provider": lambda: _provider(services.provider, campaign),
        "writer": lambda: _models(services.writer, drafting, now.date()),
        "researcher": lambda: _models(services.researcher, (campaign.research.model,), now.date()),
        "telegram": lambda: _bot(services.bot),
        "ledger": lambda: _ledger(ledger),
    }
    found = []
    for name, probe in probes.items():
        try:
            state, detail = await probe()
        except Exception as error:  # noqa: BLE001 - a canary reports whatever it meets
            state, detail = "fail", str(classify(error))
        found.append(Health(name, state, detail, now))
    return found


async def _airtable(base: LeadBase, campaign: Campaign) -> tuple[str, str]:
    await check_shape(base, campaign.airtable)
    return "ok", f"table {campaign.airtable.table} has every mapped field and view {campaign.airtable.view}"


async def _provider(provider: MailProvider, campaign: Campaign) -> tuple[str, str]:
    account = await provider.account()
    senders = await provider.senders()
    if not senders.get(campaign.sender.email.casefold(), senders.get(campaign.sender.email, False)):
        return "fail", f"{campaign.sender.email} is no active sender; confirm it in the provider's settings"
    if account.credits_left is not None and account.credits_left < 2 * campaign.caps.per_day:
        return "warn", f"{account.credits_left} mails left: under two days of {campaign.caps.per_day}"
    return (
        "ok",
        f"plan {account.plan}, {account.credits_left if account.credits_left is not None else 'uncounted'} mails left",
    )


async def _models(model: LanguageModel, wanted: Sequence[str], today: date) -> tuple[str, str]:
    known = {info.model: info.shutdown for info in await model.models()}
    missing = [name for name in wanted if name not in known]
    if missing:
        return "fail", f"the key may not use {', '.join(missing)}; choose another model in campaign.toml"
    ending = {name: end for name in wanted if (end := known[name]) is not None and end - today <= WARN_AHEAD}
    if ending:
        days = ", ".join(f"{name} on {end.isoformat()}" for name, end in ending.items())
        return "warn", f"switched off soon: {days}; choose another model in campaign.toml"
    return "ok", ", ".join(wanted)


async def _bot(bot: Bot) -> tuple[str, str]:
    return "ok", f"@{await bot.name()}"


async def _ledger(ledger: Ledger) -> tuple[str, str]:
    try:
        entries = ledger.verify()
    except LedgerError as error:
        return "fail", str(error)
    return "ok", f"{entries} journal entries, hash chain whole"
