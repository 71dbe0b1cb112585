"""Which part of a host name somebody registered: the public suffix algorithm, over the shipped list.

One thing must hold: `registrable_domain` equals the official vectors of publicsuffix.org, private section included.
Source: https://publicsuffix.org/list/ (rules, wildcards, exceptions, the implicit `*`).
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import idna

from rules.reference import reference_lines

# Kept out of the root zone for documentation and tests (RFC 2606): sample data lives there.
SAMPLE_TOP_LABELS = frozenset({"example", "test"})
# In the list, and no place where anybody has mail or a site on the web (RFC 3172, RFC 7686).
_TECHNICAL_TOP_LABELS = frozenset({"arpa", "onion"})
# Host names a site is served under that say nothing about who registered what is below them.
SERVICE_LABELS = frozenset({"www", "www2", "m", "web", "mail", "email", "smtp", "mx"})


class Section(IntEnum):
    """Which part of the public suffix list a rule comes from."""

    ICANN = 1
    PRIVATE = 2


@dataclass(frozen=True, slots=True)
class SuffixRules:
    """The list by kind of rule, each key in ASCII without its `*.` or `!`."""

    exact: dict[str, Section]
    wildcard: dict[str, Section]
    exception: dict[str, Section]


def _ascii(name: str) -> str:
    return name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")


def _rule(text: str) -> str:
    """A rule in ASCII; the list is normalised, so that its labels need no more than their punycode (RFC 3492)."""
    if text.isascii():
        return text
    labels = (label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in text.split("."))
    return ".".join(labels)


@cache
def suffix_rules() -> SuffixRules:
    """The shipped list, read once."""
    rules = SuffixRules(exact={}, wildcard={}, exception={})
    section = Section.ICANN
    for line in reference_lines("public_suffix_list.dat"):
        if line.startswith("//"):
            section = Section.PRIVATE if "BEGIN PRIVATE" in line else section
        elif line.startswith("*."):
            rules.wildcard[_rule(line[2:])] = section
        elif line.startswith("!"):
            rules.exception[_rule(line[1:])] = section
        else:
            rules.exact[_rule(line)] = section
    return rules


def suffix_length(labels: list[str], *, private: bool = True) -> int:
    """How many labels at the end are public suffix; 1 when no rule matches (the implicit `*`)."""
    rules, most = suffix_rules(), Section.PRIVATE if private else Section.ICANN
    for start in range(len(labels)):  # the longest candidate first, so the first hit prevails
        name = ".".join(labels[start:])
        if rules.exception.get(name, 9) <= most:
            return len(labels) - start - 1
        if rules.exact.get(name, 9) <= most or rules.wildcard.get(name.partition(".")[2], 9) <= most:
            return len(labels) - start
    return 1


def registrable_domain(host: str, *, private: bool = True) -> str | None:
    """The public suffix and one label more, or None when the host is itself a suffix or not a name.

    Args:
        host: A canonical host (`rules.hosts`); upper case and IDN are brought to that form.
        private: Whether suffixes of companies that hand out names below them (github.io) count.
    """
    name = _ascii(host.lower())
    labels = name.split(".")
    if not all(labels):
        return None
    keep = suffix_length(labels, private=private) + 1
    return ".".join(labels[-keep:]) if len(labels) >= keep else None


def has_known_suffix(host: str) -> bool:
    """Whether the host's top-level domain is delegated or for samples; `acme.con` is a typing error, not a company."""
    return host.rpartition(".")[2] in top_labels()


@cache
def top_labels() -> frozenset[str]:
    """Top-level domains under which companies have names, and the two reserved for samples."""
    rules = suffix_rules()
    listed = {name.rpartition(".")[2] for name in (*rules.exact, *rules.wildcard)}
    return frozenset(listed - _TECHNICAL_TOP_LABELS | SAMPLE_TOP_LABELS)


def owner_domain(host: str) -> str | None:
    """The domain whose owner answers for this host, private suffixes counted where they matter.

    `shop.acme.myshopify.com` belongs to Acme, so private suffixes count. But the company that runs such a suffix has
    mail and a site there itself: `www.github.io`, or a host that is a private suffix, falls back to the ICANN part.
    None for a bare ICANN suffix and for an unknown top-level domain.
    """
    if not has_known_suffix(host):
        return None
    domain = registrable_domain(host)
    if domain is None or domain.partition(".")[0] in SERVICE_LABELS:
        return registrable_domain(host, private=False)
    return domain
