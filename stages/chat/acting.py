"""Answers that act: each shows what it would do and asks with buttons that expire; only the pause acts at once.

What must hold: an action is done once, on the word of the person who was asked, while the question stands (rule B19);
no command goes around a guard: `/send` asks for a run of the ordinary job, which obeys every cap and window.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from resources.ledger.chat import WantedRun
from resources.ledger.flags import FlagName
from resources.ledger.resolutions import Word
from resources.telegram.gateway import BotUpdate
from stages.breakers import reopen
from stages.chat.asking import NO, ask, taken
from stages.chat.desk import Answer, Desk
from stages.chat.reviewing import decide
from stages.outlook import outlook
from stages.unknowns import CannotResolve, Unresolved, resolve_unknown, unresolved
from stages.waking import something_changed

MOST: Final = 500
AT_ONCE: Final = timedelta(seconds=60)
"""How long an acting command waits for its button."""
UNHURRIED: Final = timedelta(minutes=15)
"""How long a button under something to read first is good."""
SHOWN: Final = 5
"""Things to decide on shown at once."""


def wanted(kind: str, rest: str, update: BotUpdate, desk: Desk) -> Answer:
    """What `/draft N` and `/send N` would do."""
    if not (rest.strip().isascii() and rest.strip().isdigit() and 1 <= int(rest) <= MOST):
        return Answer(f"Say how many, 1 to {MOST}: /{kind} 5")
    number = int(rest)
    view = outlook(desk.campaign, ledger=desk.ledger, now=desk.clock.now())
    ready = len(desk.ledger.sends.ready(now=view.now))
    if kind == "draft":
        said = f"Write up to {number} mails now? The caps leave room for {max(0, view.room - ready)} more."
    else:
        stops = "".join(f"\nBut {flag.name} is on: {flag.reason}" for flag in desk.ledger.flags.raised())
        said = f"Send up to {min(number, view.room)} of {ready} ready now? The caps leave {view.room}.{stops}"
    action = {"do": kind, "number": number}
    buttons = ask(update, desk, [("Yes", action)], lasting=AT_ONCE)
    return Answer(said, (*buttons, NO))


def pause(reason: str, desk: Desk) -> Answer:
    """Stop at once; the one command that asks nothing."""
    said = reason.strip() or "asked for in the chat"
    now = desk.clock.now()
    new = desk.ledger.flags.raise_flag(FlagName.PAUSE, reason=said, actor="telegram", now=now)
    something_changed(desk.ledger, now=now)
    return Answer("Paused: nothing is sent until /resume." if new else "It was paused already.")


def resume(update: BotUpdate, desk: Desk) -> Answer:
    """What `/resume` would take off."""
    raised = desk.ledger.flags.raised()
    on = [flag for flag in raised if flag.name != FlagName.GATE]
    closed = "".join(
        f"\nIt does not open the gate: {flag.reason}" for flag in desk.ledger.flags.raised() if flag not in on
    )
    if not on:
        return Answer("Nothing stands in the way." + closed)
    lines = "\n".join(
        f"{flag.name} since {flag.at.astimezone(desk.campaign.zone):%d %b %H:%M}: {flag.reason}" for flag in on
    )
    buttons = ask(update, desk, [("Take off", {"do": "resume"})], lasting=AT_ONCE)
    return Answer(f"Take these off?\n{lines}{closed}", (*buttons, NO))


def unknown(update: BotUpdate, desk: Desk) -> list[Answer]:
    """Sends whose outcome nobody knows, each with what a person can say of it."""
    found = unresolved(desk.ledger)
    if not found:
        return [Answer("Every outcome is known.")]
    answers = [_unknown(one, update, desk) for one in found[:SHOWN]]
    more = f", the oldest {SHOWN} below" if len(found) > SHOWN else ""
    return [Answer(f"{len(found)} mails have an unknown outcome{more}. None is sent again by itself."), *answers]


def _unknown(one: Unresolved, update: BotUpdate, desk: Desk) -> Answer:
    when = one.intent_at.astimezone(desk.campaign.zone)
    choices = [
        ("It was sent", {"do": "settle", "key": one.send_key, "word": Word.ACCEPTED.value}),
        ("It was not", {"do": "settle", "key": one.send_key, "word": Word.NOT_SENT.value}),
    ]
    buttons = ask(update, desk, choices, lasting=UNHURRIED)
    return Answer(f"{one.step} to {one.to_name}, {when:%d %b %H:%M}, {one.state}: {one.why}", buttons)


def press(update: BotUpdate, desk: Desk) -> Answer | None:
    """Do what a button says, once; ``None`` where it is too late or not this person's.

    Raises:
        KeyError: The ledger holds an action this release does not know.
    """
    if update.data == NO.data:
        return Answer("Left as it is.")
    action = taken(update, desk)
    return None if action is None else _DOING[action["do"]](action, update, desk)


def _run(action: Mapping[str, Any], update: BotUpdate, desk: Desk) -> Answer:
    run = WantedRun(update.update_id, action["do"], action["number"])
    desk.ledger.chat.want(run, now=desk.clock.now())
    doing = "Writing" if run.kind == "draft" else "Sending"
    return Answer(f"{doing} up to {run.number}; I say what came of it.")


def _take_off(_action: Mapping[str, Any], _update: BotUpdate, desk: Desk) -> Answer:
    now = desk.clock.now()
    done = reopen(desk.ledger, actor="telegram", now=now)
    something_changed(desk.ledger, now=now)
    stays = "".join(f"\nStill closed: {flag.reason}" for flag in done.kept)
    names = ", ".join(flag.name for flag in done.taken_off)
    return Answer((f"Going on. Taken off: {names}." if names else "Nothing stood in the way.") + stays)


def _settle(action: Mapping[str, Any], _update: BotUpdate, desk: Desk) -> Answer:
    try:
        said = resolve_unknown(
            desk.ledger, action["key"], word=Word(action["word"]), actor="telegram", now=desk.clock.now()
        )
    except CannotResolve as error:
        return Answer(str(error))
    return Answer(said)


_DOING: Final[Mapping[str, Callable[[Mapping[str, Any], BotUpdate, Desk], Answer]]] = {
    "draft": _run,
    "send": _run,
    "resume": _take_off,
    "approve": decide,
    "refuse": decide,
    "settle": _settle,
}
