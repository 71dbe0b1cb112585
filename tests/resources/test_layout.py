"""How the rooms of the outside systems are built, read from their source."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.airtable.gateway import LeadBase
from resources.mail_provider.gateway import MailProvider
from resources.mailbox.gateway import Mailbox

ROOM = Path(__file__).parents[2] / "resources"
SYSTEMS = ("airtable", "domain_names", "heartbeat", "mail_provider", "mailbox", "models", "telegram", "web")
CLIENT_OF = {
    "httpx": {
        "heartbeat/client.py",
        "mail_provider/client.py",
        "telegram/client.py",
        "web/client.py",
    },  # the bot's library hands httpx errors through
    "telegram": {"telegram/client.py"},
    "dns": {"domain_names/client.py"},
    "openai": {"models/client.py"},
    "pyairtable": {"airtable/client.py"},
    "requests": {"airtable/client.py"},  # what pyairtable raises
    "imap_tools": {"mailbox/client.py"},
    "imaplib": {"mailbox/client.py"},
}


def sources(*systems: str) -> Iterator[tuple[str, ast.Module]]:
    for system in systems:
        for path in sorted((ROOM / system).glob("*.py")):
            yield f"{system}/{path.name}", ast.parse(path.read_text())


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.rule("B18")
def test_each_client_library_is_used_in_exactly_one_place() -> None:
    users: dict[str, set[str]] = {library: set() for library in CLIENT_OF}
    for name, tree in sources(*SYSTEMS):
        for library in {module.partition(".")[0] for module in imported(tree)} & set(CLIENT_OF):
            users[library].add(name)

    assert users == CLIENT_OF


@pytest.mark.rule("B14")
def test_no_outside_system_knows_another() -> None:
    for name, tree in sources(*SYSTEMS):
        own = name.partition("/")[0]
        foreign = [module for module in imported(tree) if module.startswith(tuple(f"resources.{s}." for s in SYSTEMS))]
        assert [module for module in foreign if module.split(".")[1] != own] == [], name


@pytest.mark.rule("B15")
def test_concurrency_is_structured_everywhere() -> None:
    for name, tree in sources(*SYSTEMS):
        calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not calls & {"gather", "ensure_future", "create_subprocess_exec", "run_coroutine_threadsafe"}, name


@pytest.mark.rule("A2")
@pytest.mark.parametrize(
    ("gateway", "reads"),
    [
        (LeadBase, {"shape", "access", "records"}),
        (MailProvider, {"events", "blocked", "daily_requests", "account", "senders", "domain", "webhooks", "calls"}),
        (Mailbox, {"messages", "look"}),
    ],
)
def test_no_gateway_can_ask_about_one_record(gateway: type, reads: set[str]) -> None:
    offered = {name: member for name, member in inspect.getmembers(gateway, inspect.isfunction) if name[0] != "_"}

    assert reads == set(offered) - {"send", "update", "upsert"}
    for name in reads:
        asked = set(inspect.signature(offered[name]).parameters)
        assert not asked & {"message_id", "record_id", "email", "uid", "send_key", "lead_id"}, name
