"""The operator's chat: the bot, whether it reaches its person, its menu, and who else reads its updates."""

from collections.abc import AsyncGenerator
from typing import Final

from resources.telegram.gateway import Bot
from rules.failures import Failure, ServiceFailure
from stages.doctor.findings import Finding, ok, refused, warn
from stages.doctor.practice import Practice

GET_ONE: Final = "ask @BotFather in Telegram for the bot's token and set TELEGRAM_BOT_TOKEN"


async def chat(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the bot."""
    operator = practice.campaign.operator
    async with practice.bot() as bot:
        yield ok("chat.bot", f"the token is that of @{await bot.name()}")
        try:
            standing = await bot.standing(operator.telegram_chat)
        except ServiceFailure as failure:
            yield refused("chat.chat", failure.failure, await _reach(bot, failure.failure))
            return
    if standing.chat_kind == "private":
        yield ok("chat.chat", "the bot reaches its chat")
    else:
        fix = "set operator.telegram_chat to your private chat with the bot: in a group everybody reads the digest"
        yield warn("chat.chat", f"the bot's chat is a {standing.chat_kind}; it answers in private chats only", fix)
    if standing.reads_everything:
        fix = "/setprivacy at @BotFather: enable"
        yield warn("chat.privacy", "in a group the bot would read every message", fix)
    else:
        yield ok("chat.privacy", "privacy mode is on")
    if standing.webhook:
        fix = "delete it (deleteWebhook) or let whatever set it use another bot"
        yield warn("chat.webhook", "updates are posted to a webhook, so that they cannot be polled", fix)
    else:
        yield ok("chat.webhook", "updates are polled")
    absent = sorted(set(practice.commands) - set(standing.commands))
    if absent:
        fix = "the bot sets it when it starts (`outbound up`)"
        yield warn("chat.menu", f"the command menu lacks {', '.join(f'/{name}' for name in absent)}", fix)
    else:
        yield ok("chat.menu", f"the command menu has all {len(practice.commands)} commands")


async def _reach(bot: Bot, failure: Failure) -> str:
    """What to do where the bot does not reach its person."""
    name = await bot.name()
    if "block" in str(failure).lower():
        return f"open @{name} in Telegram and press Restart"
    return f"open @{name} in Telegram and press Start; then correct operator.telegram_chat in campaign.toml"
