"""The mail provider as a Dagster resource: settings that can be shown, a key that cannot.

What must hold: importing this opens nothing and loads no HTTP library; both happen in `open`, in one scope (rule B13).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import dagster as dg
from pydantic import Field

from resources.backoff import Patience
from resources.keys import KeySource, require_key
from resources.mail_provider.brevo import LIVE_URL, BrevoMailProvider

KEY: Final = KeySource(
    service="Brevo",
    variable="BREVO_API_KEY",
    page="https://app.brevo.com/settings/keys/api",
    refused=(("xsmtpsib-", "that is an SMTP key, the API takes one that begins with xkeysib-"),),
)


class MailProviderResource(dg.ConfigurableResource["MailProviderResource"]):
    """Brevo.

    Attributes:
        api_key: Given as ``dg.EnvVar("BREVO_API_KEY")``.
        endpoint: The API's root, version included; the sandbox's in sandbox mode.
        longest_wait_seconds: How long a read waits for a rate pool before it is deferred.
    """

    api_key: str = Field(repr=False)
    endpoint: str = LIVE_URL
    longest_wait_seconds: float = 120.0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BrevoMailProvider]:
        """Open the mail provider for the length of a block.

        Raises:
            ServiceFailure: ``SYSTEMIC``: the key is missing, a placeholder, or of the wrong kind.
        """
        key = require_key(self.api_key, KEY)
        from resources.mail_provider.client import connect  # noqa: PLC0415 - loads httpx, which a definition never needs

        patience = Patience(longest_wait=self.longest_wait_seconds)
        async with connect(key, base_url=self.endpoint, patience=patience) as provider:
            yield provider
