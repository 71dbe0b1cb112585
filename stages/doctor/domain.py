"""The sending domain as receivers see it: SPF, DKIM, DMARC, mail hosts, and the way out of the list.

What must hold: records are judged in `rules/sending_domain.py`; here they are only fetched, each name once.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from resources.domain_names.gateway import DomainNames
from rules.campaign import Campaign, Mode
from rules.domains import registrable_domain
from rules.failures import ServiceFailure
from rules.sending_domain import read_dkim, read_dmarc, read_spf, spf_records, spf_terms
from stages.doctor.findings import Finding, fail, graded, ok, warn
from stages.doctor.practice import Practice
from stages.unsubscribing import unsubscribe_link

RESOLVER: Final = "look at this machine's name servers (/etc/resolv.conf) and its way to the internet"
_DEEPEST: Final = 20
FOUND: Final = 200


async def domain(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the records of the From domain and on the domain answers go to."""
    sender = practice.campaign.sender
    name = sender.email.rpartition("@")[2].casefold()
    answers = sender.reply_to.rpartition("@")[2].casefold()
    async with practice.names() as names:
        yield graded("domain.spf", read_spf(name, await _followed(names, name)))
        for finding in await _keys(names, name, practice):
            yield finding
        above = registrable_domain(name) or name
        policies = {each: await names.texts(f"_dmarc.{each}") for each in dict.fromkeys((name, above))}
        yield graded("domain.dmarc", read_dmarc(name, above, policies))
        hosts = await names.mail_hosts(answers)
    if hosts:
        yield ok("domain.mail_hosts", f"{answers} takes answers at {hosts[0]}")
    else:
        fix = f"publish an MX record for {answers}, or set sender.reply_to to an address that receives"
        yield fail("domain.mail_hosts", f"{answers} takes no mail: every answer would be lost", fix)


async def _followed(names: DomainNames, name: str) -> dict[str, Sequence[str]]:
    """The domain's SPF records and those of everything it includes, each name once."""
    found: dict[str, Sequence[str]] = {}
    waiting = [name]
    while waiting and len(found) < _DEEPEST:
        each = waiting.pop(0)
        if each not in found:
            found[each] = spf_records(await names.texts(each))
            waiting += [inner for record in found[each][:1] for inner in spf_terms(record).follows]
    return found


async def _keys(names: DomainNames, name: str, practice: Practice) -> list[Finding]:
    """DKIM: the keys the provider wants to see; what it wants is asked of it."""
    try:
        async with practice.provider() as gateway:
            known = await gateway.domain(name)
    except ServiceFailure:
        fix = "mend the lines on the provider first"
        return [warn("domain.dkim", "the provider could not be asked which DKIM keys it signs with", fix)]
    if known is None or not known.keys:
        fix = f"add {name} to the provider's domains and publish the keys it shows"
        return [fail("domain.dkim", f"the provider signs with no key of {name}", fix)]
    readings = []
    for host, value in known.keys.items():
        whole = host if host.endswith(name) else f"{host}.{name}"
        readings.append(graded("domain.dkim", read_dkim(whole, await names.texts(whole), value)))
    return readings


async def way_out(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the one-click unsubscribe header and the page behind it (RFC 8058)."""
    campaign = practice.campaign
    link = unsubscribe_link(campaign.sender.unsubscribe_url, "doctor", practice.secret())
    yield _header(campaign)
    try:
        async with practice.web() as web:
            seen = await web.glance(link)
    except ServiceFailure as failure:
        yield _unreached(campaign, str(failure.failure))
        return
    if seen.status == FOUND:
        yield ok("way_out.page", "the page behind the unsubscribe links answers and knows our signature")
    else:
        yield _unreached(campaign, f"the page answers {seen.status} to a link of ours")


def _header(campaign: Campaign) -> Finding:
    if campaign.sender.unsubscribe_url.startswith("https://"):
        return ok("way_out.header", "every mail carries List-Unsubscribe with one click over https")
    return ok(
        "way_out.header", "every mail carries List-Unsubscribe with one click; outside the sandbox it must be https"
    )


def _unreached(campaign: Campaign, what: str) -> Finding:
    fix = (
        "run `outbound inbox` (`outbound up` does) and let a proxy lead sender.unsubscribe_url to it, with the same "
        "OUTBOUND_PEPPER"
    )
    build = warn if campaign.mode is Mode.SANDBOX else fail
    return build("way_out.page", f"nobody could unsubscribe: {what}", fix)
