"""I4: what goes out is the approved mail, word for word, to the approved person, and no half-made one is approved.

What must hold: fingerprints are the recorder's own; the text on the wire is held against what was durable before it.
"""

import re
from collections.abc import Iterator

from simulation.facts import Approved, ProviderAccepted, RequestStarted, RunStarted
from simulation.history import History, Violation

_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|<<|>>|\{[A-Za-z_]+\}|\[[A-Z][A-Za-z ]*(?:[Nn]ame|Company|Title)\]|\bundefined\b|\bNaN\b"
    r"|(?:^|[\s,])(?:None|null|nan)(?=[\s,.!]|$)"
)
_LINK = re.compile(r"https?://([^/\s\"<>:]+)", re.IGNORECASE)


def check(history: History) -> list[Violation]:
    """Mails that are not the approved one, are empty, unfinished, or lead somewhere else."""
    return list(_wrong_mails(history))


def _wrong_mails(history: History) -> Iterator[Violation]:
    operator = next((fact.operator for fact in history.of(RunStarted)), "")
    # The way out is in every mail, so its host is in all of them; an invented one is not.
    mails = [_hosts(fact.text) for fact in history.of(RequestStarted) if fact.address != operator]
    ours = set.intersection(*mails) if mails else set[str]()
    approved: dict[str, Approved] = {}
    for fact in history.among(Approved, RequestStarted, ProviderAccepted):
        if isinstance(fact, Approved):
            approved[fact.key] = fact
        elif isinstance(fact, RequestStarted | ProviderAccepted) and fact.address != operator:
            why = _objection(fact, approved.get(fact.key), ours)
            if why:
                yield Violation("I4", fact.at, f"{fact.address}: {why}", (fact.key, fact.address))


def _objection(mail: RequestStarted | ProviderAccepted, approved: Approved | None, ours: set[str]) -> str:
    if not mail.subject.strip() or not mail.text.strip():
        return "a mail without a subject or a text"
    if approved is None:
        return "a mail nobody approved"
    if mail.fingerprint != approved.fingerprint:
        return f"the mail on the wire ({mail.subject!r}) is not the approved one ({approved.subject!r})"
    if mail.address != approved.address:
        return f"the mail was approved for {approved.address}"
    if found := _PLACEHOLDER.search(f"{mail.subject}\n{mail.text}"):
        return f"the mail has a gap in it: {found.group().strip()!r}"
    hosts = _hosts(mail.text)
    if isinstance(mail, RequestStarted):
        hosts |= _hosts(mail.html)
    if hosts - ours:
        return f"the mail links to {', '.join(sorted(hosts - ours))}"
    return ""


def _hosts(text: str) -> set[str]:
    return {host.casefold() for host in _LINK.findall(text)}
