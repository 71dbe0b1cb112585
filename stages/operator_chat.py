"""The bot's ears: only people on the list are heard, each update is acted on at most once (rules A12, B19).

What must hold: strangers are dropped before their text is read; an answer that could not be said waits as a note.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from resources.telegram.gateway import Bot, BotUpdate
from rules.failures import FailureKind, ServiceFailure
from rules.hashing import input_hash
from stages.chat import acting, reading, reviewing
from stages.chat.desk import COMMANDS, Answer, Desk

MENU: Final = "bot.menu"
TOO_LATE: Final = "This button is no longer good. Ask again."


@dataclass
class ChatReport:
    """How many were answered, and how many strangers were dropped."""

    answered: int = 0
    dropped: int = 0


async def answer_updates(bot: Bot, desk: Desk, *, wait_seconds: int = 0) -> ChatReport:
    """Read new updates and answer them; runs that are asked for are wanted in the ledger afterwards.

    Args:
        bot: The chat.
        desk: What the answers are made from.
        wait_seconds: How long to wait for an update.
    """
    await _announce(bot, desk)
    report = ChatReport()
    for update in await bot.updates(after=desk.ledger.keepsakes.last_update(), wait_seconds=wait_seconds):
        allowed = _allowed(update, desk)
        handled = (update.data or update.text.split(" ", 1)[0])[:40] if allowed else "dropped: not on the list"
        if not desk.ledger.keepsakes.take_update(update.update_id, handled=handled, now=desk.clock.now()):
            continue
        if not allowed:
            report.dropped += 1
            continue
        answers = answers_to(update, desk)
        if update.callback_id is not None:
            await _acknowledge(bot, update.callback_id, answers)
        for number, answer in enumerate(answers):
            await _say(bot, desk, update, number, answer)
        report.answered += 1
    return report


def answers_to(update: BotUpdate, desk: Desk) -> Sequence[Answer]:
    """What is said to one update, and done where a button was pressed."""
    if update.callback_id is not None:
        pressed = acting.press(update, desk)
        return [pressed or Answer(TOO_LATE)]
    changed = reviewing.answered(update, desk)
    if changed is not None:
        return changed
    word, _, rest = update.text.strip().partition(" ")
    command = word.removeprefix("/").partition("@")[0].casefold()
    if command in ("draft", "send"):
        return [acting.wanted(command, rest, update, desk)]
    answers: Mapping[str, Callable[[], Sequence[Answer]]] = {
        "stats": lambda: [reading.stats(desk)],
        "recent": lambda: [Answer(reading.recent(desk))],
        "queue": lambda: [Answer(reading.queue(desk))],
        "why": lambda: [Answer(reading.why(rest, desk))],
        "approve": lambda: reviewing.review(rest, update, desk),
        "unknown": lambda: acting.unknown(update, desk),
        "pause": lambda: [acting.pause(rest, desk)],
        "resume": lambda: [acting.resume(update, desk)],
        "help": lambda: [Answer(reading.help_text())],
        "start": lambda: [Answer(reading.help_text())],
    }
    answer = answers.get(command)
    return answer() if answer else [Answer(f"I do not know {word[:40]!r}.\n{reading.help_text()}")]


def _allowed(update: BotUpdate, desk: Desk) -> bool:
    """Numbers only: nothing that a stranger wrote is looked at."""
    operator = desk.campaign.operator
    return (
        update.private
        and not update.forwarded
        and update.user_id in operator.telegram_users
        and update.chat_id == operator.telegram_chat
    )


async def _announce(bot: Bot, desk: Desk) -> None:
    """Set the client's menu where it is another one than the last that was set."""
    menu = input_hash(menu=list(COMMANDS.items()))
    known = desk.ledger.flags.stamped(MENU)
    if known is None or known[1] != menu:
        await bot.announce(COMMANDS)
        desk.ledger.flags.stamp(MENU, at=desk.clock.now(), detail=menu)


async def _acknowledge(bot: Bot, callback_id: str, answers: Sequence[Answer]) -> None:
    """Stop the button's spinning; a server that has forgotten the press loses nothing."""
    try:
        await bot.acknowledge(callback_id, answers[0].text.splitlines()[0])
    except ServiceFailure as error:
        if error.failure.kind is FailureKind.SYSTEMIC:
            raise


async def _say(bot: Bot, desk: Desk, update: BotUpdate, number: int, answer: Answer) -> None:
    """Say it; what the chat does not take now waits as a note, since the update is not handled again."""
    try:
        if answer.picture is not None:
            await bot.show(update.chat_id, answer.picture, caption=answer.text)
        else:
            await bot.say(update.chat_id, answer.text, buttons=answer.buttons)
    except ServiceFailure as error:
        if error.failure.kind is not FailureKind.UNKNOWN_OUTCOME:
            desk.ledger.alerts.leave_note(f"answer.{update.update_id}.{number}", answer.text, now=desk.clock.now())
