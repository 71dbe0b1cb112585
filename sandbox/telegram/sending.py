"""Methods that put something into a chat or change it.

The one thing that must hold: the limits on a text count after its markup has been read.
"""

import math
from collections.abc import Callable
from typing import Any, Final

from sandbox.keys import SANDBOX_TELEGRAM_CHAT
from sandbox.pacing import Budget
from sandbox.shapes import misfit
from sandbox.telegram import errors
from sandbox.telegram.markdown import parse_markdown_v2, parse_old_markdown
from sandbox.telegram.markup import Entity, parse_html, units
from sandbox.telegram.reception import Visit
from sandbox.telegram.state import bot_user, private_chat

MAX_TEXT: Final = 4_096
MAX_CAPTION: Final = 1_024
MAX_CALLBACK: Final = 64
MAX_ALERT: Final = 200
PER_SECOND: Final = 30
BURST_PER_CHAT: Final = 10
_PARSERS: Final[dict[str, Callable[[str], tuple[str, list[Entity]]]]] = {
    "html": parse_html,
    "markdownv2": parse_markdown_v2,
    "markdown": parse_old_markdown,
}
_CHAT_ACTIONS: Final = frozenset(
    {"typing", "upload_photo", "record_video", "upload_document", "choose_sticker", "find_location"}
)


async def send_message(visit: Visit) -> dict[str, Any]:
    """SendMessage."""
    admit(visit)
    text, entities = read_text(visit, "text", MAX_TEXT, "message is too long")
    if not text.strip():
        raise errors.bad_request("message text is empty")
    message = new_message(visit)
    message["text"] = text
    if entities:
        message["entities"] = entities
    return message


async def edit_message_text(visit: Visit) -> dict[str, Any]:
    """EditMessageText."""
    admit(visit)
    message = visit.house.world.telegram.messages.get(visit.number("message_id"))
    if message is None:
        raise errors.bad_request("message to edit not found")
    if message["from"]["id"] == SANDBOX_TELEGRAM_CHAT:
        raise errors.bad_request("message can't be edited")
    text, entities = read_text(visit, "text", MAX_TEXT, "message is too long")
    if not text.strip():
        raise errors.bad_request("message text is empty")
    markup = keyboard(visit)
    if (message.get("text"), message.get("entities", []), message.get("reply_markup")) == (text, entities, markup):
        raise errors.bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a current "
            "content and reply markup of the message"
        )
    message |= {"text": text, "edit_date": int(visit.house.world.now.timestamp())}
    for name, value in (("entities", entities), ("reply_markup", markup)):
        if value:
            message[name] = value
        else:
            message.pop(name, None)
    return message


async def delete_message(visit: Visit) -> bool:
    """DeleteMessage."""
    admit(visit)
    if visit.house.world.telegram.messages.pop(visit.number("message_id"), None) is None:
        raise errors.bad_request("message to delete not found")
    return True


async def send_chat_action(visit: Visit) -> bool:
    """SendChatAction."""
    admit(visit)
    if visit.text("action") not in _CHAT_ACTIONS:
        raise errors.bad_request("wrong parameter action in request")
    return True


async def answer_callback_query(visit: Visit) -> bool:
    """AnswerCallbackQuery."""
    desk = visit.house.world.telegram
    wanted = visit.text("callback_query_id")
    known = {update["callback_query"]["id"] for update in desk.updates + desk.confirmed if "callback_query" in update}
    if wanted not in known:
        raise errors.bad_request("query is too old and response timeout expired or query ID is invalid")
    if units(visit.text("text")) > MAX_ALERT:
        raise errors.bad_request("MESSAGE_TOO_LONG")
    desk.answered_buttons[wanted] = visit.text("text")
    return True


def admit(visit: Visit) -> None:
    """Check that the chat exists, is open to the bot and not flooded.

    Raises:
        TelegramRefusal: 400, 403 or 429.
    """
    world = visit.house.world
    faults = world.faults
    chat = visit.text("chat_id")
    if not chat:
        raise errors.bad_request("chat_id is empty")
    if chat != str(SANDBOX_TELEGRAM_CHAT) or faults.strikes("telegram.chat_not_found", visit.subject):
        raise errors.bad_request("chat not found")
    if world.telegram.blocked or faults.strikes("telegram.blocked", visit.subject):
        raise errors.blocked()
    flooded = faults.strikes("telegram.flood", visit.subject)
    if flooded is not None:
        raise errors.flood(int(flooded.value if flooded.value is not None else 5))
    if visit.house.paced:
        budget = visit.house.budgets.setdefault(f"telegram {chat}", Budget(BURST_PER_CHAT, float(BURST_PER_CHAT)))
        wait = max(budget.take(1), visit.house.burst("telegram", PER_SECOND))
        if wait:
            raise errors.flood(math.ceil(wait))


def read_text(visit: Visit, name: str, most: int, too_long: str) -> tuple[str, list[Entity]]:
    """Read a text with its markup and check its length.

    Raises:
        TelegramRefusal: 400.
    """
    source = visit.text(name)
    faults = visit.house.world.faults
    if faults.strikes("telegram.bad_entities", visit.subject):
        raise errors.cannot_parse("Can't find end of the entity starting at byte offset 0")
    mode = visit.text("parse_mode").lower()
    if mode and mode not in _PARSERS:
        raise errors.bad_request("unsupported parse_mode")
    text, entities = _PARSERS[mode](source) if mode else (source, visit.structure("entities") or [])
    if units(text) > most or faults.strikes("telegram.too_long", visit.subject):
        raise errors.bad_request(too_long)
    return text, entities


def keyboard(visit: Visit) -> dict[str, Any] | None:
    """Return the reply markup, its buttons checked.

    Raises:
        TelegramRefusal: 400.
    """
    markup = visit.structure("reply_markup")
    if not isinstance(markup, dict):
        return None
    if misfit(markup, {"inline_keyboard": list, "inline_keyboard[]": list}):
        raise errors.bad_request("can't parse inline keyboard: expected an Array of Arrays")
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            if not isinstance(button, dict):
                raise errors.bad_request("can't parse inline keyboard button: expected an Object")
            data = button.get("callback_data")
            if not button.get("text"):
                raise errors.bad_request('can\'t parse inline keyboard button: field "text" must not be empty')
            if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK:
                raise errors.bad_request("BUTTON_DATA_INVALID")
    return markup


def new_message(visit: Visit) -> dict[str, Any]:
    """Put an empty message of the bot into the chat and return it; the caller fills in what it says."""
    world = visit.house.world
    markup = keyboard(visit)
    message: dict[str, Any] = {
        "message_id": world.telegram.number_message(),
        "from": bot_user(),
        "chat": private_chat(),
        "date": int(world.now.timestamp()),
    }
    if markup and "inline_keyboard" in markup:
        message["reply_markup"] = markup
    reply = visit.structure("reply_parameters")
    answered = (reply.get("message_id") if isinstance(reply, dict) else None) or visit.number("reply_to_message_id")
    if answered and int(answered) in world.telegram.messages:
        message["reply_to_message"] = dict(world.telegram.messages[int(answered)])
    world.telegram.messages[message["message_id"]] = message
    return message
