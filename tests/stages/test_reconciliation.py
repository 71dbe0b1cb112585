"""Our count of a day held against the provider's, and how a restored ledger is taken over."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from resources.ledger import ledger as book
from resources.ledger.flags import FlagName
from resources.ledger.ledger import Ledger
from resources.mail_provider.gateway import MailProvider, OutgoingMail
from rules.failures import ServiceFailure
from rules.place.zones import Confidence, Zones
from sandbox.world.mail import Correspondent
from sandbox.world.mail import OutgoingMail as WorldMail
from stages.days import day_of
from stages.engagement import REPLIES_STAMP, pull_events
from stages.intake import READ_STAMP
from stages.reconciliation import account_zone, adopt_ledger, reconcile_days
from stages.sending import send_frame
from stages.settling import ADOPTED_STAMP, unsettled
from tests.builders import DAY, HOUR, MONDAY, PEPPER, accepted, prepared, sending
from tests.stages.doubles import Postman
from tests.stages.office import Office, open_office, resumed

NOUMEA = Zones(("Pacific/Noumea",), Confidence.HIGH, "stated")
"""Ten in the morning there at midnight in Paris, where the provider's account is."""


async def reconcile(office: Office) -> Any:
    return await reconcile_days(office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock)


async def sent(office: Office, count: int = 3) -> None:
    for number in range(count):
        prepared(office.ledger, number)
    await office.send()
    office.clock.move_to(MONDAY + timedelta(days=1))


def somebody_else_sends(office: Office) -> None:
    """A mail under the same account that this ledger knows nothing of."""
    mail = WorldMail(Correspondent("ada@outreach.example"), (Correspondent("x@y.example"),), "Hello", text="x")
    office.world.accept(mail)


async def test_equal_books_say_so(office: Office) -> None:
    """Invariant I10."""
    await sent(office)

    days = {tally.day: (tally.ours, tally.provider, tally.verdict) for tally in await reconcile(office)}

    assert days[DAY] == (3, 3, "equal")
    assert set(days.values()) == {(3, 3, "equal"), (0, 0, "equal")}
    assert office.ledger.flags.raised() == []


async def test_days_of_missed_nights_are_compared_however_long_ago(office: Office) -> None:
    """Invariant I10: a machine that was off for weeks looks at every day since the newest it compared."""
    await sent(office)
    somebody_else_sends(office)
    office.later(days=2)
    await reconcile(office)
    somebody_else_sends(office)
    unseen = office.now.date().isoformat()
    office.later(days=20)

    days = {tally.day: tally.verdict for tally in await reconcile(office)}

    assert days[unseen] == "orphans"


async def test_today_is_not_compared_before_it_is_over(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    assert DAY not in {tally.day for tally in await reconcile(office)}


@pytest.mark.rule("A12")
async def test_a_mail_only_the_provider_knows_stops_the_next_days_sends(office: Office) -> None:
    """Invariant I10: a difference blocks."""
    somebody_else_sends(office)
    await sent(office)

    tallies = {tally.day: tally for tally in await reconcile(office)}

    assert tallies[DAY].verdict == "orphans"
    (flag,) = office.ledger.flags.raised()
    assert flag.name == FlagName.IMBALANCE
    assert f"on {DAY} the ledger counts 3 mails, the provider 4" in flag.reason
    prepared(office.ledger, 9, now=office.now)
    await office.send()
    assert len(office.accepted) == 4


async def test_a_mail_only_we_believe_in_stops_them_too(office: Office) -> None:
    assert office.ledger.gate(now=office.now) is None
    office.ledger.sends.accepted(sending(office.ledger, 8), message_id="<invented@relay>", now=MONDAY)
    await sent(office)

    assert {tally.day: tally.verdict for tally in await reconcile(office)}[DAY] == "missing"
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.IMBALANCE]


@pytest.mark.parametrize("fault", ["brevo.accepted_then_502", "brevo.lost"])
async def test_an_unknown_outcome_leaves_room_for_either(office: Office, fault: str) -> None:
    office.world.faults.arm(fault, count=1)
    await sent(office)
    assert {tally.verdict for tally in await reconcile(office)} == {"equal"}


async def test_a_mail_that_is_taken_just_after_midnight_is_no_imbalance(office: Office) -> None:
    """Asked for at 23:59:59 by the provider's clock, taken two seconds later."""
    midnight = MONDAY.replace(hour=23)
    office.clock.move_to(midnight - timedelta(seconds=1))
    send = prepared(office.ledger, 1, now=office.now, places=NOUMEA)
    postman = Postman(office.provider)

    async def dawdle(_: OutgoingMail) -> None:
        office.later(seconds=2)

    postman.before = dawdle
    await office.send(cast("MailProvider", postman))
    assert office.accepted == [send.address]
    office.clock.move_to(midnight + timedelta(days=1, hours=5))

    tallies = {tally.day: (tally.ours, tally.provider, tally.verdict) for tally in await reconcile(office)}

    assert tallies[DAY] == (1, 0, "equal")
    assert tallies["2026-11-24"] == (0, 1, "equal")
    assert office.ledger.flags.raised() == []


@pytest.mark.rule("B19")
async def test_what_was_explained_is_not_held_against_us_every_night(office: Office) -> None:
    somebody_else_sends(office)
    await sent(office)
    await reconcile(office)
    office.later(hours=1)
    assert resumed(office) == ["imbalance"]

    for _ in range(3):
        office.later(days=1)
        await reconcile(office)
        assert office.ledger.flags.raised() == []

    somebody_else_sends(office)
    office.later(days=1, hours=4)
    await reconcile(office)
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.IMBALANCE]


def test_an_account_without_a_zone_counts_in_utc() -> None:
    assert [str(account_zone(name)) for name in (None, "", "Europe/Paris", "Mars/Base")] == [
        "UTC", "UTC", "Europe/Paris", "UTC",
    ]  # fmt: skip


async def test_a_restored_ledger_is_taken_over_without_sending_or_forgetting_anything(tmp_path: Path) -> None:
    """A backup of the morning: since then two mails went out, one was written anew, somebody unsubscribed (I1, I2)."""
    office = open_office(tmp_path)
    office.ledger.close()
    place = book.Place(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "other.json", "spring", "machine-1")
    office.ledger = Ledger.open(place)
    for number in (1, 2):
        prepared(office.ledger, number)
    assert office.ledger.gate(now=office.now) is None
    office.ledger.close()
    shutil.copy(tmp_path / "ledger.db", tmp_path / "backup.db")
    office.ledger = Ledger.open(place)
    prepared(office.ledger, 3)
    office.world.script("person3@firm3.example", "unsubscribe", after=timedelta(minutes=10))
    await office.send()
    office.later(hours=2)
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )
    facts = {(row["key"], row["reason"]) for row in office.ledger.suppressions.all()}
    assert len(office.accepted) == 3
    assert facts

    office.ledger.close()
    shutil.copy(tmp_path / "backup.db", tmp_path / "ledger.db")
    office.ledger = Ledger.open(place)
    await office.send()
    assert len(office.accepted) == 3
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.GATE]

    forgotten = await adopt_ledger(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER, actor="ada"
    )

    assert forgotten == 3, "two that the backup had as ready, and one it never had a row of"
    assert office.ledger.flags.raised() == []
    assert {(row["key"], row["reason"]) for row in office.ledger.suppressions.all()} == facts
    states = [row["state"] for row in office.ledger.questions.steps("spring")]
    assert states == ["accepted"] * 3, "whom the lost ledger had mailed is taken for that step"
    subjects = {row["subject"] for row in office.ledger.questions.steps("spring")}
    assert subjects == {mail.mail.subject for mail in office.world.provider.mails.values()}
    await office.send()
    assert len(office.accepted) == 3
    assert office.ledger.sends.counts(now=MONDAY + HOUR, day=DAY).today >= 2
    office.close()


async def test_a_restored_ledger_reads_no_answer_before_it_knows_the_mails_that_are_answered(tmp_path: Path) -> None:
    """Read at once it would belong to no mail and be known: nobody would spare the colleagues of its writer (I2)."""
    office = open_office(tmp_path)
    office.ledger.close()
    place = book.Place(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "other.json", "spring", "machine-1")
    office.ledger = Ledger.open(place)
    assert office.ledger.gate(now=office.now) is None
    office.ledger.close()
    shutil.copy(tmp_path / "ledger.db", tmp_path / "backup.db")
    office.ledger = Ledger.open(place)
    office.world.script("person1@firm1.example", "reply_positive", after=timedelta(minutes=10))
    prepared(office.ledger, 1)
    await office.send()
    office.later(hours=2)
    office.ledger.close()
    shutil.copy(tmp_path / "backup.db", tmp_path / "ledger.db")
    office.ledger = Ledger.open(place)

    early = await office.read()
    assert "the ledger was restored" in (early.deferred or "")
    assert (early.read, office.ledger.replies.count()) == (0, 0)
    await adopt_ledger(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER, actor="ada"
    )
    assert (await office.read()).new == {"positive": 1}
    told = {(row["kind"], row["key"], row["reason"]) for row in office.ledger.suppressions.all()}
    assert ("company", "firm1.example", "colleague_replied") in told
    office.close()


async def test_a_provider_that_tells_of_nothing_is_not_believed_when_a_ledger_is_taken_over(tmp_path: Path) -> None:
    """What it does not tell would never be asked for again: the next look begins where this one ended (I1, I6)."""
    office = open_office(tmp_path)
    prepared(office.ledger, 1)
    await office.send()
    office.later(hours=2)
    asked: dict[str, Any] = {
        "ledger": office.ledger, "campaign": office.campaign, "clock": office.clock, "pepper": PEPPER, "actor": "ada",
    }  # fmt: skip
    office.world.faults.arm("brevo.events_missing", count=1)
    with pytest.raises(
        ServiceFailure, match=r"counts more mails on 2026-11-23 than it tells of.*nothing was taken over"
    ):
        await adopt_ledger(office.provider, **asked)
    assert office.ledger.flags.stamped(ADOPTED_STAMP) is None
    assert await adopt_ledger(office.provider, **asked) == 0
    assert office.ledger.flags.stamped(ADOPTED_STAMP) is not None
    office.world.faults.arm("brevo.events_missing", count=1)
    assert await adopt_ledger(office.provider, **asked, incomplete=True) == 0
    office.close()


async def test_an_account_that_counts_no_mail_may_tell_of_none(tmp_path: Path) -> None:
    """A new account: there is nothing to import, and nothing is wrong."""
    office = open_office(tmp_path)
    accepted(office.ledger, 1)
    assert (
        await adopt_ledger(
            office.provider,
            ledger=office.ledger,
            campaign=office.campaign,
            clock=office.clock,
            pepper=PEPPER,
            actor="ada",
        )
        == 0
    )
    assert office.ledger.flags.stamped(ADOPTED_STAMP) is not None
    office.close()


async def test_mails_that_a_lost_ledger_sent_stand_under_their_own_days(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    prepared(office.ledger, 1)
    await office.send()
    office.later(hours=24)
    next_day = day_of(office.now, office.campaign.zone)
    prepared(office.ledger, 2)
    await office.send()
    assert len(office.accepted) == 2
    office.later(hours=2)

    office.ledger.close()
    office.ledger = Ledger.open(book.Place("sqlite://", tmp_path / "witness.json", "spring", "machine-1"))
    await adopt_ledger(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER, actor="ada"
    )

    for day in (DAY, next_day):
        frame = send_frame(office.ledger, day)
        assert frame["state"].to_list() == ["accepted"]
        assert day_of(frame["ready_at"][0], office.campaign.zone) == day
    office.close()


async def test_a_ledger_that_was_taken_over_sends_a_day_later_once_everything_was_read(tmp_path: Path) -> None:
    """A mail that left just before the disk was lost shows in the provider's events hours after the take-over (I1)."""
    office = open_office(tmp_path)
    office.world.faults.arm("brevo.events_late", probability=1.0, value=6.0)
    lost = prepared(office.ledger, 1)
    await office.send()
    assert office.accepted == [lost.address]

    office.ledger.close()
    office.ledger = Ledger.open(book.Place("sqlite://", tmp_path / "witness.json", "spring", "machine-1"))
    await adopt_ledger(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER, actor="ada"
    )
    prepared(office.ledger, 1)
    other = prepared(office.ledger, 2)

    assert "awaited until" in next(iter((await office.send()).reasons))
    office.later(hours=24)
    assert "events were not read" in next(iter((await office.send()).reasons))
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )
    for stamp in (REPLIES_STAMP, READ_STAMP):
        assert "were not read" in str(unsettled(office.ledger, now=office.now))
        office.ledger.flags.stamp(stamp, at=office.now)
    await office.send()
    assert office.accepted == [lost.address, other.address]
    office.close()
