"""The mailbox of the answers: log-in and folder."""

from collections.abc import AsyncGenerator
from typing import Final

from rules.failures import ServiceFailure
from stages.doctor.findings import Finding, ok, refused
from stages.doctor.practice import Practice

LOGIN: Final = (
    "set OUTBOUND_MAILBOX to user@host:port and MAILBOX_PASSWORD to the account's password (an app password where "
    "the host offers one)"
)


async def mailbox(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the mailbox."""
    folder = practice.campaign.ears.mailbox_folder
    async with practice.mailbox() as box:
        try:
            letters = await box.look()
        except ServiceFailure as failure:
            if failure.failure.code != "unknown_folder":
                raise
            yield ok("mailbox.login", "the mailbox lets us in")
            yield refused(
                "mailbox.folder", failure.failure, "set ears.mailbox_folder in campaign.toml to a folder it has"
            )
            return
    yield ok("mailbox.login", "the mailbox lets us in")
    yield ok("mailbox.folder", f"the folder {folder} holds {letters} messages")
