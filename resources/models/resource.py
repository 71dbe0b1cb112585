"""Language models as Dagster resources: settings that can be shown, keys that cannot.

What must hold: importing this opens nothing and does not load the SDK, which takes most of a second; both happen in
`open`, in one scope (rule B13).
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import dagster as dg
from pydantic import Field

from resources.keys import KeySource, require_key
from resources.models import openai, perplexity
from resources.models.budget import DEFAULT_BUDGET
from resources.models.prices import ModelPrice
from resources.models.responses import Dialect, Limits, ResponsesModel

OPENAI_KEY: Final = KeySource(
    service="OpenAI",
    variable="OPENAI_API_KEY",
    page="https://platform.openai.com/api-keys",
    refused=(("pplx-", "that is a key of Perplexity"),),
)
PERPLEXITY_KEY: Final = KeySource(
    service="Perplexity",
    variable="PERPLEXITY_API_KEY",
    page="https://www.perplexity.ai/account/api/keys",
    refused=(("sk-", "that is a key of OpenAI"),),
)


class ModelResource(dg.ConfigurableResource["ModelResource"]):
    """A language model of some service: what assets ask for, and what all services are configured with.

    Attributes:
        api_key: Given as ``dg.EnvVar(...)``.
        endpoint: The API's root, version included; the sandbox's in sandbox mode.
        timeout_seconds: How long one answer may take.
        requests_per_second: 0 for no pacing.
        input_budget: Tokens of input a request may have.
        prices: Model name to dollars per million tokens (``input``, ``cached``, ``output``, and where they apply
            ``cache_write`` and ``search``), for models the built-in table does not know.
    """

    api_key: str = Field(repr=False)
    endpoint: str
    timeout_seconds: float = 180.0
    requests_per_second: float = 0.0
    input_budget: int = DEFAULT_BUDGET
    prices: dict[str, dict[str, float]] = {}  # noqa: RUF012 - pydantic copies defaults

    def open(self) -> AbstractAsyncContextManager[ResponsesModel]:
        """Open the model for the length of a block.

        Raises:
            ServiceFailure: ``SYSTEMIC``: the key is missing, a placeholder, or of another service.
        """
        raise NotImplementedError

    @asynccontextmanager
    async def _open(self, dialect: Dialect, source: KeySource) -> AsyncIterator[ResponsesModel]:
        key = require_key(self.api_key, source)
        limits = Limits(self.input_budget, {name: ModelPrice(**price) for name, price in self.prices.items()})
        from resources.models.client import connect  # noqa: PLC0415 - loads the SDK, which a definition never needs

        async with connect(
            key,
            dialect,
            base_url=self.endpoint,
            timeout_seconds=self.timeout_seconds,
            requests_per_second=self.requests_per_second,
            limits=limits,
        ) as model:
            yield model


class OpenAIResource(ModelResource):
    """OpenAI: writing, judging, and research where it is the provider. The key is ``dg.EnvVar("OPENAI_API_KEY")``."""

    endpoint: str = openai.DIALECT.live_url

    def open(self) -> AbstractAsyncContextManager[ResponsesModel]:
        """See `ModelResource.open`."""
        return self._open(openai.DIALECT, OPENAI_KEY)


class PerplexityResource(ModelResource):
    """Perplexity: web-grounded research. The key is ``dg.EnvVar("PERPLEXITY_API_KEY")``."""

    endpoint: str = perplexity.DIALECT.live_url
    requests_per_second: float = perplexity.DIALECT.requests_per_second

    def open(self) -> AbstractAsyncContextManager[ResponsesModel]:
        """See `ModelResource.open`."""
        return self._open(perplexity.DIALECT, PERPLEXITY_KEY)
