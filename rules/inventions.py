"""What a model may not invent in a mail: links and addresses, phone numbers, prices (rule B12, invariant I4).

What must hold: the text is looked at as a mail program or a reader would read it, not as it is spelled: compatibility
forms are folded, invisible signs removed, and any name under a known top-level domain counts as a link.
"""

import re
import unicodedata

from rules.domains import has_known_suffix

_MARKED = re.compile(
    r"[a-z][a-z0-9+.-]*://|\b(?:https?|mailto|tel|javascript|data|ftp):|(?:^|[\s(\"'])//\w|www\.|@\s?\w|\]\(|</?[a-z][^>]*>"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|[\[({]\s*(?:\.|@|at|dot|punkt)\s*[\])}]|\bdot\s+(?:com|net|org|io|de|co|ai|app|dev)\b",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"[\w-]+(?:[.\u3002\uff61][\w-]+)+")
_DIGITS = re.compile(r"\+?\(?\d[\d\s()./\u2010-\u2015-]{4,}\d")
_NO_PHONE = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|(?:19|20)\d{2}\s?[/\u2010-\u2015-]\s?(?:19|20)\d{2}"
    r"|\d{1,3}(?:\.\d{3})+"
)
"""Dates, spans of years and grouped thousands."""
_SHORTEST_NUMBER = 7
_CODES = r"usd|eur|gbp|chf|jpy|inr|cad|aud"
_SIGNS = r"[$\u20ac\u00a3\u00a5\u20b9\u20bd]"
_PRICE = re.compile(
    rf"(?:{_SIGNS}|\b(?:{_CODES})\b)\s?\d|\d[\d.,]*\s?(?:k|m|thousand|million)?\s?"
    rf"(?:{_SIGNS}|(?:{_CODES}|dollars?|euros?|pounds?|francs?|yen|rupees?)\b)",
    re.IGNORECASE,
)


def invented(text: str, *, company: str = "") -> str | None:
    """What in a text looks like a link, an address, a phone number or a price; ``None`` where nothing does.

    Args:
        text: Subject and body of a draft, before its footer.
        company: The recipient's company, whose name may itself look like a host.
    """
    read = _as_read(text)
    if found := _link(read, company):
        return f"a link, address or markup: {found!r}"
    for match in _DIGITS.finditer(read):
        number = match.group().strip()
        if sum(sign.isdigit() for sign in number) >= _SHORTEST_NUMBER and not _NO_PHONE.fullmatch(number):
            return f"a phone number: {number!r}"
    if price := _PRICE.search(read):
        return f"a price: {price.group()!r}"
    return None


def _as_read(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")


def _link(text: str, company: str) -> str | None:
    if marked := _MARKED.search(text):
        return marked.group().strip()
    for dotted in _DOTTED.finditer(text):
        name = re.sub(r"[\u3002\uff61]", ".", dotted.group()).casefold()
        top = name.rpartition(".")[2].strip("-_")
        if top and not top.isdigit() and name != company.casefold() and has_known_suffix(f"x.{_ascii(top)}"):
            return dotted.group()
    return None


def _ascii(label: str) -> str:
    try:
        return label if label.isascii() else label.encode("idna").decode("ascii")
    except UnicodeError:
        return label
