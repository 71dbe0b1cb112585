"""Preparing a home: its directories, Dagster's configuration, and in sandbox mode the stand-ins' published keys.

What must hold: outside the sandbox no key is invented; a missing one is complained about by the service that needs it.
"""

import os
import secrets
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import typer

from outbound_assets.settings import HOME, MAILBOX, SANDBOX_URL, Settings, read_settings
from rules.campaign import Mode
from sandbox import keys

MARK = "demo.json"
"""A home with this file in it was made by `outbound demo` and may be made anew by it."""

RUNNING = "up.json"
"""Process ids of what `outbound up` started in a home."""

SANDBOX_PORT = "sandbox.port"
"""The port of the home's sandbox, so that every later command finds it."""

SECRETS = (
    "AIRTABLE_TOKEN", "BREVO_API_KEY", "OPENAI_API_KEY", "PERPLEXITY_API_KEY", "TELEGRAM_BOT_TOKEN",
    "MAILBOX_PASSWORD", "OUTBOUND_PEPPER",
)  # fmt: skip
"""Environment variables that hold secrets. A missing one stays empty, so that its own resource says where to get it."""

IMAP_OFFSET, INBOX_OFFSET = 1, 2
"""Ports of the mailbox and of the unsubscribe page, above the sandbox's own."""


def use_home(home: Path, *, sandbox_port: int | None = None) -> Settings:
    """Point this process and its children at a home.

    Args:
        home: The state directory.
        sandbox_port: Where the home's sandbox answers from now on; where it answered last when left out.

    Returns:
        The settings; raises `CampaignFileError` where the campaign cannot be read, ``BadParameter`` where the sandbox's
        address is none.
    """
    os.environ[HOME] = str(home.absolute())
    home.mkdir(parents=True, exist_ok=True)
    if sandbox_port is not None:
        (home / SANDBOX_PORT).write_text(f"{sandbox_port}\n", "utf-8")
    os.environ[SANDBOX_URL] = sandbox_url(home)
    dagster_home = home.absolute() / "dagster"
    dagster_home.mkdir(exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(dagster_home)
    source = Path("dagster.yaml")
    if source.exists():
        shutil.copyfile(source, dagster_home / "dagster.yaml")
    settings = read_settings()
    if settings.campaign().mode is Mode.SANDBOX:
        _lend_sandbox_keys(settings)
    else:
        for name in SECRETS:
            os.environ.setdefault(name, "")
    return settings


def sandbox_url(home: Path) -> str:
    """Where the home's sandbox answers: as the environment says, or on its last port."""
    known = home / SANDBOX_PORT
    port = known.read_text("utf-8").strip() if known.exists() else "8025"
    return os.environ.get(SANDBOX_URL) or f"http://127.0.0.1:{port}"


def _port_of(url: str) -> int:
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    if port is None:
        raise typer.BadParameter(f"{SANDBOX_URL} is {url!r}, which names no port; it looks like http://127.0.0.1:8025")
    return port


def _lend_sandbox_keys(settings: Settings) -> None:
    """The stand-ins' keys, and a pepper of the home's own that survives restarts."""
    pepper = settings.home / "pepper"
    if not pepper.exists():
        pepper.touch(mode=0o600)
        pepper.write_text(secrets.token_hex(32), "utf-8")
    port = _port_of(settings.sandbox_url)
    lent = {
        "AIRTABLE_TOKEN": keys.SANDBOX_AIRTABLE_TOKEN,
        "BREVO_API_KEY": keys.SANDBOX_BREVO_KEY,
        "OPENAI_API_KEY": keys.SANDBOX_OPENAI_KEY,
        "PERPLEXITY_API_KEY": keys.SANDBOX_PERPLEXITY_KEY,
        "TELEGRAM_BOT_TOKEN": keys.SANDBOX_TELEGRAM_TOKEN,
        "MAILBOX_PASSWORD": keys.SANDBOX_MAILBOX_PASSWORD,
        "OUTBOUND_PEPPER": pepper.read_text("utf-8").strip(),
        MAILBOX: f"{keys.SANDBOX_MAILBOX_USER}@127.0.0.1:{port + IMAP_OFFSET}",
    }
    for name, value in lent.items():
        os.environ[name] = value
