"""Replies: joined to the mail they answer, acted on before the next send; strangers and our own copies stop nobody."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from resources.mailbox.gateway import Mailbox
from rules.failures import ServiceFailure
from rules.hashing import address_hash
from rules.place.zones import Confidence, Zones
from stages.engagement import REPLIES_STAMP
from stages.reply_effects import ABSENCE_WITHOUT_DATE, COMPANY_PAUSE
from stages.replying import pull_replies, reply_frame
from tests.builders import DAY, MONDAY, PEPPER, prepared, state_of
from tests.stages.office import Office


async def read(office: Office, mailbox: Mailbox | None = None) -> Any:
    return await pull_replies(
        mailbox or office.mailbox, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )


async def sent(office: Office, **changes: Any) -> str:
    """One mail that went out; its message id."""
    prepared(office.ledger, 1, **changes)
    await office.send()
    (message,) = office.world.provider.mails
    office.later(hours=2)
    return message


def arrives(office: Office, text: str, *, sender: str = "person1@firm1.example", **headers: str) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = sender, headers.pop("Subject", "Re: A question")
    message["Message-ID"] = headers.pop("Message_ID", f"<{len(office.world.mailbox)}@firm1.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    office.world.mailbox.receive(message.as_bytes(), office.now)


def facts(office: Office) -> set[tuple[str, str]]:
    return {(row["kind"], row["reason"]) for row in office.ledger.suppressions.all()}


BERLIN = Zones(("Europe/Berlin",), Confidence.HIGH, "test", "DE", None)
DUBAI = Zones(("Asia/Dubai",), Confidence.HIGH, "test", "AE", None)
PERSON_STOPS = {("company", "colleague_replied")}


@pytest.mark.rule("A10")
async def test_a_reply_is_joined_by_the_message_it_answers_whoever_writes_it(office: Office) -> None:
    """A colleague answers for her: the person who was written to is left alone."""
    message = await sent(office)
    bump = prepared(office.ledger, 1, step="bump", now=office.now)
    arrives(office, "Sounds good!", sender="assistant@elsewhere.example", In_Reply_To=message)

    report = await read(office)

    assert (report.read, dict(report.new)) == (1, {"positive": 1})
    (row,) = reply_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["lead_id"], row["joined_by"], row["class"]) == ("rec1", "message_id", "positive")
    assert facts(office) == {("address", "replied")} | PERSON_STOPS
    assert state_of(office.ledger, bump.send_key) == "cancelled"


async def test_a_reply_without_its_headers_is_joined_by_the_address(office: Office) -> None:
    await sent(office)
    arrives(office, "Who are you?", sender="Person One <PERSON1@firm1.example>")
    await read(office)

    (row,) = reply_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["lead_id"], row["joined_by"]) == ("rec1", "address")


async def test_a_report_is_joined_by_the_message_it_quotes(office: Office) -> None:
    message = await sent(office)
    report = (
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMessage-ID: <r@mx>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nNo such user.\r\n'
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message}\r\n\r\nx\r\n--b--\r\n"
    )
    office.world.mailbox.receive(report.encode(), office.now)
    await read(office)

    (row,) = reply_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["lead_id"], row["joined_by"], row["class"]) == ("rec1", "report", "bounce")
    assert facts(office) == {("address", "hard_bounce")}


async def test_a_strangers_mail_is_kept_and_stops_the_stranger_only(office: Office) -> None:
    await sent(office)
    arrives(office, "Not interested", sender="stranger@nowhere.example")
    await read(office)

    (row,) = reply_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["lead_id"], row["joined_by"], row["class"]) == (None, "none", "refusal")
    (fact,) = office.ledger.suppressions.all()
    assert (fact["key"], fact["reason"]) == (address_hash("stranger@nowhere.example", PEPPER), "refused")


@pytest.mark.rule("A10")
async def test_a_strangers_wish_to_be_left_alone_counts_for_the_address_it_came_from(office: Office) -> None:
    await sent(office)
    arrives(office, "Please remove me", sender="stranger@nowhere.example")
    await read(office)

    (fact,) = office.ledger.suppressions.all()
    assert (fact["key"], fact["reason"]) == (address_hash("stranger@nowhere.example", PEPPER), "unsubscribed")


async def test_a_colleague_whom_nobody_wrote_to_pauses_the_company_and_stops_only_themselves_for_good(
    office: Office,
) -> None:
    await sent(office, address="person1@harbour1.com", company_key="harbour1.com")
    arrives(office, "Who is writing to us?", sender="boss@mail.harbour1.com")
    await read(office)

    (row,) = reply_frame(office.ledger, DAY).iter_rows(named=True)
    assert (row["lead_id"], row["joined_by"]) == ("rec1", "company")
    stopped = {(fact["key"], fact["reason"]) for fact in office.ledger.suppressions.all()}
    own = address_hash("boss@mail.harbour1.com", PEPPER)
    assert stopped == {("harbour1.com", "colleague_replied"), (own, "replied")}


async def test_a_colleagues_absence_or_a_notice_from_the_company_stops_nobody_else(office: Office) -> None:
    await sent(office, address="person1@harbour1.com", company_key="harbour1.com")
    away = {"Subject": "Out of office", "Auto_Submitted": "auto-replied"}
    arrives(office, "Out until 4 December.", sender="boss@harbour1.com", **away)
    await read(office)

    (fact,) = office.ledger.suppressions.all()
    assert (fact["key"], fact["reason"]) == (address_hash("boss@harbour1.com", PEPPER), "out_of_office")


@pytest.mark.parametrize("sender", ["ada@outreach.example", "Replies <REPLIES@outreach.example>"])
async def test_our_own_copies_are_not_replies(office: Office, sender: str) -> None:
    message = await sent(office)
    arrives(office, "Please remove me", sender=sender, In_Reply_To=message)

    assert dict((await read(office)).new) == {}
    assert facts(office) == set()


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("text", "reason", "company"),
    [
        ("Not interested, thanks.", "refused", True),
        ("Please unsubscribe me.", "unsubscribed", True),
        ("I no longer work there.", "wrong_person", True),
        ("Who gave you my address?", "replied", True),
    ],
)
async def test_every_humans_answer_stops_the_person_and_pauses_the_company(
    office: Office, text: str, reason: str, company: bool
) -> None:
    message = await sent(office)
    arrives(office, text, In_Reply_To=message)
    answered = office.now
    await read(office)

    assert facts(office) == {("address", reason)} | (PERSON_STOPS if company else set())
    pause = next(row for row in office.ledger.suppressions.all() if row["kind"] == "company")
    assert (pause["key"], pause["until"]) == ("firm1.example", answered + COMPANY_PAUSE)


@pytest.mark.parametrize(
    ("text", "places", "until"),
    [
        ("Out until 2 December.", BERLIN, datetime(2026, 12, 3, 8, 0, tzinfo=UTC)),
        ("Out until 4 December.", BERLIN, datetime(2026, 12, 7, 8, 0, tzinfo=UTC)),
        ("Out until 24 December.", BERLIN, datetime(2026, 12, 28, 8, 0, tzinfo=UTC)),
        ("Out until 2 December.", DUBAI, datetime(2026, 12, 4, 5, 0, tzinfo=UTC)),
    ],
    ids=["the next day", "over a weekend", "over Christmas", "a national holiday"],
)
async def test_an_absence_holds_the_sequence_until_the_first_business_hours_after_the_day_it_names(
    office: Office, text: str, places: Zones, until: datetime
) -> None:
    message = await sent(office, places=places)
    arrives(office, text, Subject="Out of office", In_Reply_To=message, Auto_Submitted="auto-replied")
    await read(office)

    (row,) = office.ledger.suppressions.all()
    assert (row["reason"], row["until"]) == ("out_of_office", until)


async def test_days_are_counted_from_when_the_notice_was_written(office: Office) -> None:
    """A notice that is read three days late still means the Tuesday after it was written."""
    message = await sent(office)
    arrives(
        office, "Back tomorrow.", Subject="Out of office", In_Reply_To=message, Auto_Submitted="auto-replied",
        Date="Mon, 23 Nov 2026 12:00:00 +0100",
    )  # fmt: skip
    office.later(days=3)
    await read(office)

    assert [row["resume_on"] for row in reply_frame(office.ledger, DAY).iter_rows(named=True)] == ["2026-11-24"]


async def test_an_absence_without_a_day_is_a_week(office: Office) -> None:
    message = await sent(office)
    arrives(office, "I am on vacation.", Subject="Out of office", In_Reply_To=message)
    answered = office.now
    await read(office)

    (row,) = office.ledger.suppressions.all()
    assert row["until"] == answered + ABSENCE_WITHOUT_DATE


async def test_an_automatic_confirmation_stops_nobody(office: Office) -> None:
    message = await sent(office)
    arrives(office, "We received your message.", In_Reply_To=message, Auto_Submitted="auto-replied")
    assert dict((await read(office)).new) == {"auto_reply": 1}
    assert facts(office) == set()


@pytest.mark.rule("B36")
async def test_a_message_is_read_once_and_its_bytes_are_kept(office: Office) -> None:
    message = await sent(office)
    arrives(office, "Yes", In_Reply_To=message, Message_ID="<same@firm1.example>")
    arrives(office, "Yes", In_Reply_To=message, Message_ID="<same@firm1.example>")

    first = await read(office)
    again = await read(office)

    assert (dict(first.new), dict(again.new)) == ({"positive": 1}, {})
    with office.ledger.transactions.read() as connection:
        raw = connection.exec_driver_sql("SELECT raw FROM reply").scalar_one()
    assert raw == next(iter(office.world.mailbox)).raw


@pytest.mark.rule("B25")
async def test_a_date_that_cannot_be_true_is_not_believed(office: Office) -> None:
    """A clock that is years off puts no reply into another day's numbers."""
    message = await sent(office)
    arrives(office, "Yes", In_Reply_To=message, Date="Mon, 01 Jan 2001 10:00:00 +0000")
    arrives(office, "No", In_Reply_To=message, Date="Mon, 01 Jan 2035 10:00:00 +0000")
    await read(office)

    assert reply_frame(office.ledger, DAY)["sent_at"].to_list() == [office.now, office.now]


@pytest.mark.rule("B23")
async def test_a_mailbox_that_cannot_be_read_is_not_an_empty_one(office: Office) -> None:
    await sent(office)
    await read(office)
    stamp = office.ledger.flags.stamped(REPLIES_STAMP)
    office.later(hours=1)
    office.world.faults.arm("mailbox.login_refused")
    with pytest.raises(ServiceFailure):
        await read(office)
    assert office.ledger.flags.stamped(REPLIES_STAMP) == stamp


@pytest.mark.rule("B36")
async def test_a_message_that_older_rules_misread_is_read_again_and_obeyed(office: Office) -> None:
    message = await sent(office)
    arrives(office, "Not interested", In_Reply_To=message)
    await read(office)
    with office.ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql("UPDATE reply SET rule_version = '1', class = 'auto_reply'")
        connection.exec_driver_sql("DELETE FROM suppression")

    report = await read(office)

    assert (report.relabelled, report.days) == (1, (DAY,))
    assert ("address", "refused") in facts(office)
    assert (await read(office)).relabelled == 0
    assert "reply.relabelled" in {entry["kind"] for entry in office.ledger.story("rec1")}


async def test_a_hostile_message_does_not_stop_the_others(office: Office) -> None:
    message = await sent(office)
    for raw in (
        b"",
        b"\x00\xff\xfe",
        b"From: \xff\xff\r\nDate: nonsense\r\nContent-Type: text/plain; charset=no-such\r\n\r\n\xff\x00",
    ):
        office.world.mailbox.receive(raw, office.now)
    arrives(office, "Not interested", In_Reply_To=message)

    report = await read(office)

    assert report.read == 4
    assert ("address", "refused") in facts(office)


async def test_the_world_answers_and_the_answer_is_found(office: Office) -> None:
    """The whole way: a person in the sandbox answers our mail, and it is joined and understood."""
    prepared(office.ledger, 1)
    office.world.script("person1@firm1.example", "reply_refusal", after=timedelta(hours=1))
    await office.send()
    office.clock.move_to(MONDAY + timedelta(days=3))

    report = await read(office)

    assert dict(report.new) == {"refusal": 1}
    assert ("address", "refused") in facts(office)
