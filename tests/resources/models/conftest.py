"""The models of a town, and questions to ask them."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from resources.models import openai, perplexity
from resources.models.client import connect
from resources.models.fake import fake_openai, fake_perplexity
from resources.models.gateway import ModelRequest, Task
from resources.models.responses import ResponsesModel
from sandbox.keys import SANDBOX_OPENAI_KEY, SANDBOX_PERPLEXITY_KEY
from tests.resources.conftest import Town


@pytest.fixture
async def writer(town: Town) -> AsyncIterator[ResponsesModel]:
    if town.url is None:
        yield fake_openai(town.app, api_key=SANDBOX_OPENAI_KEY)
        return
    async with connect(SANDBOX_OPENAI_KEY, openai.DIALECT, base_url=f"{town.url}/openai/v1") as opened:
        yield opened


@pytest.fixture
async def researcher(town: Town) -> AsyncIterator[ResponsesModel]:
    if town.url is None:
        yield fake_perplexity(town.app, api_key=SANDBOX_PERPLEXITY_KEY)
        return
    async with connect(
        SANDBOX_PERPLEXITY_KEY, perplexity.DIALECT, base_url=f"{town.url}/perplexity/v1", requests_per_second=0
    ) as opened:
        yield opened


@pytest.fixture(params=["perplexity", "openai"])
def searching(
    request: pytest.FixtureRequest, writer: ResponsesModel, researcher: ResponsesModel, company_question: ModelRequest
) -> tuple[ResponsesModel, ModelRequest]:
    """Each provider of research, with a question to it."""
    if request.param == "perplexity":
        return researcher, company_question
    return writer, replace(company_question, model="gpt-6-luna")


@pytest.fixture
def mail_question() -> ModelRequest:
    return ModelRequest(
        task=Task.WRITING,
        model="gpt-6.1-sol",
        instructions="Write one short mail that asks one question. " * 150,
        document='{"step": "opener", "recipient": {"first_name": "Grace"}, "company": {"name": "Harbour Works"}}',
        schema_name="mail",
        schema={
            "type": "object",
            "properties": {"subject": {"type": "string"}, "body": {"type": "string"}},
            "required": ["subject", "body"],
            "additionalProperties": False,
        },
        cache_key="spring",
    )


@pytest.fixture
def company_question() -> ModelRequest:
    fact = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("claim", "quote", "source_url")},
        "required": ["claim", "quote", "source_url"],
        "additionalProperties": False,
    }
    return ModelRequest(
        task=Task.RESEARCH,
        model="perplexity/sonar",
        instructions="Find out what the company does; quote literally.",
        document='{"company": {"name": "Harbour Works", "domain": "harbour.example"}}',
        schema_name="research",
        schema={
            "type": "object",
            "properties": {"what_they_do": {"type": "string"}, "facts": {"type": "array", "items": fact}},
            "required": ["what_they_do", "facts"],
            "additionalProperties": False,
        },
        search_domains=("harbour.example",),
    )
