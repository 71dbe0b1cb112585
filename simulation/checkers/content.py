"""I4: what goes out is the approved mail, word for word, to the approved person, and no half-made one is approved.

What must hold: fingerprints are the recorder's own; the text on the wire is held against what was durable before it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

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
    ours = frozenset.intersection(*mails) if mails else frozenset[str]()
    approved: dict[str, Approved] = {}
    for fact in history.among(Approved, RequestStarted, ProviderAccepted):
        if isinstance(fact, Approved):
            approved[fact.key] = fact
        elif isinstance(fact, RequestStarted | ProviderAccepted) and fact.address != operator:
            why = _objection(fact, approved.get(fact.key), ours)
            if why:
                yield Violation("I4", fact.at, f"{fact.address}: {why}", (fact.key, fact.address))


def _objection(mail: RequestStarted | ProviderAccepted, approved: Approved | None, ours: frozenset[str]) -> str:
    if not mail.subject.strip() or not mail.text.strip():
        return "a mail without a subject or a text"
    if approved is None:
        return "a mail nobody approved"
    if mail.fingerprint != approved.fingerprint:
        return f"the mail on the wire ({mail.subject!r}) is not the approved one ({approved.subject!r})"
    if mail.address != approved.address:
        return f"the mail was approved for {approved.address}"
    if gap := _gap(mail.subject, mail.text):
        return f"the mail has a gap in it: {gap!r}"
    hosts = _hosts(mail.text) - ours
    if isinstance(mail, RequestStarted):
        hosts |= _hosts(mail.html) - ours
    return f"the mail links to {', '.join(sorted(hosts))}" if hosts else ""


@lru_cache(4_096)
def _gap(subject: str, text: str) -> str:
    found = _PLACEHOLDER.search(f"{subject}\n{text}")
    return found.group().strip() if found else ""


@lru_cache(4_096)
def _hosts(text: str) -> frozenset[str]:
    return frozenset(host.casefold() for host in _LINK.findall(text))
