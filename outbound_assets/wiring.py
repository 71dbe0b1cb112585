"""The resources of this deployment: addresses from the mode, secrets from the environment when a run opens them."""

from typing import Any, Final

import dagster as dg

from outbound_assets.campaign_resource import CampaignResource
from outbound_assets.partitions import CAMPAIGN, SETTINGS
from resources.airtable.resource import LeadBaseResource
from resources.clock.resource import ClockResource
from resources.domain_names.resource import DomainNamesResource
from resources.heartbeat.resource import HeartbeatResource
from resources.ledger.resource import LedgerResource
from resources.mail_provider.resource import MailProviderResource
from resources.mailbox.resource import MailboxResource
from resources.models.resource import ModelResource, OpenAIResource, PerplexityResource
from resources.telegram.resource import BotResource
from resources.warehouse.resource import WarehouseResource
from resources.web.resource import WebResource
from rules.airtable_fields import OPERATOR_OWNED
from rules.campaign import Mode

_SANDBOX: Final = CAMPAIGN.mode is Mode.SANDBOX
SANDBOX_CHECK: Final = "5and-b0c5-alive"
"""The published check of the sandbox's monitor; it opens nothing."""
DNS_OFFSET: Final = 3
"""The sandbox's name server is so many ports above its pages."""


def _mailbox() -> dict[str, Any]:
    """The mailbox's place: the sandbox's IMAP port, or what the environment names."""
    name, _, place = SETTINGS.mailbox.rpartition("@")
    host, _, port = place.partition(":")
    return {
        "host": host or "127.0.0.1",
        "port": int(port or (8026 if _SANDBOX else 993)),
        "user": name or CAMPAIGN.sender.reply_to,
        "folder": CAMPAIGN.ears.mailbox_folder,
        "security": "none" if _SANDBOX else "tls",
    }


def _openai() -> OpenAIResource:
    """The chat model."""
    endpoint = SETTINGS.endpoint("openai/v1", "https://api.openai.com/v1", CAMPAIGN.mode)
    return OpenAIResource(api_key=dg.EnvVar("OPENAI_API_KEY"), endpoint=endpoint)


def _researcher(pace: dict[str, Any]) -> ModelResource:
    """Who searches the web, by configuration."""
    if CAMPAIGN.research.provider == "openai":
        return _openai()
    endpoint = SETTINGS.endpoint("perplexity/v1", "https://api.perplexity.ai/v1", CAMPAIGN.mode)
    return PerplexityResource(api_key=dg.EnvVar("PERPLEXITY_API_KEY"), endpoint=endpoint, **pace)


def _names() -> dict[str, Any]:
    """Whom to ask for names: whom the environment says, the sandbox's server, or the system's own."""
    if SETTINGS.name_server:
        host, _, port = SETTINGS.name_server.partition(":")
        return {"servers": [host], "port": int(port or 53)}
    if _SANDBOX:
        return {"servers": ["127.0.0.1"], "port": int(SETTINGS.sandbox_url.rpartition(":")[2] or 0) + DNS_OFFSET}
    return {}


def resources() -> dict[str, Any]:
    """Every resource by the name assets ask for it."""
    airtable, mode = CAMPAIGN.airtable, CAMPAIGN.mode
    pace: dict[str, Any] = {"requests_per_second": 0.0} if _SANDBOX else {}
    return {
        "desk": CampaignResource(path=str(SETTINGS.campaign_file), pepper=dg.EnvVar("OUTBOUND_PEPPER")),
        "clock": ClockResource(sandbox_url=SETTINGS.sandbox_url if _SANDBOX else ""),
        "ledger": LedgerResource(url=SETTINGS.ledger_url, witness=str(SETTINGS.witness), campaign=CAMPAIGN.id),
        "warehouse": WarehouseResource(path=str(SETTINGS.warehouse)),
        "lead_base": LeadBaseResource(
            token=dg.EnvVar("AIRTABLE_TOKEN"),
            base_id=airtable.base,
            table=airtable.table,
            operator_fields=[getattr(airtable.fields, name) for name in OPERATOR_OWNED],
            endpoint=SETTINGS.endpoint("airtable", "https://api.airtable.com", mode),
            requests_per_second=airtable.requests_per_second,
        ),
        "mail_provider": MailProviderResource(
            api_key=dg.EnvVar("BREVO_API_KEY"),
            endpoint=SETTINGS.endpoint("brevo/v3", "https://api.brevo.com/v3", mode),
        ),
        "writer": _openai(),
        "researcher": _researcher(pace),
        "bot": BotResource(
            token=dg.EnvVar("TELEGRAM_BOT_TOKEN"),
            endpoint=SETTINGS.endpoint("telegram", "https://api.telegram.org", mode),
        ),
        "heartbeat": HeartbeatResource(
            sandbox_url=f"{SETTINGS.sandbox_url}/heartbeat/{SANDBOX_CHECK}" if _SANDBOX else "",
        ),
        "names": DomainNamesResource(**_names()),
        "web": WebResource(),
        "mailbox": MailboxResource(password=dg.EnvVar("MAILBOX_PASSWORD"), **_mailbox()),
    }
