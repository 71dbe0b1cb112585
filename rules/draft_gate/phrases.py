"""Phrases that no mail of ours holds: spam, threats, requests for secrets, and a machine talking about itself.

What must hold: what the offer itself says is the sender's choice; everything else on the lists is refused.
"""

import re

from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.lists import said_in


def spam(draft: Draft, context: Context) -> str | None:
    """No phrase of the spam list, and no pressure; what the offer itself says is the sender's choice."""
    own = "\n".join((context.ours, context.company, *context.recipient.values()))
    for kind in ("spam", "pressure"):
        if found := said_in(draft.whole, kind, but=own):
            return f"the text holds a phrase of the {kind} list: {found!r}"
    return None


def secrets(draft: Draft, context: Context) -> str | None:
    """Nobody is asked for money, passwords, codes or papers."""
    found = said_in(draft.whole, "sensitive", but=context.offer.what)
    return f"the text speaks of what no mail of ours is about: {found!r}" if found else None


def machine(draft: Draft, _context: Context) -> str | None:
    """No machine talks about itself, its orders or its answer."""
    found = said_in(draft.whole, "machine")
    return f"a machine speaks: {found!r}" if found else None


def forbidden(draft: Draft, context: Context) -> str | None:
    """Nothing that the campaign forbids to say."""
    said = draft.whole.casefold()
    for phrase in context.offer.forbidden:
        if re.search(rf"\b{re.escape(phrase.casefold())}", said):
            return f"the text claims {phrase!r}, which the campaign forbids"
    return None
