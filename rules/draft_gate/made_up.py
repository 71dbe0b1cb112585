"""What a model invents: links and addresses, phone numbers, prices, figures and dates, names (rule B12, invariant I4).

What must hold: a link, an address, a phone number or a price never passes, not even one that a fact holds; a figure, a
date or a name passes only where the writer was told it.
"""

import re
from typing import Final

from rules import inventions
from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.words import (
    as_read,
    fold,
    known_anywhere,
    listed,
    mixed_scripts,
    sentences,
    stem,
    stems,
    words,
)
from rules.reference import reference_set

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,\u202f' ]\d{3})*(?:[.,]\d+)?")
_SMALL = 10
"""Figures up to this are counting, not claiming, unless a percent sign follows."""
_SPELLED: Final = {word: value for one in known_anywhere("figure") for word, _, value in [one.partition("=")]}
"""Figures that are written as words, from eleven on."""
_SHARED_WORDS = frozenset({"once", "elf", "mil", "cent"})
"""Figures of one language that are plain words of another."""
_LEGAL = re.compile(
    r"\b(?:[A-Z][\w&.-]*\s+){1,4}(?:GmbH|AG|KG|Ltd|Limited|Inc|LLC|PLC|S\.?A\.?|SARL|SAS|S\.?L\.?|B\.?V\.?|Oy|AB|A/S)\b"
)
_CODE = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{5,}\b|\b[A-Z]{2,}(?:[-_][A-Z0-9]{2,})+\b")
_COUNTED = re.compile(r"\d+(?:st|nd|rd|th|er|e|x|k)?(?:-[a-z]+)*", re.IGNORECASE)
"""24-hour, 3rd, 120-person: a figure with its word, judged as a figure."""


def link(draft: Draft, context: Context) -> str | None:
    """No link, address, phone number or price, whoever says it."""
    found = inventions.invented(draft.whole, company=context.company)
    return f"the writer invented {found}" if found else None


def figure(draft: Draft, context: Context) -> str | None:
    """Every figure, year and month was told to the writer."""
    text = as_read(draft.whole)
    told = as_read(f"{context.ours}\n{context.theirs}")
    known = {_value(found.group()) for found in _NUMBER.finditer(told)} | _spelled(told)
    for found in _NUMBER.finditer(text):
        share = text[found.end() :].lstrip()[:1] in ("%", "\u2030")
        if _value(found.group()) not in known and (share or float(_value(found.group())) > _SMALL):
            return f"the writer invented a figure: {found.group()!r}"
    for word in words(text):
        folded = fold(word)
        if folded in _SPELLED and folded not in _SHARED_WORDS and _SPELLED[folded] not in known:
            return f"the writer invented a figure: {word!r}"
    return _month(text, told, context.tongue)


def _value(number: str) -> str:
    plain = re.sub(r"[,.\u202f' ](?=\d{3}(?:\D|$))", "", number).replace(",", ".")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _spelled(text: str) -> set[str]:
    return {_SPELLED[folded] for word in words(text) if (folded := fold(word)) in _SPELLED}


def _month(text: str, told: str, tongue: str) -> str | None:
    months = listed("month", tongue)
    known = {fold(word) for word in words(told)}
    for sentence in sentences(text):
        for place, word in enumerate(words(sentence)):
            capital = word[:1].isupper() and place > 0
            if fold(word) in months and fold(word) not in known and (capital or tongue not in ("en", "de")):
                return f"the writer invented a date: {word!r}"
    return None


def code(draft: Draft, context: Context) -> str | None:
    """No code words, no secrets of the prompt, no letters of mixed alphabets: prose has none."""
    text = as_read(draft.whole)
    told = as_read(f"{context.ours}\n{context.theirs}").casefold()
    if secret := next((secret for secret in context.secrets if secret.casefold() in text.casefold()), None):
        return f"the text repeats a secret of the prompt: {secret!r}"
    for found in _CODE.finditer(text):
        if _COUNTED.fullmatch(found.group()):
            continue
        if found.group().casefold() not in told or len(found.group()) > 20:  # noqa: PLR2004 - no product is called so
            return f"the text holds a code word: {found.group()!r}"
    if found_word := mixed_scripts(text):
        return f"the text mixes alphabets inside a word: {found_word!r}"
    return None


def name(draft: Draft, context: Context) -> str | None:
    """Every name of a person, place or company was told to the writer, and nobody else's is said."""
    own = (context.company, *context.recipient.values(), context.ours, context.theirs)
    if other := context.others.named_in(draft.whole, but=own):
        return f"the text names somebody else: {other!r}"
    text = as_read(draft.whole)
    if unsaid := next(
        (one for one in context.unsaid if re.search(rf"\b{re.escape(one)}\b", text, re.IGNORECASE)), None
    ):
        return f"the text names somebody else's company: {unsaid!r}"
    for legal in _LEGAL.finditer(text):
        if not stems(legal.group()) - context.known_stems <= _legal_stems():
            return f"the text names another company: {legal.group()!r}"
    if context.tongue == "de":
        return None  # every noun is capital there: names cannot be told by their first letter
    return _capital(draft, context)


def _legal_stems() -> frozenset[str]:
    return frozenset(
        stem(fold(form))
        for form in (
            "gmbh",
            "ag",
            "kg",
            "ltd",
            "limited",
            "inc",
            "llc",
            "plc",
            "sa",
            "sarl",
            "sas",
            "sl",
            "bv",
            "oy",
            "ab",
            "s",
            "a",
            "b",
            "l",
            "v",
        )
    )


def _capital(draft: Draft, context: Context) -> str | None:
    for sentence in (draft.subject, *sentences(draft.text)):
        for place, word in enumerate(words(sentence)):
            folded = fold(word)
            plain = (
                word[:1].islower()
                or folded in known_anywhere("no name")
                or stem(folded.removesuffix("'s")) in context.known_stems
            )
            if plain or not _is_name(word, first=place == 0 or sentence is draft.subject, tongue=context.tongue):
                continue
            if any(stem(part) in context.known_stems for part in re.split(r"['-]", folded)):
                continue
            return f"the text names somebody or something the writer was not told of: {word!r}"
    return None


def _is_name(word: str, *, first: bool, tongue: str) -> bool:
    folded = fold(word)
    if any(folded in known_anywhere(kind) for kind in ("function", "small talk", "month")):
        return False
    if not first:
        return True
    return tongue == "en" and not _plain_word(folded)


def _plain_word(folded: str) -> bool:
    common = reference_set("common_words.txt")
    forms = (
        folded,
        folded.removesuffix("s"),
        folded.removesuffix("es"),
        folded.removesuffix("ed"),
        folded.removesuffix("ing"),
        folded.removesuffix("d"),
        folded.removesuffix("ly"),
        folded.removesuffix("ing") + "e",
        folded.removesuffix("'s"),
    )
    return any(form in common for form in forms) or all(part in common for part in folded.split("-"))
