"""Letters that reach the mailbox: answers, absence notices and bounce notices, as RFC 5322 bytes.

The one thing that must hold: an answer names the mail it answers in In-Reply-To and References (RFC 5322 3.6.4), an
absence notice says that nobody wrote it (RFC 3834), and a bounce is a multipart/report (RFC 3464).
"""

import random
from datetime import date, datetime
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html.parser import HTMLParser

from sandbox.world import phrases
from sandbox.world.habits import ReplyKind
from sandbox.world.mail import AcceptedMail, Correspondent


class _Words(HTMLParser):
    """Collects the text of a mail's HTML, one line per block."""

    _BLOCKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3"})
    _HIDDEN = frozenset({"style", "script", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._BLOCKS:
            self.words.append("\n")
        if tag in self._HIDDEN:
            self._hidden += 1
        if tag == "a":
            self.links.extend(value for name, value in attrs if name == "href" and value)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def plain_text(sent: AcceptedMail) -> str:
    """Return what a person reads: the text part, else the words of the HTML."""
    if sent.mail.text:
        return sent.mail.text.strip()
    reader = _Words()
    reader.feed(sent.mail.html)
    return "\n".join(line.strip() for line in "".join(reader.words).splitlines() if line.strip())


def web_links(html: str) -> tuple[str, ...]:
    """Return every http link of a mail in order, each once."""
    reader = _Words()
    reader.feed(html)
    return tuple(dict.fromkeys(link for link in reader.links if link.lower().startswith(("http://", "https://"))))


def reply(
    sent: AcceptedMail,
    person: Correspondent,
    *,
    kind: ReplyKind,
    language: str,
    at: datetime,
    stream: random.Random,
) -> bytes:
    """Write a person's answer, quoting the mail beneath their own words."""
    words = stream.choice(phrases.REPLIES[language][kind])
    name = person.name or person.key.partition("@")[0]
    who = formataddr((sent.mail.sender.name, sent.mail.sender.email))
    introduction = phrases.INTRODUCTIONS[language].format(when=sent.at.strftime("%Y-%m-%d %H:%M"), who=who)
    quoted = "\n".join(f"> {line}" for line in plain_text(sent).splitlines())
    message = _addressed(sent, person, subject=_re(sent.mail.subject), at=at, stream=stream)
    message.set_content(f"{words}\n\n{phrases.SIGN_OFFS[language]}\n{name}\n\n{introduction}\n{quoted}\n")
    return message.as_bytes(policy=SMTP)


def away_notice(
    sent: AcceptedMail,
    person: Correspondent,
    *,
    returns: date,
    language: str,
    at: datetime,
    stream: random.Random,
) -> bytes:
    """Write what an absent person's server answers by itself."""
    subject, body = phrases.AWAY[language]
    message = _addressed(sent, person, subject=subject.format(subject=sent.mail.subject), at=at, stream=stream)
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "bulk"
    message.set_content(body.format(date=returns.strftime(phrases.DATES[language])) + "\n")
    return message.as_bytes(policy=SMTP)


def bounce_notice(
    sent: AcceptedMail, person: Correspondent, *, reason: str, at: datetime, stream: random.Random
) -> bytes:
    """Write a delivery status notification with its machine-readable part and the headers of what bounced."""
    boundary = f"=_{stream.getrandbits(96):024x}"  # drawn, because the library's own boundary is not repeatable
    report = MIMEMultipart("report", boundary=boundary, report_type="delivery-status")
    report["From"] = f"Mail Delivery System <mailer-daemon@{person.domain}>"
    report["To"] = (sent.mail.reply_to or sent.mail.sender).email
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(at)
    report["Message-ID"] = _own_id(person, stream)
    report["In-Reply-To"] = sent.message_id
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"Your message to {person.email} could not be delivered.\n\n{reason.strip()}\n"))
    machine = Message()
    machine["Reporting-MTA"] = f"dns; mx.{person.domain}"
    recipient = Message()
    recipient["Final-Recipient"] = f"rfc822; {person.email}"
    recipient["Action"] = "failed"
    recipient["Status"] = "5.1.1"
    recipient["Diagnostic-Code"] = f"smtp; {reason.strip()}"
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([machine, recipient])
    report.attach(status)
    headers = f"From: {sent.mail.sender.email}\nTo: {person.email}\nMessage-ID: {sent.message_id}\n"
    subject = Header(sent.mail.subject).encode()
    report.attach(MIMEText(f"{headers}Subject: {subject}\n", "rfc822-headers"))
    return report.as_bytes(policy=SMTP.clone(cte_type="7bit"))


def _addressed(
    sent: AcceptedMail, person: Correspondent, *, subject: str, at: datetime, stream: random.Random
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = formataddr((person.name, person.email))
    back_to = sent.mail.reply_to or sent.mail.sender
    message["To"] = formataddr((back_to.name, back_to.email))
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = _own_id(person, stream)
    message["In-Reply-To"] = sent.message_id
    earlier = sent.mail.headers.get("References", "").split()
    message["References"] = " ".join(dict.fromkeys([*earlier, sent.message_id]))
    return message


def _own_id(person: Correspondent, stream: random.Random) -> str:
    return f"<{stream.getrandbits(64):016x}@{person.domain}>"


def _re(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"
