"""The mailbox, read by imaplib and imap-tools as any mailbox."""

import imaplib
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from imap_tools import AND, MailboxLoginError, MailBoxUnencrypted

from sandbox import Fate, World
from sandbox.keys import SANDBOX_MAILBOX_PASSWORD, SANDBOX_MAILBOX_USER
from sandbox.serving import Running
from sandbox.world.mail import Correspondent, OutgoingMail

ADA = Correspondent("ada@outreach.example", "Ada Marsh")
PEOPLE = {
    "ann@alder.example": Fate.REPLY_POSITIVE,
    "bo@birch.example": Fate.OUT_OF_OFFICE,
    "cem@cedar.example": Fate.REPLY_UNSUBSCRIBE_WISH,
}


def _correspondence(world: World) -> list[str]:
    ids = []
    for address, fate in PEOPLE.items():
        world.script(address, fate, after=timedelta(minutes=30))
        to = Correspondent(address, address.partition("@")[0].title())
        ids.append(world.accept(OutgoingMail(ADA, (to,), "A question", "<p>Hello there</p>")).message_id)
    world.advance(timedelta(hours=2))
    return ids


@pytest.fixture
def ids(town: Running) -> list[str]:
    return town.call(_correspondence)


@pytest.fixture
def box(town: Running, ids: list[str]) -> Iterator[MailBoxUnencrypted]:
    del ids
    client = MailBoxUnencrypted("127.0.0.1", town.house.imap_port, timeout=10)
    with client.login(SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD) as logged_in:
        yield logged_in


def test_answers_name_the_mail_they_answer_and_quote_it(box: MailBoxUnencrypted, ids: list[str]) -> None:
    letters = {letter.from_: letter for letter in box.fetch(mark_seen=False)}
    assert set(letters) == set(PEOPLE)
    answer = letters["ann@alder.example"]
    assert answer.headers["in-reply-to"] == (ids[0],)
    assert ids[0] in answer.headers["references"][0]
    assert answer.subject == "Re: A question"
    assert "> Hello there" in answer.text


def test_an_absence_notice_says_that_nobody_wrote_it(box: MailBoxUnencrypted) -> None:
    notice = next(box.fetch(AND(from_="bo@birch.example"), mark_seen=False))
    assert notice.headers["auto-submitted"] == ("auto-replied",)
    assert "2026" in notice.text


def test_searching_by_day_flag_uid_and_header(box: MailBoxUnencrypted, ids: list[str]) -> None:
    assert len(box.uids(AND(date_gte=date(2026, 11, 23)))) == 3
    assert box.uids(AND(date_gte=date(2026, 11, 24))) == []
    assert box.uids(AND(uid="2:*")) == ["2", "3"]
    box.flag(["1"], "\\Seen", value=True)
    assert box.uids(AND(seen=False)) == ["2", "3"]
    assert len(box.uids(f'HEADER In-Reply-To "{ids[2]}"')) == 1
    assert len(box.uids('OR FROM "ann@" FROM "cem@"')) == 2


def test_reading_without_peek_marks_as_seen_and_peeking_does_not(box: MailBoxUnencrypted) -> None:
    list(box.fetch(mark_seen=False))
    assert len(box.uids(AND(seen=False))) == 3
    list(box.fetch(mark_seen=True))
    assert box.uids(AND(seen=False)) == []


def test_imaplib_reads_headers_sizes_and_status(town: Running, ids: list[str]) -> None:
    del ids
    client = imaplib.IMAP4("127.0.0.1", town.house.imap_port, timeout=10)
    client.login(SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD)
    assert client.select("INBOX", readonly=True)[1] == [b"3"]
    status, parts = client.uid("FETCH", "1", "(FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])")
    assert status == "OK"
    assert parts[0] is not None
    assert b"Subject: " in parts[0][1]
    assert client.store("1", "+FLAGS", "\\Seen")[0] == "NO"
    assert client.status("INBOX", "(MESSAGES UNSEEN UIDNEXT)")[1] == [b"INBOX (MESSAGES 3 UNSEEN 3 UIDNEXT 4)"]
    assert client.select("Elsewhere")[0] == "NO"
    client.logout()


def test_a_wrong_password_is_refused_and_so_is_a_right_one_on_demand(town: Running) -> None:
    client = MailBoxUnencrypted("127.0.0.1", town.house.imap_port, timeout=10)
    with pytest.raises(MailboxLoginError):
        client.login(SANDBOX_MAILBOX_USER, "wrong")
    town.call(lambda world: world.faults.arm("mailbox.login_refused", count=1))
    with pytest.raises(MailboxLoginError):
        client.login(SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD)
    with client.login(SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD):
        pass


def test_the_server_may_hang_up_in_the_middle(town: Running, ids: list[str]) -> None:
    del ids
    client = imaplib.IMAP4("127.0.0.1", town.house.imap_port, timeout=10)
    client.login(SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD)
    client.select("INBOX")
    town.call(lambda world: world.faults.arm("mailbox.dropped", count=1))
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.fetch("1", "(RFC822)")
    client.shutdown()


def test_replies_may_come_late(town: Running) -> None:
    town.call(lambda world: world.faults.arm("mailbox.replies_late", value=5.0))
    town.call(_correspondence)
    assert len(town.world.mailbox) == 0
    town.call(lambda world: world.advance(timedelta(hours=5)))
    assert len(town.world.mailbox) == 3


def test_a_folder_may_be_gone(town: Running) -> None:
    town.call(lambda world: world.faults.arm("mailbox.folder_gone"))
    client = imaplib.IMAP4("127.0.0.1", town.house.imap_port, timeout=10)
    client.login(SANDBOX_MAILBOX_USER, SANDBOX_MAILBOX_PASSWORD)
    assert client.select("INBOX")[0] == "NO"
    client.logout()
