"""What a person may say of a send whose outcome nobody knows, and what becomes of it."""

import json
from datetime import timedelta

import pytest

from resources.ledger.resolutions import Word
from rules.sending import SendState
from stages.unknowns import CannotResolve, resolve_unknown, unresolved
from tests.builders import DAY, MONDAY, accepted, sending, state_of
from tests.stages.office import Office

TOMORROW = MONDAY + timedelta(days=1)


def lost(office: Office, number: int = 1) -> str:
    """A send whose answer never came."""
    claim = sending(office.ledger, number)
    office.ledger.sends.unknown(claim, reason="the connection broke", now=MONDAY)
    return claim.send_key


def say(office: Office, key: str, word: Word, message_id: str | None = None) -> str:
    return resolve_unknown(office.ledger, key, word=word, actor="ada", now=office.now, message_id=message_id)


@pytest.mark.rule("A11")
def test_every_unknown_send_is_listed_with_what_went_wrong_and_the_next_look(office: Office) -> None:
    key = lost(office)
    accepted(office.ledger, 2)

    (one,) = unresolved(office.ledger)

    assert (one.send_key, one.to_name, one.state, one.why) == (key, "Person 1", "unknown", "the connection broke")
    assert (one.intent_at, one.looked_up, one.next_check_at) == (MONDAY, 0, MONDAY + timedelta(minutes=2))


@pytest.mark.rule("A11")
def test_accepted_with_its_message_id_is_accepted_and_the_journal_says_whose_word_it_was(office: Office) -> None:
    key = lost(office)

    assert "counts as sent" in say(office, key[-8:], Word.ACCEPTED, "m1@relay")

    (row,) = office.ledger.sends.of_day(DAY)
    assert (row["state"], row["message_id"]) == ("accepted", "<m1@relay>")
    last = office.ledger.story("rec1")[-1]
    assert (last["kind"], last["actor"]) == ("send.resolved", "ada")
    assert json.loads(last["detail"])["word"] == "accepted"


def test_accepted_without_an_id_is_presumed_and_an_event_may_still_name_it(office: Office) -> None:
    key = lost(office)

    assert "may still name it" in say(office, key, Word.ACCEPTED)

    assert state_of(office.ledger, key) == "presumed"


async def test_what_was_not_sent_is_never_sent_and_gets_no_further_step(office: Office) -> None:
    key = lost(office)

    say(office, key, Word.NOT_SENT)

    for _ in range(30):
        office.later(hours=3)
        await office.send()
    assert (state_of(office.ledger, key), office.accepted) == ("rejected", [])
    assert unresolved(office.ledger) == []


async def test_an_event_overrules_a_person_who_said_that_it_was_not_sent(office: Office) -> None:
    """Invariant I10: the provider has it, so it counts."""
    claim_key = lost(office)
    office.ledger.sends.resolve(
        claim_key, word=Word.AGAIN, before=SendState.UNKNOWN, message_id=None, actor="ada", now=MONDAY
    )
    office.world.faults.arm("brevo.accepted_then_lost", count=1)
    await office.send()
    say(office, claim_key, Word.NOT_SENT)

    office.later(minutes=20)
    await office.hear()

    assert state_of(office.ledger, claim_key) == "accepted"


async def test_again_is_refused_until_the_provider_was_asked_for_a_day(office: Office) -> None:
    key = lost(office)

    with pytest.raises(CannotResolve, match="2026-11-24 10:00 UTC"):
        say(office, key, Word.AGAIN)
    office.clock.move_to(TOMORROW - timedelta(minutes=1))
    with pytest.raises(CannotResolve, match="may not be sent again yet"):
        say(office, key, Word.AGAIN)
    office.later(hours=2)
    await office.hear()

    assert "gets it twice" in say(office, key, Word.AGAIN)
    await office.send()

    assert office.accepted == ["person1@firm1.example"]
    assert state_of(office.ledger, key) == "accepted"


@pytest.mark.parametrize("word", list(Word))
def test_a_known_outcome_is_nobodys_to_settle(office: Office, word: Word) -> None:
    claim = accepted(office.ledger)

    with pytest.raises(CannotResolve, match="nothing is unknown"):
        say(office, claim.send_key, word)


def test_a_key_that_names_none_or_several_teaches_where_they_are_listed(office: Office) -> None:
    key = lost(office)

    for asked in ("", "zzzzzzzz", key[-3:]):
        with pytest.raises(CannotResolve, match="outbound unknown"):
            say(office, asked, Word.NOT_SENT)
    with pytest.raises(CannotResolve, match="fits `accepted` only"):
        say(office, key, Word.NOT_SENT, "m@relay")


def test_two_people_settle_it_once(office: Office) -> None:
    key = lost(office)
    sends = office.ledger.sends

    assert sends.resolve(key, word=Word.NOT_SENT, before=SendState.UNKNOWN, message_id=None, actor="ada", now=MONDAY)
    assert not sends.resolve(key, word=Word.AGAIN, before=SendState.UNKNOWN, message_id=None, actor="bob", now=MONDAY)
    assert state_of(office.ledger, key) == "rejected"
