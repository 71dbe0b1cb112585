"""Drafts in the chat: shown with buttons, approved or refused once, changed by answering, to the letter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from resources.telegram.gateway import BotUpdate, Button
from stages.approving import waiting
from stages.chat.desk import Answer, Desk
from stages.operator_chat import TOO_LATE, answers_to
from tests.builders import PEPPER
from tests.stages.office import Office, lead, open_office

OPERATOR = 700100200
BETTER = (
    "Hello Grace,\n\nI wondered whether your team answers day and night. It may be that the first answer to a simple "
    "question need not wait for a person.\n\nIs that a thought you have had yourself?"
)  # fmt: skip


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    opened = open_office(tmp_path, approval={"in_sandbox": True, "first": 5, "daily_percent": 0})
    opened.add(lead(1), lead(2))
    await opened.receive()
    rows = await opened.picked()
    await opened.research(rows)
    await opened.draft(rows)
    yield opened
    opened.close()


def desk(office: Office) -> Desk:
    return Desk(office.ledger, office.campaign, office.clock, PEPPER)


def ask(office: Office, text: str, *, number: int = 1, answers: str = "") -> list[Answer]:
    return list(answers_to(BotUpdate(number, OPERATOR, OPERATOR, True, text, answers=answers), desk(office)))


def press(office: Office, button: Button, *, number: int = 2) -> str:
    update = BotUpdate(number, OPERATOR, OPERATOR, True, "", data=button.data, callback_id="press")
    return answers_to(update, desk(office))[0].text


async def test_what_is_approved_in_the_chat_goes_out_to_the_letter(office: Office) -> None:
    head, first, second = ask(office, "/approve")
    held = waiting(office.ledger)
    assert head.text.startswith("2 drafts wait. To change one, answer its message")
    assert first.text.startswith(f"Draft {held[0].code}: opener to ")
    assert held[0].written.strip() in first.text

    assert "approved; it goes out when its window and the caps allow it" in press(office, first.buttons[0])
    assert press(office, first.buttons[0]) == TOO_LATE
    assert "refused" in press(office, second.buttons[1])
    assert ask(office, "/approve")[0].text == "No draft waits for you."
    await office.send()
    (mail,) = office.world.provider.mails.values()
    assert mail.mail.text == held[0].send.mail.text


async def test_a_button_of_a_text_that_was_changed_meanwhile_does_nothing(office: Office) -> None:
    _, first, _ = ask(office, "/approve")
    changed, shown = ask(office, BETTER, answers=first.text)
    assert changed.text.startswith("edited; it waits as "), changed.text
    assert BETTER in shown.text

    assert "waits; `outbound drafts list` shows those that do" in press(office, first.buttons[0])
    assert "approved" in press(office, shown.buttons[0], number=3)
    await office.send()
    (mail,) = office.world.provider.mails.values()
    assert mail.mail.text.startswith(BETTER)


def test_a_worse_text_is_refused_with_its_fault_and_the_draft_waits_on(office: Office) -> None:
    _, first, _ = ask(office, "/approve")
    (told,) = ask(office, "Look at https://evil.example now", answers=first.text)
    assert told.text.startswith("the new text does not pass the gate: ")
    assert len(waiting(office.ledger)) == 2


def test_a_command_that_answers_a_draft_is_a_command(office: Office) -> None:
    _, first, _ = ask(office, "/approve")
    assert ask(office, "/help", answers=first.text)[0].text.startswith("/stats: ")


def test_one_draft_is_asked_for_by_its_code(office: Office) -> None:
    code = waiting(office.ledger)[1].code
    _, shown = ask(office, f"/approve {code}")
    assert shown.text.startswith(f"Draft {code}: ")
    assert "no draft 'ffff' waits" in ask(office, "/approve ffff")[0].text


def test_a_button_under_a_draft_is_good_for_half_an_hour(office: Office) -> None:
    _, first, _ = ask(office, "/approve")
    office.later(minutes=31)
    assert press(office, first.buttons[0]) == TOO_LATE
    assert len(waiting(office.ledger)) == 2
