"""Whether a domain is fit to send from: SPF, DKIM and DMARC records, read as receivers read them.

What must hold: a record that receivers would ignore or reject is a problem here, with the record to publish instead.
Sources: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), and the bulk sender rules of Gmail, Yahoo and Microsoft.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SPF_LOOKUPS: Final = 10
"""RFC 7208 4.6.4: a record that needs more is a permanent error at every receiver."""

_SPF: Final = re.compile(r"^v=spf1(?:\s|$)", re.IGNORECASE)
_TERM: Final = re.compile(
    r"^(?P<sign>[-+~?]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists|redirect|exp)(?:(?P<mark>[:=/])(?P<value>.*))?$",
    re.IGNORECASE,
)
_UNKNOWN_MODIFIER: Final = re.compile(r"^[A-Za-z][\w.-]*=")
_COSTLY: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_POLICIES: Final = frozenset({"none", "quarantine", "reject"})
_SHORTEST_KEY: Final = 100
"""Base64 letters; a key under 1,024 bits has fewer, and receivers ignore it."""


class Grade(StrEnum):
    """How bad it is."""

    GOOD = "good"
    WEAK = "weak"
    """Works today; worth mending."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a record says: a grade, a sentence, and what to do where it is not good."""

    grade: Grade
    sentence: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class SpfTerms:
    """One SPF record in parts.

    Attributes:
        lookups: Terms of it that cost a look-up, not counting those of records it includes.
        follows: Domains whose records are part of it (``include`` and ``redirect``).
        sign: The sign before ``all``: what becomes of everybody else; empty where there is no ``all``.
        wrong: Terms that no receiver understands.
    """

    lookups: int
    follows: tuple[str, ...]
    sign: str
    wrong: tuple[str, ...]


def spf_records(texts: Sequence[str]) -> list[str]:
    """The SPF records among a name's texts; more than one is a permanent error."""
    return [text for text in texts if _SPF.match(text)]


def spf_terms(record: str) -> SpfTerms:
    """Take an SPF record apart; macros are counted but not followed."""
    lookups, follows, sign, redirect, wrong = 0, [], "", "", []
    for term in record.split()[1:]:
        match = _TERM.match(term)
        if match is None:
            if not _UNKNOWN_MODIFIER.match(term):
                wrong.append(term)
            continue
        name, value = match["name"].lower(), match["value"] or ""
        if name == "all":
            sign = match["sign"] or "+"
        elif name == "redirect":
            redirect = value
        elif name in {"include", "exists"} and not value:
            wrong.append(term)
        elif name in _COSTLY:
            lookups += 1
            if name == "include" and "%" not in value:
                follows.append(value.rstrip(".").lower())
    if redirect and not sign:  # `all` makes `redirect` count for nothing (RFC 7208 6.1)
        lookups += 1
        follows.append(redirect.rstrip(".").lower())
    return SpfTerms(lookups, tuple(follows), sign, tuple(wrong))


def read_spf(domain: str, records: Mapping[str, Sequence[str]]) -> Reading:
    """Judge a domain's SPF with everything it includes.

    Args:
        domain: The From domain.
        records: Each domain that was followed to its SPF records, ``domain`` among them.
    """
    own = records.get(domain, ())
    if not own:
        fix = f"publish TXT {domain}: v=spf1 include:spf.brevo.com -all (keep what else sends for you in it)"
        return Reading(Grade.WEAK, f"{domain} has no SPF record", fix)
    missing = [name for name, found in records.items() if not found]
    doubled = [name for name, found in records.items() if len(found) > 1]
    terms = {name: spf_terms(found[0]) for name, found in records.items() if found}
    lookups = sum(part.lookups for part in terms.values())
    wrong = [term for part in terms.values() for term in part.wrong]
    if doubled:
        fix = "merge them into one record that begins with v=spf1"
        return Reading(
            Grade.BROKEN, f"{doubled[0]} has {len(records[doubled[0]])} SPF records: receivers use none", fix
        )
    if wrong:
        return Reading(
            Grade.BROKEN, f"SPF of {domain} has a term nobody understands: {wrong[0]}", "correct or remove it"
        )
    if missing:
        fix = f"remove include:{missing[0]}, or correct its spelling"
        return Reading(Grade.BROKEN, f"SPF of {domain} includes {missing[0]}, which has no record", fix)
    if lookups > SPF_LOOKUPS:
        fix = "remove services you no longer send with; each include costs its own and all that it includes"
        return Reading(Grade.BROKEN, f"SPF of {domain} needs {lookups} look-ups; receivers stop at {SPF_LOOKUPS}", fix)
    sign = next((part.sign for part in (terms[domain], *terms.values()) if part.sign), "")
    if sign == "+":
        return Reading(Grade.BROKEN, f"SPF of {domain} ends in +all: anybody may send as you", "end it in -all or ~all")
    if sign in {"", "?"}:
        return Reading(Grade.WEAK, f"SPF of {domain} forbids nobody", "end it in -all or ~all")
    return Reading(Grade.GOOD, f"SPF of {domain} is one record with {lookups} of {SPF_LOOKUPS} look-ups")


def read_dkim(host: str, texts: Sequence[str], wanted: str) -> Reading:
    """Judge one DKIM key.

    Args:
        host: The whole name of the key.
        texts: What stands there; an alias was followed.
        wanted: The value the mail provider shows, where it shows the key itself.
    """
    shown = wanted if "p=" in wanted else ""
    fix = (
        f"publish TXT {host}: {wanted}"
        if shown
        else f"publish CNAME {host}: {wanted}"
        if wanted
        else "ask the provider"
    )
    key = next((tags["p"] for text in texts if "p" in (tags := record_tags(text))), None)
    if key is None:
        return Reading(Grade.BROKEN, f"there is no DKIM key at {host}", fix)
    if not key:
        return Reading(Grade.BROKEN, f"the DKIM key at {host} is withdrawn (empty p=)", fix)
    if shown and key != record_tags(shown).get("p"):
        return Reading(Grade.BROKEN, f"the DKIM key at {host} is not the provider's: signatures fail", fix)
    if len(key) < _SHORTEST_KEY:
        return Reading(Grade.WEAK, f"the DKIM key at {host} is short; receivers may ignore it", "ask for 2,048 bits")
    return Reading(Grade.GOOD, f"the DKIM key stands at {host}")


def read_dmarc(domain: str, organisation: str, records: Mapping[str, Sequence[str]]) -> Reading:
    """Judge a domain's DMARC policy: its own, else that of the organisation's domain (RFC 7489 6.6.3).

    Args:
        domain: The From domain.
        organisation: The registrable domain above it; the same where there is none.
        records: Each of the two to the texts at its ``_dmarc``.
    """
    found = {name: [text for text in texts if re.match(r"v=DMARC1\s*(;|$)", text)] for name, texts in records.items()}
    place = domain if found.get(domain) else organisation
    policies = found.get(place, [])
    publish = f"publish TXT _dmarc.{organisation}: v=DMARC1; p=none; rua=mailto:you@{organisation}"
    if not policies:
        return Reading(
            Grade.BROKEN, f"{domain} has no DMARC policy; Gmail, Yahoo and Microsoft refuse bulk mail", publish
        )
    if len(policies) > 1:
        return Reading(Grade.BROKEN, f"_dmarc.{place} has {len(policies)} policies: receivers use none", "keep one")
    tags = record_tags(policies[0])
    policy = (tags.get("sp") if place != domain else None) or tags.get("p", "")
    if policy.lower() not in _POLICIES:
        return Reading(Grade.BROKEN, f"the DMARC policy at _dmarc.{place} says p={policy or '(nothing)'}", publish)
    if "rua" not in tags:
        fix = f"add rua=mailto:you@{organisation} to hear who fails"
        return Reading(Grade.WEAK, f"DMARC of {domain} is p={policy.lower()}, and nobody gets its reports", fix)
    return Reading(Grade.GOOD, f"DMARC of {domain} is p={policy.lower()} with reports")


def record_tags(record: str) -> dict[str, str]:
    """The ``tag=value`` pairs of a DKIM or DMARC record, names in lower case, white space out of the values."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}
