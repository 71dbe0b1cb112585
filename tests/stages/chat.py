"""The operator's side of the bot's chat: updates as Telegram delivers them, and what is answered to a text."""

from typing import Any

from resources.telegram.gateway import BotUpdate, Button
from stages.chat.desk import Answer, Desk
from stages.operator_chat import answers_to
from tests.builders import PEPPER
from tests.stages.office import Office

OPERATOR = 700100200


def update(number: int, text: str, *, user: int = OPERATOR, chat: int = OPERATOR, **more: Any) -> BotUpdate:
    return BotUpdate(number, chat, user, **{"private": True, "text": text, **more})


def pressed(number: int, button: Button, *, user: int = OPERATOR) -> BotUpdate:
    return BotUpdate(number, OPERATOR, user, True, "", data=button.data, callback_id=f"press-{number}")


def desk(office: Office) -> Desk:
    return Desk(office.ledger, office.campaign, office.clock, PEPPER)


def reply(office: Office, text: str, *, number: int = 1) -> Answer:
    return answers_to(update(number, text), desk(office))[0]


def said(office: Office, text: str) -> str:
    return reply(office, text).text


def press(office: Office, button: Button, *, number: int = 2, user: int = OPERATOR) -> str:
    return answers_to(pressed(number, button, user=user), desk(office))[0].text
