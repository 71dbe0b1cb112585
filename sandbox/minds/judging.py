"""Judging whether a mail domain belongs to a company.

The one thing that must hold: a scripted truth is answered as it is; without one, names that share nothing do not match.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.minds.document import Document, list_at
from sandbox.world.world import World

_GENERIC: Final = frozenset(
    [
        "ag",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "global",
        "gmbh",
        "group",
        "holding",
        "holdings",
        "inc",
        "industries",
        "international",
        "kk",
        "limited",
        "llc",
        "ltd",
        "nv",
        "oy",
        "partners",
        "plc",
        "pte",
        "pty",
        "sa",
        "sarl",
        "services",
        "sl",
        "solutions",
        "spa",
        "srl",
        "systems",
        "technologies",
        "the",
        "und",
        "and",
    ]
)
_SHORTEST: Final = 3
_STEM: Final = 5


def judge(world: World, document: Document) -> dict[str, Any]:
    """Answer one question or a list of them; the keys suit both kinds of schema."""
    questions = list_at(document, "questions") or list_at(document, "items") or [document]
    answers = [_answer(world, one) for one in questions if isinstance(one, Mapping)]
    first = answers[0] if answers else {}
    return {"answers": answers, **first}


def _answer(world: World, asked: Mapping[str, Any]) -> dict[str, Any]:
    company = str(asked.get("company") or asked.get("company_name") or "")
    domain = str(asked.get("mail_domain") or asked.get("domain") or "").lower()
    verdict, confidence, reason = _verdict(world, asked, company, domain)
    echoed = {key: asked[key] for key in ("id", "company_key", "domain", "company", "mail_domain") if key in asked}
    return {**echoed, "verdict": verdict, "confidence": confidence, "reason": reason}


def _verdict(world: World, asked: Mapping[str, Any], company: str, domain: str) -> tuple[str, float, str]:
    scripted = world.attribution_truth(company, domain)
    if scripted is not None:
        return scripted, 0.95, f"The records on {company} and {domain} say so."
    known = [str(one).lower() for one in asked.get("company_domains") or ()]
    if any(domain == one or domain.endswith(f".{one}") for one in known):
        return "match", 0.97, f"{domain} is one of the domains given for {company}."
    names = _words(company)
    for alias in asked.get("names") or ():
        names |= _words(str(alias))
    if not names or not domain:
        return "unverifiable", 0.4, "There is no name to compare with the domain."
    label = re.sub(r"[^a-z0-9]", "", domain.partition(".")[0])
    initials = "".join(word[0] for word in re.findall(r"[a-z0-9]+", company.lower()))
    if any(word in label or (len(label) >= _STEM and label in word) for word in names):
        return "match", 0.85, f"{domain} carries the name of {company}."
    if any(word[:_STEM] in label for word in names if len(word) >= _STEM):
        return "match", 0.7, f"{domain} carries the beginning of the name of {company}."
    if len(initials) >= _SHORTEST and label == initials:
        return "match", 0.65, f"{domain} is the initials of {company}."
    return "mismatch", 0.8, f"Nothing in {domain} points to {company}."


def _words(company: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", company.lower()) if len(word) >= _SHORTEST} - _GENERIC
