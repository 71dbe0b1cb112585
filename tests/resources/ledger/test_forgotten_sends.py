"""After a restore: what the provider reports is never sent again, whether this ledger remembers the mail or not."""

from zoneinfo import ZoneInfo

from resources.ledger.ledger import Ledger
from rules.sending import Decision
from tests.builders import DAY, HOUR, MONDAY, claimed, go, new_send, prepared, send_row, sending, used
from tests.events import NewEvent, hear

BERLIN = ZoneInfo("Europe/Berlin")


def heard(send_key: str, message: str = "<m@relay>") -> NewEvent:
    key = f"{send_key}{message}"[-32:]
    return NewEvent(key, DAY, "request", message, send_key, "hash", MONDAY, None, None, "{}")


def test_sends_that_the_provider_has_and_the_ledger_thinks_ready_are_settled(ledger: Ledger) -> None:
    held = claimed(ledger, 2)
    keys = [prepared(ledger, 1).send_key, held.send_key, sending(ledger, 3).send_key]
    hear(ledger, [heard(key, f"<{number}@relay>") for number, key in enumerate(keys)], now=MONDAY)

    assert ledger.sends.remember_accepted(zone=BERLIN, actor="ada", now=MONDAY + HOUR) == 3
    assert ledger.sends.remember_accepted(zone=BERLIN, actor="ada", now=MONDAY + HOUR) == 0

    rows = [send_row(ledger, key) for key in keys]
    assert [row["state"] for row in rows] == ["accepted"] * 3
    assert [row["message_id"] for row in rows] == ["<0@relay>", "<1@relay>", "<2@relay>"]
    assert used(ledger, now=MONDAY, day=DAY) == (3, 3)
    assert ledger.sends.intend(held, now=MONDAY, day=DAY, decide=go) == Decision.never("another holder has it")


def test_a_mail_written_anew_after_the_restore_is_not_sent_a_second_time(ledger: Ledger) -> None:
    """The backup was older than the draft: no row to settle then, only a parked event (I1)."""
    hear(ledger, [heard(new_send(1).send_key)], now=MONDAY)
    claim = claimed(ledger, 1, now=MONDAY + HOUR)

    decision = ledger.sends.intend(claim, now=MONDAY + HOUR, day=DAY, decide=go)

    assert decision == Decision.never("the provider had it already; this ledger had forgotten")
    row = send_row(ledger, claim.send_key)
    assert (row["state"], row["message_id"], row["intent_at"]) == ("accepted", "<m@relay>", MONDAY)
    assert [entry["kind"] for entry in ledger.story("rec1")] == ["send.ready", "send.accepted"]
