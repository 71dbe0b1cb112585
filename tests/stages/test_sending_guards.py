"""What keeps a mail that is ready from going out: caps, hours, suppressions, switches, age, the gate."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.ledger.flags import FlagName
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.mail_provider.gateway import OutgoingMail
from tests.builders import DAY, HOUR, MONDAY, prepared, state_of
from tests.stages.doubles import failing
from tests.stages.office import Office, open_office, resumed, states


@pytest.mark.rule("A3")
@pytest.mark.rule("B19")
async def test_no_credits_stops_the_stage_at_the_first_mail_and_latches_until_somebody_resumes(office: Office) -> None:
    for number in range(25):
        prepared(office.ledger, number)
    office.world.faults.arm("brevo.no_credits_402")

    report = await office.send()

    assert report.systemic is not None
    assert (report.items, report.conserved) == (25, True)
    assert office.world.tally.requests["brevo|POST /v3/smtp/email"] == 1
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.PROVIDER]
    office.world.faults.disarm()
    office.later(hours=1)
    await office.send()
    assert (office.accepted, states(office)) == ([], {"ready": 25})

    assert resumed(office) == ["provider"]
    office.later(hours=1)
    await office.send()
    assert len(office.accepted) == 25


async def test_items_a_stop_left_out_say_why(office: Office) -> None:
    for number in range(25):
        prepared(office.ledger, number)
    office.world.faults.arm("brevo.key_revoked")

    report = await office.send()

    skipped = {reason: count for reason, count in report.reasons.items() if reason.startswith("the stage was stopped")}
    assert sum(skipped.values()) == 24


@pytest.mark.rule("A1")
@pytest.mark.rule("A5")
async def test_a_window_that_closes_between_draft_and_sending_holds_the_mail_until_it_opens(office: Office) -> None:
    """Invariant I3: a quarter before five is too late, nine the next morning is not."""
    office.clock.move_to(MONDAY.replace(hour=15, minute=46))
    send = prepared(office.ledger, now=office.now)

    report = await office.send()

    assert (office.accepted, states(office)) == ([], {"ready": 1})
    assert next(iter(report.reasons)).startswith("Mon 16:46 in Europe/Berlin")
    office.clock.move_to(datetime(2026, 11, 24, 7, 59, 59, tzinfo=UTC))
    assert (await office.send()).items == 0
    office.clock.move_to(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    await office.send()
    assert office.accepted == [send.address]


@pytest.mark.rule("A10")
async def test_a_suppression_between_claim_and_intent_is_obeyed(office: Office) -> None:
    """Invariant I2: both are claimed together; while the first goes out, the second unsubscribes."""
    first, second = sorted((prepared(office.ledger, 1), prepared(office.ledger, 2)), key=lambda send: send.send_key)
    postman, provider = failing(office)

    async def unsubscribe(_: OutgoingMail) -> None:
        assert state_of(office.ledger, second.send_key) == "claimed"
        fact = Suppression("address", second.address_hash, SuppressionReason.UNSUBSCRIBED, office.now, "page", "1")
        office.ledger.suppressions.add([fact], now=office.now)

    postman.before = unsubscribe
    await office.send(provider)

    assert office.accepted == [first.address]
    assert state_of(office.ledger, second.send_key) == "cancelled"


async def test_a_do_not_contact_that_is_read_between_claim_and_intent_is_obeyed(office: Office) -> None:
    """Invariant I2: the flag is in the ledger before the next plan is made."""
    first, second = sorted((prepared(office.ledger, 1), prepared(office.ledger, 2)), key=lambda send: send.send_key)
    postman, provider = failing(office)

    async def read_the_base(_: OutgoingMail) -> None:
        fields = {"Email": second.address, "Do Not Contact": True}
        office.ledger.records.receive(
            [(second.lead_id, fields)], now=office.now, day=DAY, complete=False, barred={second.lead_id}
        )

    postman.before = read_the_base
    await office.send(provider)

    assert office.accepted == [first.address]
    (row,) = [row for row in office.ledger.sends.of_day(DAY) if row["send_key"] == second.send_key]
    assert (row["state"], row["reason"]) == ("cancelled", "the operator set do-not-contact")
    office.ledger.records.receive(
        [(second.lead_id, {"Email": second.address})], now=office.now, day=DAY, complete=False
    )
    prepared(office.ledger, 2)
    await office.send()
    assert office.accepted == [first.address, second.address], "it was unticked again, and written anew"


@pytest.mark.rule("A9")
async def test_caps_hold_within_a_run_and_over_runs(tmp_path: Path) -> None:
    """Invariant I7."""
    office = open_office(tmp_path, caps={"per_hour": 5, "per_day": 12})
    for number in range(30):
        prepared(office.ledger, number)
    sent = []
    for _ in range(12 * 6):
        await office.send()
        sent.append(len(office.accepted))
        office.later(minutes=10)

    assert sent[0] == 5
    assert sent[5] == 5
    assert max(sent) == 12
    times = [mail.at for mail in office.world.provider.mails.values()]
    assert all(sum(1 for other in times if at - HOUR < other <= at) <= 5 for at in times)
    office.close()


@pytest.mark.rule("A9")
async def test_the_ramp_counts_days_on_which_anything_was_sent(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"ramp": [1, 2]})
    sent = []
    for day in range(4):
        office.clock.move_to(MONDAY + timedelta(days=day))
        for number in range(5):
            prepared(office.ledger, 10 * day + number, now=office.now)
        await office.send()
        sent.append(len(office.accepted))

    assert sent == [1, 3, 15, 20]
    office.close()


async def test_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    office = open_office(tmp_path, mode="dry_run", sender={"unsubscribe_url": "https://outreach.example/u"})
    prepared(office.ledger)

    report = await office.send()

    assert (dict(report.reasons), office.accepted) == ({"dry run: nothing is sent": 1}, [])
    assert "brevo|POST /v3/smtp/email" not in office.world.tally.requests
    office.close()


async def test_a_restored_ledger_sends_nothing(office: Office) -> None:
    prepared(office.ledger)
    await office.send()
    assert office.ledger.place.witness is not None
    office.ledger.place.witness.unlink()
    prepared(office.ledger, 2)

    report = await office.send()

    assert len(office.accepted) == 1
    assert "the ledger's witness is gone" in next(iter(report.reasons))


async def test_a_mail_written_too_long_ago_is_withdrawn_not_sent_in_a_burst(office: Office) -> None:
    send = prepared(office.ledger)
    office.later(days=2, minutes=1)

    await office.send()

    assert (office.accepted, state_of(office.ledger, send.send_key)) == ([], "cancelled")


@pytest.mark.rule("B19")
async def test_a_pause_costs_a_glance_and_writes_no_journal(office: Office) -> None:
    """A weekend of ticks over hundreds of waiting mails must not fill the journal with the same reason."""
    for number in range(30):
        prepared(office.ledger, number)
    office.ledger.flags.raise_flag(FlagName.PAUSE, reason="lunch", actor="ada", now=office.now)
    before = office.ledger.verify()

    report = await office.send()

    assert (report.items, dict(report.reasons)) == (30, {"pause: lunch": 30})
    assert office.ledger.verify() == before


async def test_a_switch_thrown_during_a_run_stops_it_at_the_next_mail(office: Office) -> None:
    for number in range(5):
        prepared(office.ledger, number)
    postman, provider = failing(office)

    async def pause(_: OutgoingMail) -> None:
        office.ledger.flags.raise_flag(FlagName.PAUSE, reason="now", actor="ada", now=office.now)

    postman.before = pause
    await office.send(provider)

    assert len(office.accepted) == 1
    assert states(office) == {"accepted": 1, "ready": 4}
