"""An event is found by the send key it carries wherever no message id leads to it: on every engine."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from resources.ledger.ledger import Ledger
from resources.ledger.schema import provider_event
from resources.ledger.sends import Claim
from tests.builders import DAY, MONDAY, send_row, sending
from tests.events import NewEvent, hear


def requested(claim: Claim, message_id: str, key: str = "e1") -> NewEvent:
    return NewEvent(key, DAY, "request", message_id, claim.send_key, "hash", MONDAY, None, None, "{}")


def tags(ledger: Ledger) -> dict[str, str | None]:
    with ledger.transactions.read() as connection:
        return {row.event_key: row.tag for row in connection.execute(select(provider_event))}


def accepted(ledger: Ledger, number: int = 1, *, message_id: str = "<m@relay>") -> Claim:
    claim = sending(ledger, number)
    ledger.sends.accepted(claim, message_id=message_id, now=MONDAY)
    return claim


def test_an_event_of_an_accepted_mail_is_found_by_its_message_id_alone(ledger: Ledger) -> None:
    claim = accepted(ledger)
    hear(ledger, [requested(claim, "<m@relay>")], now=MONDAY)
    assert tags(ledger) == {"e1": None}
    assert [row["lead_id"] for row in ledger.events.of_day(DAY)] == ["rec1"]


def test_an_event_of_a_mail_whose_outcome_is_unknown_is_found_by_its_tag(ledger: Ledger) -> None:
    claim = sending(ledger)
    hear(ledger, [requested(claim, "<m@relay>")], now=MONDAY)
    assert tags(ledger) == {"e1": claim.send_key}
    assert ledger.events.by_send_key([claim.send_key]) == {claim.send_key: "<m@relay>"}


def test_an_event_with_the_id_of_another_mail_is_found_by_its_tag(ledger: Ledger) -> None:
    """The provider's answer to one request named the message of another: that one must not look as if it never left."""
    accepted(ledger, 1, message_id="<of the second>")
    second = sending(ledger, 2)
    ledger.sends.unknown(second, reason="the connection broke", now=MONDAY)
    hear(ledger, [requested(second, "<of the second>")], now=MONDAY)
    assert tags(ledger) == {"e1": second.send_key}
    assert [item.send_key for item in ledger.sends.unknown_due(now=MONDAY)] == [second.send_key]


def test_a_mail_that_takes_another_id_is_still_found_by_the_events_of_the_first(ledger: Ledger) -> None:
    claim = accepted(ledger)
    hear(ledger, [requested(claim, "<m@relay>")], now=MONDAY)
    assert ledger.sends.name_anew({claim.send_key: {"<n@relay>"}}, now=MONDAY) == 1
    assert send_row(ledger, claim.send_key)["message_id"] == "<n@relay>"
    assert tags(ledger) == {"e1": claim.send_key}
    (mail,) = ledger.questions.mails_of("rec1")
    assert [event["kind"] for event in mail["events"]] == ["request"]


def test_a_copy_that_tells_the_send_key_later_brings_the_tag(ledger: Ledger) -> None:
    claim = sending(ledger)
    told = requested(claim, "<m@relay>")
    hear(ledger, [replace(told, send_key=None)], now=MONDAY)
    assert tags(ledger) == {"e1": None}
    assert ledger.events.merge([told.row], now=MONDAY + timedelta(minutes=5)).improved == ("e1",)
    assert tags(ledger) == {"e1": claim.send_key}


def test_an_event_that_lost_its_tag_is_damage_that_a_deep_look_finds(ledger: Ledger) -> None:
    accepted(ledger, 1, message_id="<first>")
    claim = sending(ledger, 2)
    hear(ledger, [requested(claim, "<m@relay>"), requested(claim, "<n@relay>", "e2")], now=MONDAY)
    assert not ledger.damage(deep=True)
    with ledger.transactions.write() as (connection, _):
        connection.execute(update(provider_event).where(provider_event.c.event_key == "e2").values(tag=None))
    assert not ledger.damage(deep=False)
    assert "1 events lead to no mail" in ledger.damage(deep=True)
