"""The mail provider of a town, and a mail to send."""

from collections.abc import AsyncIterator

import pytest

from resources.backoff import Patience
from resources.mail_provider.brevo import BrevoMailProvider
from resources.mail_provider.client import connect
from resources.mail_provider.fake import fake_mail_provider
from resources.mail_provider.gateway import OutgoingMail
from sandbox.keys import SANDBOX_BREVO_KEY, SANDBOX_SENDER_EMAIL
from tests.resources.conftest import Town


@pytest.fixture
async def provider(town: Town, patience: Patience) -> AsyncIterator[BrevoMailProvider]:
    if town.url is None:
        yield fake_mail_provider(town.app, api_key=SANDBOX_BREVO_KEY, patience=patience)
        return
    async with connect(SANDBOX_BREVO_KEY, base_url=f"{town.url}/brevo/v3", patience=patience) as opened:
        yield opened


@pytest.fixture
def mail() -> OutgoingMail:
    return OutgoingMail(
        send_key="spring/opener/0001",
        idempotency_key="7c1e6b0a-6f0e-5f55-8d7e-3b1f4f6f0a01",
        sender_name="Ada Marsh",
        sender_email=SANDBOX_SENDER_EMAIL,
        to_name="Grace Hopper",
        to_email="grace@harbour.example",
        reply_to="replies@outreach.example",
        subject="Your quay in Lübeck",
        text="Hello Grace, a question about your quay.",
        html="<p>Hello Grace, a question about your quay.</p>",
        headers={"List-Unsubscribe": "<https://outreach.example/u/1>", "In-Reply-To": "<1@outreach.example>"},
    )
