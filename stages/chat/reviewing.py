"""Drafts that wait for a person, in the chat: shown with buttons, edited by answering the message that shows one.

What must hold: a button names one text by its code, and a text that was changed meanwhile has another (invariant I4).
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from resources.ledger.approvals import Held
from resources.telegram.gateway import BotUpdate
from stages.approving import DecisionRefused, approve, edit, find, reject, waiting
from stages.chat.asking import ask
from stages.chat.desk import Answer, Desk

SHOWN: Final = 3
"""Drafts shown at once; each is a message to read."""
UNHURRIED: Final = timedelta(minutes=30)
ACTOR: Final = "telegram"
_CODE: Final = re.compile(r"\ADraft ([0-9a-f]{6,})\b")


def review(rest: str, update: BotUpdate, desk: Desk) -> list[Answer]:
    """The drafts that wait, or the one that was asked for by its code."""
    held = waiting(desk.ledger)
    if rest.strip():
        try:
            held = [find(rest.strip(), desk.ledger)]
        except DecisionRefused as error:
            return [Answer(str(error))]
    if not held:
        return [Answer("No draft waits for you.")]
    more = f", the oldest {SHOWN} below" if len(held) > SHOWN else ""
    head = Answer(f"{len(held)} drafts wait{more}. To change one, answer its message with a better text.")
    return [head, *(_shown(one, update, desk) for one in held[:SHOWN])]


def _shown(one: Held, update: BotUpdate, desk: Desk) -> Answer:
    text = (
        f"Draft {one.code}: {one.send.step} to {one.send.to_name}, {one.send.company_key}\n"
        f"It waits because {one.because}.\n\n{one.send.mail.subject}\n\n{one.written.strip()}"
    )
    choices = [("Approve", {"do": "approve", "code": one.code}), ("Refuse", {"do": "refuse", "code": one.code})]
    return Answer(text, ask(update, desk, choices, lasting=UNHURRIED))


def answered(update: BotUpdate, desk: Desk) -> list[Answer] | None:
    """A draft replaced by the text that answers it; ``None`` where the answered message shows no draft.

    A command in the answer is a command: nobody writes a mail that begins with a slash.
    """
    shows = _CODE.match(update.answers)
    if shows is None or update.text.startswith("/"):
        return None
    try:
        done = edit(
            shows[1], text=update.text, ledger=desk.ledger, campaign=desk.campaign, clock=desk.clock, actor=ACTOR
        )
    except DecisionRefused as error:
        return [Answer(str(error))]
    return [Answer(done.said), _shown(done.held, update, desk)]


def decide(action: Mapping[str, Any], _update: BotUpdate, desk: Desk) -> Answer:
    """What a button under a draft says."""
    try:
        if action["do"] == "approve":
            done = approve(action["code"], ledger=desk.ledger, campaign=desk.campaign, clock=desk.clock, actor=ACTOR)
        else:
            done = reject(
                action["code"], reason="refused in the chat", ledger=desk.ledger, clock=desk.clock, actor=ACTOR
            )  # fmt: skip
    except DecisionRefused as error:
        return Answer(str(error))
    return Answer(done.said)
