"""Form: a whole mail of the right length that greets its reader, asks little, and is plain text (rule A4)."""

import re

from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.words import fold, words
from rules.mail import Mail, MailProblem

SUBJECT_LIMIT = 90
FEWEST = 25
"""Words of an opener: a shorter text is no mail to a stranger."""
_GREETING = 80
_SHOUTED = 4
_MARKED_LINE = re.compile(r"^\s*(?:[-*\u2022]\s|\d+[.)]\s|#{1,6}\s|>\s|\|)", re.MULTILINE)
_EMPHASIS = re.compile(r"\*\*|__|`|~~|\*\w[^*\n]*\w\*|[{}\\|]|\w\]\(|</?\w|\"\s*[:,]\s*\"")


def whole(draft: Draft, _context: Context) -> str | None:
    """Subject and text are there, the subject is one line, and neither holds a placeholder or a hidden sign."""
    try:
        Mail(draft.subject, draft.text)
    except MailProblem as problem:
        return str(problem)
    return None


def lengths(draft: Draft, context: Context) -> str | None:
    """The subject fits a phone, the text is short enough to be read and long enough to be a mail."""
    count, limit = len(draft.text.split()), context.offer.max_words
    if not any(character.isalpha() for character in draft.subject):
        return "the subject has no word"
    if len(draft.subject) > SUBJECT_LIMIT:
        return f"the subject has {len(draft.subject)} characters, at most {SUBJECT_LIMIT} are read"
    if count > limit:
        return f"the text has {count} words, at most {limit} are wanted"
    if context.step == "opener" and count < FEWEST:
        return f"the text has only {count} words"
    return None


def greeting(draft: Draft, context: Context) -> str | None:
    """The reader is greeted by name, or politely where the name is not known."""
    opening = {fold(word) for word in words(draft.text.strip()[:_GREETING])}
    names = [context.recipient.get("first_name", ""), *context.recipient.get("full_name", "").split()[-1:]]
    if any(names) and not any(set(map(fold, words(name))) & opening for name in names if name):
        return f"the text does not greet {context.recipient.get('first_name') or names[-1]!r}"
    return None


def markup(draft: Draft, _context: Context) -> str | None:
    """Plain text: no list, no heading, no emphasis, nobody shouts."""
    if found := _MARKED_LINE.search(draft.text) or _EMPHASIS.search(draft.whole):
        return f"the text holds markup: {found.group().strip()!r}"
    shouted = [word for word in words(draft.whole) if word.isupper() and len(word) > _SHOUTED]
    if len(shouted) > 1 or "!!" in draft.whole or draft.whole.count("!") > 1:
        return "the text shouts"
    return None


def questions(draft: Draft, _context: Context) -> str | None:
    """At most one question, in the text: a small one is answered, three are homework."""
    asked = len(re.findall(r"\?+", draft.text))
    return f"the text asks {asked} questions, at most one is wanted" if asked > 1 else None


def signature(draft: Draft, context: Context) -> str | None:
    """Signature and footer are ours: the writer adds none."""
    ours = {context.sender.name.casefold(), context.sender.company.casefold(), context.sender.postal_address.casefold()}
    lines = [line.strip(" ,.-").casefold() for line in draft.text.strip().splitlines()[1:]]
    if signed := next((line for line in lines if line in ours), None):
        return f"the text is signed ({signed!r}); the signature is added by us"
    return None
