"""The published keys of the stand-ins.

They open nothing but the sandbox, so they may stand in source code, in the demo and in tests. Every stand-in accepts
exactly its key and answers any other one the way the real service does.
"""

from typing import Final

SANDBOX_AIRTABLE_TOKEN: Final = "pat-sandbox-0000000000.0f1e2d3c"  # noqa: S105 - published, opens only the sandbox
SANDBOX_BREVO_KEY: Final = "xkeysib-sandbox-0000000000000000"
SANDBOX_OPENAI_KEY: Final = "sk-sandbox-0000000000000000"
SANDBOX_PERPLEXITY_KEY: Final = "pplx-sandbox-0000000000000000"
SANDBOX_TELEGRAM_TOKEN: Final = "7000000001:sandbox-bot-000000000000000000000"  # noqa: S105 - published as above
SANDBOX_TELEGRAM_CHAT: Final = 700100200
"""The private chat of the one operator the sandbox knows; also that person's user id."""

SANDBOX_MAILBOX_USER: Final = "replies@outreach.example"
SANDBOX_MAILBOX_PASSWORD: Final = "sandbox-mailbox"  # noqa: S105 - published as above

SANDBOX_SENDER_EMAIL: Final = "ada@outreach.example"
"""The one sender the mail provider has validated at the start, with its domain authenticated."""
SANDBOX_SENDER_NAME: Final = "Ada Marsh"
SANDBOX_SENDER_DOMAIN: Final = "outreach.example"

SANDBOX_BASE_ID: Final = "appSandbox0000001"
SANDBOX_TABLE_ID: Final = "tblSandboxLeads001"
SANDBOX_TABLE_NAME: Final = "Leads"

SANDBOX_HEARTBEAT: Final = "5and-b0c5-alive"
"""The one check of the monitor that waits for signs of life."""
