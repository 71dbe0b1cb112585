"""The Dagster resources: light to import, strict about keys, connections in one scope."""

import json
import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

from resources.airtable.resource import LeadBaseResource
from resources.mail_provider.resource import MailProviderResource
from resources.mailbox.resource import MailboxResource
from resources.models.resource import OpenAIResource, PerplexityResource
from resources.telegram.resource import BotResource
from rules.failures import FailureKind, ServiceFailure
from sandbox.keys import SANDBOX_AIRTABLE_TOKEN, SANDBOX_BASE_ID, SANDBOX_BREVO_KEY, SANDBOX_TABLE_NAME
from tests.resources.conftest import Town

HEAVY = ["httpx", "httpx2", "openai", "pyairtable", "requests", "telegram", "imap_tools", "aiohttp"]
MODULES = [f"resources.{room}.resource" for room in ("airtable", "mail_provider", "models", "telegram", "mailbox")]


class Openable(Protocol):
    def open(self) -> AbstractAsyncContextManager[Any]: ...


@pytest.mark.rule("B14")
def test_importing_the_resources_loads_no_client_library() -> None:
    program = (
        f"import importlib, json, sys\n"
        f"import dagster\n"
        f"before = set(sys.modules)\n"
        f"[importlib.import_module(name) for name in {MODULES}]\n"
        f"print(json.dumps([name for name in {HEAVY} if name in set(sys.modules) - before]))"
    )

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert json.loads(printed) == []


def keyless(value: str) -> list[tuple[Openable, str, str]]:
    return [
        (LeadBaseResource(token=value, base_id="app1", table="Leads"), "AIRTABLE_TOKEN", "airtable.com"),
        (MailProviderResource(api_key=value), "BREVO_API_KEY", "app.brevo.com"),
        (OpenAIResource(api_key=value), "OPENAI_API_KEY", "platform.openai.com"),
        (PerplexityResource(api_key=value), "PERPLEXITY_API_KEY", "perplexity.ai"),
        (BotResource(token=value), "TELEGRAM_BOT_TOKEN", "BotFather"),
        (MailboxResource(host="imap.firm.example", user="u", password=value), "MAILBOX_PASSWORD", "app password"),
    ]


@pytest.mark.parametrize("value", ["", "your-key-here"])
@pytest.mark.parametrize("number", range(6))
async def test_a_missing_key_is_explained_before_anything_is_opened(value: str, number: int) -> None:
    resource, variable, page = keyless(value)[number]

    with pytest.raises(ServiceFailure) as refused:
        async with resource.open():
            raise AssertionError("it opened")

    assert refused.value.failure.kind is FailureKind.SYSTEMIC
    assert variable in refused.value.failure.message
    assert page in refused.value.failure.message


@pytest.mark.rule("B13")
async def test_a_resource_opens_in_one_scope_and_works(http: Town) -> None:
    mail = MailProviderResource(api_key=SANDBOX_BREVO_KEY, endpoint=f"{http.url}/brevo/v3")
    base = LeadBaseResource(
        token=SANDBOX_AIRTABLE_TOKEN,
        base_id=SANDBOX_BASE_ID,
        table=SANDBOX_TABLE_NAME,
        endpoint=f"{http.url}/airtable",
    )

    async with mail.open() as provider, base.open() as leads:
        assert (await provider.account()).credits_left
        assert (await leads.shape()).table == SANDBOX_TABLE_NAME


async def test_a_key_of_another_service_is_named_as_such() -> None:
    with pytest.raises(ServiceFailure, match="SMTP key"):
        async with MailProviderResource(api_key="xsmtpsib-0123456789abcdef").open():
            pass
    with pytest.raises(ServiceFailure, match="key of Perplexity"):
        async with OpenAIResource(api_key="pplx-0123456789abcdef").open():
            pass


async def test_an_unprotected_mailbox_elsewhere_is_refused() -> None:
    mailbox = MailboxResource(host="imap.firm.example", user="u", password="p" * 9, security="none")

    with pytest.raises(ValueError, match="unprotected"):
        async with mailbox.open():
            pass


@pytest.mark.rule("B37")
def test_a_key_given_by_name_never_enters_what_dagster_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREVO_API_KEY", "xkeysib-very-secret-0123456789")

    resource = MailProviderResource(api_key=dg.EnvVar("BREVO_API_KEY"))
    seen: list[str] = []

    @dg.asset
    def nothing(mail: MailProviderResource) -> None:
        seen.append(repr(mail))
        assert mail.api_key == "xkeysib-very-secret-0123456789"

    definitions = dg.Definitions(assets=[nothing], resources={"mail": resource})
    snapshot = serialize_value(RepositorySnap.from_def(definitions.get_repository_def()))

    assert dg.materialize([nothing], resources={"mail": resource}).success
    assert "BREVO_API_KEY" in snapshot
    assert "very-secret" not in snapshot
    assert "very-secret" not in seen[0]
