"""Whether a drafted mail may be shown to a recipient (rules A4, B12); the first failure is the reason.

What must hold: what a model invented as a link, an address, a phone number or a price never passes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rules.campaign import Offer
from rules.inventions import invented
from rules.mail import Mail, MailProblem

SUBJECT_LIMIT = 90


@dataclass(frozen=True, slots=True)
class DraftContext:
    """What a draft is held against."""

    first_name: str
    company: str
    step: str
    offer: Offer
    foreign_names: Sequence[str] = ()


def judge_draft(subject: str, body: str, context: DraftContext) -> tuple[Mail | None, str | None]:
    """Judge a draft without its footer.

    Returns:
        The mail and ``None``, or ``None`` and the reason it must not go out.
    """
    try:
        mail = Mail(subject.strip(), body.strip())
    except MailProblem as problem:
        return None, str(problem)
    reason = _structure(mail, context) or _made_up(mail, context) or _claims(mail, context)
    return (None, reason) if reason else (mail, None)


def _structure(mail: Mail, context: DraftContext) -> str | None:
    words = len(mail.text.split())
    limit = context.offer.max_words
    if len(mail.subject) > SUBJECT_LIMIT:
        return f"the subject has {len(mail.subject)} characters, at most {SUBJECT_LIMIT} are read"
    if words > limit:
        return f"the text has {words} words, at most {limit} are wanted"
    if context.step == "opener" and words < 25:  # noqa: PLR2004 - shorter is no mail to a stranger
        return f"the text has only {words} words"
    if context.first_name and context.first_name.casefold() not in mail.text[:80].casefold():
        return f"the text does not greet {context.first_name!r}"
    return None


def _made_up(mail: Mail, context: DraftContext) -> str | None:
    found = invented(f"{mail.subject}\n{mail.text}", company=context.company)
    return f"the writer invented {found}" if found else None


def _claims(mail: Mail, context: DraftContext) -> str | None:
    said = f"{mail.subject}\n{mail.text}".casefold()
    for phrase in context.offer.forbidden:
        if re.search(rf"\b{re.escape(phrase.casefold())}", said):
            return f"the text claims {phrase!r}, which the campaign forbids"
    for name in context.foreign_names:
        if re.search(rf"\b{re.escape(name.casefold())}\b", said):
            return "the text names somebody else's company"
    return None
