"""What an inbound message is: over 665 real ones, and over the cases that decide whether somebody is left alone."""

from collections import Counter
from datetime import date
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.inbound import Report, read_message, sent_at
from rules.quoting import own_words
from rules.replies import HUMAN, ReplyClass, ReplyVerdict, classify_reply
from tests.replies import TODAY, as_raw, real_messages


def said(text: str, *, subject: str = "Re: A question", **headers: str) -> ReplyVerdict:
    message = EmailMessage()
    message["From"], message["Subject"] = headers.pop("sender", "Grace <grace@harbour.example>"), subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return classify_reply(read_message(message.as_bytes()), today=TODAY)


def verdicts(label: str) -> dict[str, ReplyClass]:
    """What the collected messages of a kind are taken for."""
    return {
        message["id"]: classify_reply(read_message(as_raw(message)), today=TODAY).label
        for message in real_messages()
        if message["label"] == label
    }


@pytest.mark.rule("A10")
@pytest.mark.parametrize("subject", ["unsubscribe", "Unsubscribe me, please", "Abmelden", "Désabonnement"])
def test_a_wish_that_stands_in_the_subject_alone_counts(subject: str) -> None:
    """What mail programs write who offer a way out of lists by mail."""
    assert said("", subject=subject).label is ReplyClass.UNSUBSCRIBE
    assert said("Sounds good, let us talk.", subject=f"Re: {subject} rates").label is ReplyClass.POSITIVE


@pytest.mark.rule("B24")
def test_no_bounce_is_taken_for_a_reply_even_without_its_sender() -> None:
    found = verdicts("bounce")

    assert {name for name, label in found.items() if label in HUMAN} == set()
    assert Counter(found.values())[ReplyClass.BOUNCE] >= 600
    assert len(found) == 606


def test_a_mailer_daemon_is_known_by_its_name_whatever_it_writes() -> None:
    for sender in ("MAILER-DAEMON@mx.example", "Mail System <postmaster@firm.example>"):
        assert said("", sender=sender, subject="Re:Nyaan").label is ReplyClass.BOUNCE


def test_no_abuse_report_is_taken_for_a_reply() -> None:
    assert not HUMAN & set(verdicts("complaint").values())


def test_no_human_reply_is_taken_for_a_machines() -> None:
    found = verdicts("human_reply")
    assert len(found) == 36
    assert set(found.values()) <= HUMAN


def test_no_automatic_reply_is_taken_for_a_persons() -> None:
    found = verdicts("auto_reply")
    assert len(found) == 6
    assert not HUMAN & set(found.values())


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Please remove me from your list.", ReplyClass.UNSUBSCRIBE),
        ("Bitte schreiben Sie mir nicht mehr. Kein Interesse.", ReplyClass.UNSUBSCRIBE),
        ("Unsubscribe", ReplyClass.UNSUBSCRIBE),
        ("I no longer work there, try Bob.", ReplyClass.WRONG_PERSON),
        ("Sie haben die falsche Person.", ReplyClass.WRONG_PERSON),
        ("Thanks, but we are not interested.", ReplyClass.REFUSAL),
        ("Nein danke, kein Interesse.", ReplyClass.REFUSAL),
        ("Sounds good, tell me more!", ReplyClass.POSITIVE),
        ("Klingt gut, gerne.", ReplyClass.POSITIVE),
        ("Who are you?", ReplyClass.NEUTRAL),
        ("", ReplyClass.NEUTRAL),
        ("None of your business", ReplyClass.NEUTRAL),
    ],
)
def test_a_persons_words_decide(text: str, label: ReplyClass) -> None:
    assert said(text).label is label


@pytest.mark.parametrize(
    "quote",
    [
        "On Mon, 23 Nov 2026 at 10:00, Ada Marsh <ada@outreach.example> wrote:\n> You can tell us: unsubscribe",
        "Am 23.11.2026 um 10:00 schrieb Ada Marsh:\n> unsubscribe",
        "-----Original Message-----\nFrom: Ada\nunsubscribe",
        "> You can tell us not to write again: unsubscribe",
        "________________________________\nVon: Ada Marsh\nunsubscribe",
    ],
)
def test_what_is_quoted_is_never_read_as_their_words(quote: str) -> None:
    """Our own footer says how to unsubscribe; it stands under every answer."""
    assert said(f"Sounds good, tell me more!\n\n{quote}").label is ReplyClass.POSITIVE
    assert own_words(f"Yes.\n\n{quote}") == "Yes."


ABSENCES = [
    ("Out of office", "I am out of the office until 4 December 2026.", date(2026, 12, 4)),
    ("Automatic reply: A question", "I'm on leave and will be back on Monday, December 7.", date(2026, 12, 7)),
    ("Automatic reply: x", "I am away until the 5th of May.", date(2027, 5, 5)),
    ("Abwesenheitsnotiz", "Ich bin im Urlaub und ab dem 08.12.2026 wieder da.", date(2026, 12, 8)),
    ("Abwesend", "Ich bin bis einschließlich 4. Dezember nicht im Büro.", date(2026, 12, 4)),
    ("Réponse automatique : x", "Je suis en congé, de retour le 8 décembre.", date(2026, 12, 8)),
    ("Respuesta automática: x", "Estoy fuera de la oficina hasta el 8 de diciembre de 2026.", date(2026, 12, 8)),
    ("Risposta automatica: x", "Sono in ferie, rientro il 9 dicembre.", date(2026, 12, 9)),
    ("Automatisch antwoord: x", "Ik ben met vakantie en terug op 9 december.", date(2026, 12, 9)),
    ("Resposta automática: x", "Estou de férias até 10 de dezembro.", date(2026, 12, 10)),
    ("Out of office", "I am away from 1 December until 8 December.", date(2026, 12, 8)),
    ("Out of office", "Back on 2026-12-03.", date(2026, 12, 3)),
    ("Out of office", "Back on 7 January.", date(2027, 1, 7)),
    ("Out of office", "I am out of the office. In a hurry? Call Bob.", None),
    ("Out of office", "Back on 1 November 2026.", None),
    ("Out of office", "Back on 31 February.", None),
]


@pytest.mark.parametrize(("subject", "text", "day"), ABSENCES)
def test_an_absence_is_known_and_so_is_the_day_of_return(subject: str, text: str, day: date | None) -> None:
    verdict = said(text, subject=subject)

    assert (verdict.label, verdict.back_on) == (ReplyClass.OUT_OF_OFFICE, day)


@pytest.mark.parametrize(
    ("headers", "text", "label"),
    [
        ({"Auto_Submitted": "auto-replied"}, "We received your message.", ReplyClass.AUTO_REPLY),
        ({"Auto_Submitted": "auto-replied"}, "I am on vacation until 4 December.", ReplyClass.OUT_OF_OFFICE),
        ({"Auto_Submitted": "no"}, "We received your message.", ReplyClass.NEUTRAL),
        ({"X_Autoreply": "yes"}, "Ticket 4711 was opened.", ReplyClass.AUTO_REPLY),
        ({"Precedence": "bulk"}, "Newsletter", ReplyClass.AUTO_REPLY),
        ({"Auto_Submitted": "auto-replied"}, "This inbox is no longer monitored.", ReplyClass.BOUNCE),
        ({"Auto_Submitted": "auto-replied"}, "Grace has left the company.", ReplyClass.BOUNCE),
    ],
)
def test_headers_speak_before_words(headers: dict[str, str], text: str, label: ReplyClass) -> None:
    assert said(text, **headers).label is label


def test_a_person_who_answers_an_absence_notice_is_a_person() -> None:
    assert said("I am back and interested.", subject="Re: Automatic reply: A question").label is ReplyClass.POSITIVE
    assert said("Sorry, I was out of the office. Who are you?", In_Reply_To="<1@relay>").label is ReplyClass.NEUTRAL


REPORT = """From: MAILER-DAEMON@mx.example
Subject: {subject}
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

words
--b
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; grace@harbour.example
{action}
--b--
"""


@pytest.mark.parametrize(
    ("kind", "action", "report", "label"),
    [
        ("delivery-status", "Action: failed\nStatus: 5.1.1", Report.FAILED, ReplyClass.BOUNCE),
        ("delivery-status", "Action: delayed\nStatus: 4.4.1", Report.WAITING, ReplyClass.AUTO_REPLY),
        ("delivery-status", "Action: delivered\nStatus: 2.0.0", Report.WAITING, ReplyClass.AUTO_REPLY),
        ("delivery-status", "", Report.FAILED, ReplyClass.BOUNCE),
        ("feedback-report", "Feedback-Type: abuse", Report.COMPLAINT, ReplyClass.BOUNCE),
        ("disposition-notification", "Disposition: manual-action; displayed", Report.READ, ReplyClass.AUTO_REPLY),
    ],
)
def test_a_report_is_what_it_says(kind: str, action: str, report: Report, label: ReplyClass) -> None:
    """A delay is no bounce, and a read receipt must not suppress the person who read."""
    inbound = read_message(REPORT.format(subject="Report", kind=kind, action=action).encode())

    assert inbound.report is report
    assert classify_reply(inbound, today=TODAY).label is label


def test_the_mail_that_is_answered_is_named_newest_first() -> None:
    inbound = read_message(
        b"From: Grace <GRACE@Harbour.example>\r\nMessage-ID: <a@b>\r\nIn-Reply-To: <3@relay>\r\n"
        b"References: <1@relay> <2@relay>\r\n <3@relay>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n\r\nYes."
    )
    assert inbound.answers == ("<3@relay>", "<2@relay>", "<1@relay>")
    assert (inbound.sender, inbound.message_id, inbound.words) == ("grace@harbour.example", "<a@b>", "Yes.")
    assert sent_at(inbound) == "2026-11-23T10:00:00+01:00"


@pytest.mark.parametrize("header", ["", "yesterday", "Mon, 23 Nov 2026 10:00:00 -0000", "99 Foo 2026"])
def test_a_date_that_cannot_be_read_is_none(header: str) -> None:
    assert sent_at(read_message(f"Date: {header}\r\n\r\nx".encode())) is None


def test_a_message_in_html_is_read_without_its_markup() -> None:
    message = EmailMessage()
    message["From"] = "grace@harbour.example"
    message.set_content("<html><body><p>Sounds good, <b>tell me more</b></p></body></html>", subtype="html")
    assert classify_reply(read_message(message.as_bytes()), today=TODAY).label is ReplyClass.POSITIVE


@given(st.binary(max_size=600))
def test_any_bytes_are_read_and_classified(junk: bytes) -> None:
    verdict = classify_reply(read_message(junk), today=TODAY)
    assert verdict.reason


HEADERS = st.sampled_from(
    ["From", "Subject", "Date", "In-Reply-To", "References", "Message-ID", "Content-Type", "Content-Transfer-Encoding"]
)


@given(st.lists(st.tuples(HEADERS, st.text(max_size=60)), max_size=8), st.text(max_size=300))
def test_any_headers_are_read_and_classified(headers: list[tuple[str, str]], body: str) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    inbound = read_message(f"{lines}\r\n{body}".encode("utf-8", "replace"))
    assert classify_reply(inbound, today=TODAY).label in ReplyClass
    assert len(inbound.words) <= 4000
    assert sent_at(inbound) is None or "T" in str(sent_at(inbound))
