"""How strongly it is shown that a mail domain is a second domain of the company (tier 2), in bits.

One thing must hold: letters in common never outweigh a sign to the contrary. A domain that another listed company calls
its site is never cleared here, however alike the names are.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from rules.attribution.labels import initials, plain_label, read_label, shared_stem
from rules.attribution.names import WordCounts, take_apart
from rules.place.weak import country_of_domain

CLEAR_AT = 21.0
"""Bits from which a second domain counts as the company's own: an unrelated company would show as much about once in
two million. Chosen on the curve of docs/attribution.md."""

SAME_LABEL_BITS = 4.0  # the company's own site already uses this label
WHOLE_NAME_BITS = 3.0  # the label shows every telling word of the name
SAME_COUNTRY_BITS = 4.0
OTHER_COUNTRY_BITS = -5.0
ACADEMIC_BITS = 6.0  # registries hand these suffixes to institutions only
MOST_COLLEAGUE_BITS = 4.0
ONE_IMPORT_BITS = 2.0  # colleagues of one import can share one mistake
SHARED_DOMAIN_BITS = -6.0
OVERRULED_BITS = 12.0
NO_NAME_SIGN = "nothing in the names ties the two together"
NAMED_OWNERS = 2
_LEAST_NAME_BITS = 8.0  # below this, colleagues and countries prove nothing about a name


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one company and one mail domain that is not its site's.

    Attributes:
        company_name: As on the record.
        company_domain: Registrable domain of the company's site.
        mail_domain: Registrable domain of the addresses.
        country: ISO code of the company's country, when stated.
        leads: How many leads of the company write from the mail domain.
        imports: From how many imports they come; 1 when imports are not told apart.
        owners: Other listed companies that call the mail domain their site, by name.
        shared_by: How many other companies have leads at the mail domain without calling it their site.
        same_company_site: Whether another record of the same company gives the mail domain as its site.
        confirmed: Leads of the pair an operator called match, less those called mismatch.
    """

    company_name: str
    company_domain: str
    mail_domain: str
    country: str | None = None
    leads: int = 1
    imports: int = 1
    owners: tuple[str, ...] = ()
    shared_by: int = 0
    same_company_site: bool = False
    confirmed: int = 0


@dataclass(frozen=True, slots=True)
class Weight:
    """The sum of the signs, and each of them in words a person can check."""

    bits: float
    signs: tuple[str, ...]
    guarded: bool = False

    def clears(self, at: float) -> bool:
        """Whether the pair counts as one company without asking."""
        return self.bits >= at and not self.guarded


def _name_signs(facts: Facts, counts: WordCounts) -> tuple[float, list[str]]:
    """What the letters show: the label read as the name, the label the site has, or an acronym."""
    name = take_apart(facts.company_name)
    label, site_label = plain_label(facts.mail_domain), plain_label(facts.company_domain)
    told, signs = 0.0, list[str]()
    if reading := read_label(label, name, counts.bits):
        told = reading.bits + (WHOLE_NAME_BITS if reading.covers else 0.0)
        shown = " ".join(reading.words)
        signs.append(f"{facts.mail_domain} shows {'the whole name' if reading.covers else 'of the name'}: {shown}")
    if label == site_label:
        whole = WHOLE_NAME_BITS if reading and reading.covers else 0.0
        told = max(told, counts.bits(label) + whole) + SAME_LABEL_BITS
        signs.append(f"the site {facts.company_domain} has the same label")
    elif (stem := shared_stem(label, site_label)) and counts.bits(stem) > told:
        told = counts.bits(stem)
        signs.append(f"the site {facts.company_domain} has {stem!r}, too")
    if not told and label in initials(name):
        told = min(len(label) * 2.0, _LEAST_NAME_BITS)
        signs.append(f"{label} are initials of the name")
    return told, signs


def _is_academic(registrable: str) -> bool:
    """Whether the suffix is one that registries keep for institutions: `.edu`, `.ac.uk`, `.edu.au`."""
    return registrable.split(".", 2)[1] in {"edu", "ac"}


def _context_signs(facts: Facts) -> tuple[float, list[str]]:
    """What stands around the letters: countries, registries, colleagues, other companies."""
    told, signs = 0.0, []
    theirs, site = country_of_domain(facts.mail_domain), country_of_domain(facts.company_domain)
    homes = {country for country in (facts.country, site) if country}
    if theirs and theirs in homes:
        told += SAME_COUNTRY_BITS
        signs.append(f"both are in {theirs}")
    elif theirs and homes:
        told += OTHER_COUNTRY_BITS
        signs.append(f"but {facts.mail_domain} is under {theirs}, the company in {'/'.join(sorted(homes))}")
    if _is_academic(facts.mail_domain) and take_apart(facts.company_name).academic:
        told += ACADEMIC_BITS
        signs.append("an academic name under an academic suffix")
    if facts.leads > 1:
        most = MOST_COLLEAGUE_BITS if facts.imports > 1 else ONE_IMPORT_BITS
        told += min(most, math.log2(facts.leads))
        signs.append(_used_by(facts))
    if facts.shared_by:
        told += SHARED_DOMAIN_BITS
        signs.append(f"but leads of {facts.shared_by} other compan{'y' if facts.shared_by == 1 else 'ies'} use it, too")
    return told, signs


def telling_words(pairs: pl.DataFrame) -> set[str]:
    """The words of some pairs whose rarity decides: of names, and the labels of mail domains and sites."""
    words: set[str] = set()
    for name, company_domain, mail_domain in pairs.iter_rows():
        words.update(take_apart(name).words)
        words.add(plain_label(company_domain))
        words.add(plain_label(mail_domain))
    return words


def weigh(facts: Facts, counts: WordCounts) -> Weight:
    """Add up the signs that the mail domain is the company's own.

    Colleagues, countries and registries count only on top of a name: several people imported under one wrong company
    agree with each other in everything but the name.
    """
    by_name, signs = _name_signs(facts, counts)
    if facts.same_company_site:
        by_name += SAME_LABEL_BITS + WHOLE_NAME_BITS
        signs.append(f"another record of {facts.company_name} gives {facts.mail_domain} as its site")
    if not by_name and not facts.confirmed:
        return Weight(bits=0.0, signs=tuple(silent_signs(facts)), guarded=bool(facts.owners))
    context, around = _context_signs(facts)
    told = by_name + context if by_name >= _LEAST_NAME_BITS else min(by_name, by_name + context)
    if facts.confirmed:
        told += math.copysign(OVERRULED_BITS, facts.confirmed)
        around.append(f"an operator ruled {'for' if facts.confirmed > 0 else 'against'} it on another lead")
    if facts.owners:
        around.append(_owned(facts))
    return Weight(bits=round(told, 1), signs=(*signs, *around), guarded=bool(facts.owners))


def silent_signs(facts: Facts) -> Iterator[str]:
    """All there is to say where the names are silent; colleagues and owners may still help the model."""
    yield NO_NAME_SIGN
    if facts.leads > 1:
        yield _used_by(facts)
    if facts.owners:
        yield _owned(facts)


def _used_by(facts: Facts) -> str:
    imports = "one import" if facts.imports == 1 else f"{facts.imports} imports"
    return f"{facts.leads} leads of the company use it, from {imports}"


def _owned(facts: Facts) -> str:
    return f"but {facts.mail_domain} is the site of {' and '.join(facts.owners[:NAMED_OWNERS])} on this list"
