"""The table of Bot API methods.

The one thing that must hold: method names do not depend on upper and lower case.
"""

import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.house import House
from sandbox.keys import SANDBOX_TELEGRAM_CHAT
from sandbox.telegram import errors, sending, updates, uploading
from sandbox.telegram.reception import Method, Visit, endpoint
from sandbox.telegram.state import bot_user, private_chat
from sandbox.wire import Json

MAX_COMMANDS: Final = 100
MAX_DESCRIPTION: Final = 256
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}\Z")
_DEFAULT_SCOPE: Final = "default"


async def get_me(_visit: Visit) -> dict[str, Any]:
    """GetMe."""
    return bot_user() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def get_chat(visit: Visit) -> dict[str, Any]:
    """GetChat."""
    faults = visit.house.world.faults
    if visit.text("chat_id") != str(SANDBOX_TELEGRAM_CHAT) or faults.strikes("telegram.chat_not_found", visit.subject):
        raise errors.bad_request("chat not found")
    return private_chat() | {
        "accent_color_id": 1,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


async def set_my_commands(visit: Visit) -> bool:
    """SetMyCommands."""
    commands = visit.structure("commands")
    if not isinstance(commands, list) or len(commands) > MAX_COMMANDS:
        raise errors.bad_request("can't parse commands: expected an Array of BotCommand")
    for one in commands:
        if not isinstance(one, dict):
            raise errors.bad_request("can't parse BotCommand: expected an Object")
        if not _COMMAND.match(str(one.get("command", ""))):
            raise errors.bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= MAX_DESCRIPTION:
            raise errors.bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    visit.house.world.telegram.commands[_scope(visit)] = commands
    return True


async def get_my_commands(visit: Visit) -> list[dict[str, str]]:
    """GetMyCommands."""
    return visit.house.world.telegram.commands.get(_scope(visit), [])


async def delete_my_commands(visit: Visit) -> bool:
    """DeleteMyCommands."""
    visit.house.world.telegram.commands.pop(_scope(visit), None)
    return True


def _scope(visit: Visit) -> str:
    scope = visit.structure("scope") or {}
    if not isinstance(scope, dict):
        raise errors.bad_request("can't parse BotCommandScope: expected an Object")
    kind = scope.get("type", _DEFAULT_SCOPE)
    return f"{kind}:{scope['chat_id']}" if "chat_id" in scope else str(kind)


METHODS: Final[dict[str, Method]] = {
    "getme": get_me,
    "getchat": get_chat,
    "getupdates": updates.get_updates,
    "setwebhook": updates.set_webhook,
    "deletewebhook": updates.delete_webhook,
    "getwebhookinfo": updates.get_webhook_info,
    "sendmessage": sending.send_message,
    "editmessagetext": sending.edit_message_text,
    "deletemessage": sending.delete_message,
    "sendchataction": sending.send_chat_action,
    "answercallbackquery": sending.answer_callback_query,
    "sendphoto": uploading.send_photo,
    "senddocument": uploading.send_document,
    "getfile": uploading.get_file,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
}


def telegram(house: House) -> Router:
    """Return the whole Bot API."""

    async def unknown(_request: Request) -> Response:
        return Json(errors.not_found().body, 404)

    return Router(
        routes=[
            Route("/bot{token}/{method}", endpoint(house, METHODS), methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", uploading.download(house), methods=["GET"]),
            Route("/{path:path}", unknown, methods=["GET", "POST"]),
        ],
        redirect_slashes=False,
    )
