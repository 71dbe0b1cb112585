"""The mail provider: key, credits, contract against the caps, sender, domain, webhooks."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from resources.mail_provider.gateway import MailProvider, ProviderAccount, Webhook
from rules.campaign import Campaign
from stages.doctor.findings import Finding, fail, ok, warn
from stages.doctor.practice import Practice

FREE_PER_DAY: Final = 300
"""Mails a day on Brevo's free plan."""
KEY: Final = (
    "get an API key at https://app.brevo.com/settings/keys/api and set BREVO_API_KEY; where the answer is about an "
    "address, add this machine's at https://app.brevo.com/security/authorised_ips"
)
DOOR: Final = "/webhooks/brevo"
"""Where `outbound inbox` takes posts."""
SENDERS: Final = "https://app.brevo.com/senders"


async def provider(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the account."""
    campaign = practice.campaign
    async with practice.provider() as gateway:
        account = await gateway.account()
        yield ok("provider.account", f"the key opens the account of {account.company or 'an unnamed company'}")
        yield credits_line(account, campaign)
        yield contract_line(account, campaign)
        senders = await gateway.senders()
        address = campaign.sender.email.casefold()
        if senders.get(address):
            yield ok("provider.sender", "the sender's address is confirmed")
        else:
            found = "is not confirmed" if address in senders else "is no sender of the account"
            yield fail("provider.sender", f"{campaign.sender.email} {found}", f"add and confirm it at {SENDERS}")
        yield await _domain(gateway, address.rpartition("@")[2])
        yield webhooks_line(await gateway.webhooks(), expected=practice.machine.posted)


def credits_line(account: ProviderAccount, campaign: Campaign) -> Finding:
    """Mails left, against what the caps would send."""
    left, per_day = account.credits_left, campaign.caps.per_day
    if left is None:
        return ok("provider.credits", "the contract does not count mails")
    buy = "buy credits or a larger plan at https://app.brevo.com/billing"
    if left == 0:
        return fail("provider.credits", "no mails are left", buy)
    if left < 2 * per_day and account.plan != "free":
        return warn("provider.credits", f"{left} mails left: under two days of {per_day}", buy)
    return ok("provider.credits", f"{left} mails left, {per_day} a day at most")


def contract_line(account: ProviderAccount, campaign: Campaign) -> Finding:
    """The contract's own limit of a day, against the cap."""
    if account.plan == "free" and campaign.caps.per_day > FREE_PER_DAY:
        fix = f"set caps.per_day to {FREE_PER_DAY} or less, or choose a paid plan"
        told = f"the free plan sends {FREE_PER_DAY} mails a day, the cap says {campaign.caps.per_day}"
        return warn("provider.contract", told, fix)
    return ok("provider.contract", f"the contract ({account.plan}) allows what the caps say")


def webhooks_line(hooks: Sequence[Webhook], *, expected: bool) -> Finding:
    """Whether posts of events come where they are waited for; without any they are read every quarter of an hour."""
    ours = [hook for hook in hooks if hook.url.rstrip("/").endswith(DOOR)]
    if expected and not ours:
        fix = f"add a transactional webhook to https://(your host){DOOR} with the token as bearer, or unset the token"
        return warn("provider.webhooks", "BREVO_WEBHOOK_TOKEN is set, and no webhook posts here", fix)
    if ours and not expected:
        fix = "set BREVO_WEBHOOK_TOKEN to the webhook's bearer token where `outbound inbox` runs, or delete the webhook"
        return warn("provider.webhooks", "a webhook posts here, and nobody lets it in", fix)
    return ok("provider.webhooks", "events are posted and read" if ours else "events are read every quarter of an hour")


async def _domain(gateway: MailProvider, name: str) -> Finding:
    found = await gateway.domain(name)
    fix = f"add {name} at {SENDERS}/domain and publish the records it shows"
    if found is None:
        return fail("provider.domain", f"the provider does not know the domain {name}", fix)
    if not found.authenticated:
        return fail("provider.domain", f"the provider does not sign for {name}: it is not authenticated", fix)
    return ok("provider.domain", f"the provider signs for {name}")
