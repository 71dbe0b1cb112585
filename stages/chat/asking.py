"""Questions with buttons: each button is good once, for the person who was asked, and for a while (rule B19)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from resources.telegram.gateway import BotUpdate, Button
from rules.hashing import address_hash
from stages.chat.desk import Desk

GO: Final = "go:"
NO: Final = Button("No", "no")
"""A button that leaves everything as it is; it needs no protection."""


def ask(
    update: BotUpdate, desk: Desk, choices: Sequence[tuple[str, Mapping[str, Any]]], *, lasting: timedelta
) -> tuple[Button, ...]:
    """Put a question.

    Args:
        update: Who asked for it, and when.
        desk: Where the question is kept.
        choices: What a button says, and what it does.
        lasting: How long the buttons are good.
    """
    buttons = []
    for label, action in choices:
        # Nobody can guess the word behind a button, and the same update makes the same one.
        nonce = address_hash(f"button:{update.update_id}:{label}:{action}", desk.pepper)[:24]
        desk.ledger.chat.ask(nonce, action, user_id=update.user_id, now=desk.clock.now(), lasting=lasting)
        buttons.append(Button(label, GO + nonce))
    return tuple(buttons)


def taken(update: BotUpdate, desk: Desk) -> Mapping[str, Any] | None:
    """What a pressed button does, once; ``None`` where it is too late or not this person's."""
    nonce = (update.data or "").removeprefix(GO)
    return desk.ledger.chat.answer(nonce, user_id=update.user_id, now=desk.clock.now())
