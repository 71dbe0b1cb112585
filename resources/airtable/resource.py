"""The lead base as a Dagster resource: settings that can be shown, a token that cannot.

What must hold: importing this opens nothing and does not load pyairtable; both happen in `open`, in one scope (rule
B13).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import dagster as dg
from pydantic import Field

from resources.airtable.lead_base import LIVE_URL, REQUESTS_PER_SECOND, AirtableLeadBase, Place
from resources.backoff import Patience
from resources.keys import KeySource, require_key

KEY: Final = KeySource(
    service="Airtable",
    variable="AIRTABLE_TOKEN",
    page="https://airtable.com/create/tokens",
    refused=(("key", "that is an API key of the kind that ended in 2024; the API takes a token that begins with pat"),),
)


class LeadBaseResource(dg.ConfigurableResource["LeadBaseResource"]):
    """A table of leads in Airtable.

    Attributes:
        token: Given as ``dg.EnvVar("AIRTABLE_TOKEN")``.
        base_id: ``app...``
        table: The table's name or id.
        operator_fields: Names of the fields whose changes count for an incremental listing.
        endpoint: The API's root, without the version; the sandbox's in sandbox mode.
        requests_per_second: 0 for no pacing.
        typecast: Let Airtable convert values and create select options.
        longest_wait_seconds: How long one call waits for Airtable's locks in all.
    """

    token: str = Field(repr=False)
    base_id: str
    table: str
    operator_fields: list[str] = []  # noqa: RUF012 - pydantic copies defaults
    endpoint: str = LIVE_URL
    requests_per_second: float = REQUESTS_PER_SECOND
    typecast: bool = True
    longest_wait_seconds: float = 180.0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AirtableLeadBase]:
        """Open the lead base for the length of a block.

        Raises:
            ServiceFailure: ``SYSTEMIC``: the token is missing, a placeholder, or of the wrong kind.
        """
        token = require_key(self.token, KEY)
        from resources.airtable.client import connect  # noqa: PLC0415 - loads pyairtable, which a definition never needs

        place = Place(self.base_id, self.table, tuple(self.operator_fields), typecast=self.typecast)
        async with connect(
            token,
            place,
            endpoint_url=self.endpoint,
            requests_per_second=self.requests_per_second,
            patience=Patience(longest_wait=self.longest_wait_seconds),
        ) as base:
            yield base
