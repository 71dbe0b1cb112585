"""What an inbound message is: headers first (RFC 3834, DSN), then words; doubt counts as a human reply, which pauses.

What must hold: no bounce is taken for a reply, and the quoted mail beneath an answer is never read as its words.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from enum import StrEnum

REPLY_RULES_VERSION = "1"


class ReplyClass(StrEnum):
    """Every class there is (rule B41)."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    REFUSAL = "refusal"
    UNSUBSCRIBE = "unsubscribe"
    WRONG_PERSON = "wrong_person"
    OUT_OF_OFFICE = "out_of_office"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"


HUMAN = frozenset(
    {ReplyClass.POSITIVE, ReplyClass.NEUTRAL, ReplyClass.REFUSAL, ReplyClass.UNSUBSCRIBE, ReplyClass.WRONG_PERSON}
)


@dataclass(frozen=True, slots=True)
class Inbound:
    """What is read from a raw message.

    Attributes:
        answers: Message ids from In-Reply-To and References, newest first, angle brackets included.
        words: The text the person wrote, without what they quoted.
    """

    message_id: str
    sender: str
    subject: str
    sent_at_header: str
    answers: tuple[str, ...]
    words: str
    automatic: str | None
    report: bool


@dataclass(frozen=True, slots=True)
class ReplyVerdict:
    """The class, why, and for an absence the first day back where the message says so."""

    label: ReplyClass
    reason: str
    back_on: date | None = None


QUOTED = re.compile(
    r"^(>|On .{4,120} wrote:|Am .{4,120} schrieb .{1,120}:|Le .{4,120} a écrit\s?:|El .{4,120} escribió:"
    r"|.{0,120}<[^>\s]+@[^>\s]+>.{0,20}:$|Il .{4,120} ha scritto:|Op .{4,120} schreef .{1,80}:|-{2,}\s?(Original|Ursprüngliche|Message d)|From: |Von: |De : |_{10,})",
    re.IGNORECASE,
)

WORDS: tuple[tuple[ReplyClass, str, re.Pattern[str]], ...] = (
    (
        ReplyClass.UNSUBSCRIBE,
        "asks not to be written to again",
        re.compile(
            r"\bunsubscribe\b|remove me|take me off|stop (e-?mail|writ|contact|send)|(do not|don'?t) (e-?mail|contact|write)"
            r"|opt[ -]?out|abmelden|austragen|aus (Ihrem|dem|eurem) Verteiler|löschen Sie (meine|mich)|keine (weiteren )?(e-?mails|nachrichten)"
            r"|(schreiben|kontaktieren) Sie (mir|mich) nicht|nicht (mehr|wieder) (an)?schreiben|désabonn|désinscri|retirer de (votre|la) liste"
            r"|ne (plus )?(me )?(recevoir|contacte[rz])|m'écrivez plus|darme de baja|elimín(e|a)me|no me (escrib|contact)|cancella(mi|rmi)"
            r"|non (mi )?scriv|remov[ae]-?me|me remova|não me (escrev|contat)|verwijder mij|配信を?(停止|止め)|送らないで|連絡しないで",
            re.IGNORECASE,
        ),
    ),
    (
        ReplyClass.WRONG_PERSON,
        "says this is the wrong person or company",
        re.compile(
            r"(don'?t|do not|no longer|never) work(ed)? (for|at|there|with|in)|wrong (person|company|address|contact|guy)"
            r"|not (the right person|responsible for this)|not (with|at) (that|this) company|left the (company|firm|business)"
            r"|arbeite nicht (mehr )?(bei|für|dort)|nicht mehr (im Unternehmen|bei)|falsche[nr]? (person|firma|adresse|ansprechpartner)|nicht zuständig"
            r"|ne travaille (pas|plus)|pas la bonne personne|quitté (l'entreprise|la société)|(ya )?no trabajo|equivocad. de persona"
            r"|non lavoro|persona sbagliata|não trabalho|pessoa errada|担当では(ありません|ない)|お間違え|者ではありません|退職",
            re.IGNORECASE,
        ),
    ),
    (
        ReplyClass.REFUSAL,
        "declines",
        re.compile(
            r"not interested|no,? thank|no thanks|not for us|we('re| are) (all set|happy with)|not a (good )?fit|no need|please don'?t"
            r"|signed with|kein(en|erlei)? (interesse|bedarf)|nicht interess|pas intéress|pas (ce |de |besoin)|no (me|nos|estamos) interes"
            r"|no necesit|non (mi|ci|siamo) interess|não (temos|tenho|há|estamos) interes|sem interesse|geen interesse"
            r"|興味[はが]?(ない|ありません|ございません)|結構です|必要(は|が)?(ない|ありません|ございません)|必要とし(ていません|ておりません)|見送",
            re.IGNORECASE,
        ),
    ),
    (
        ReplyClass.POSITIVE,
        "shows interest",
        re.compile(
            r"\binterested\b|sounds (good|interesting|great)|tell me more|(let'?s|could we|can we|shall we) (talk|chat|meet|speak)"
            r"|happy to (talk|chat|meet)|(share|send) (me|us|it|over|a bit|some)?\s?(more|slots|details|times)|send me two|book a|schedule a"
            r"|call me|yes,? please|would love|klingt (gut|interessant)|\bgerne\b.{0,40}(telefon|sprech|treff|kennen)|mehr Informationen"
            r"|Terminvorschl|interessiert mich|m'intéresse|avec plaisir|pouvons-nous|pouvez-vous m'envoyer|créneaux|me interesa|podemos hablar"
            r"|cuénteme|mi interessa|possiamo (parlar|sentir)|volentieri|tenho interesse|podemos conversar|klinkt (goed|interessant)"
            r"|興味(が|は)?あ(り|る)|お話し(を)?(でき|した|伺)|詳しく",
            re.IGNORECASE,
        ),
    ),
)

ABSENT = re.compile(
    r"out of (the )?office|on (annual |parental |sick )?leave|on vacation|on holiday|away (from|until|till)|abwesen|im urlaub"
    r"|nicht im (büro|haus)|absent|en congé|fuera de la oficina|de vacaciones|fuori (sede|ufficio)|in ferie|不在|休暇",
    re.IGNORECASE,
)
_DATE = (
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})|(?P<dotted>\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4})?)"
    r"|(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?\s+(?P<month>[A-Za-zäûé]{3,9})(?:\s+(?P<year>\d{4}))?"
    r"|(?P<month2>[A-Z][a-z]{2,8})\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(?P<year2>\d{4}))?)"
)
BACK = re.compile(
    r"(?:back|return(?:ing)?|until|till|wieder|zurück|bis|ab dem|retour|jusqu'au|hasta|regreso|rientr\w+|fino al)[^.\n]{0,40}?"
    + _DATE,
    re.IGNORECASE,
)
ANY_DATE = re.compile(_DATE, re.IGNORECASE)
"""Where no word announces the return, the last day that an absence notice names is it."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio", "feb february februar février febrero febbraio",
            "mar march märz mars marzo", "apr april avril abril aprile", "may mai mayo maggio",
            "jun june juni juin junio giugno", "jul july juli juillet julio luglio",
            "aug august août agosto", "sep sept september septembre septiembre settembre",
            "oct october oktober okt octobre octubre ottobre", "nov november novembre noviembre",
            "dec december dezember dez décembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def read_message(raw: bytes) -> Inbound:
    """Read a raw RFC 5322 message; broken parts are read as far as they go."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    senders = getaddresses([_header(message, "From")])
    answers = (
        _header(message, "In-Reply-To") + " " + " ".join(reversed(_header(message, "References").split()))
    ).split()
    return Inbound(
        message_id=_header(message, "Message-ID").strip(),
        sender=senders[0][1].casefold() if senders else "",
        subject=_header(message, "Subject"),
        sent_at_header=_header(message, "Date"),
        answers=tuple(dict.fromkeys(answers)),
        words=own_words(_text(message)),
        automatic=_automatic(message),
        report=message.get_content_type() == "multipart/report",
    )


def own_words(text: str) -> str:
    """What the person wrote: everything above the first quotation, at most 4,000 characters."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if QUOTED.match(line.strip()):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()[:4000]


def classify_reply(inbound: Inbound, *, today: date) -> ReplyVerdict:
    """Classify a message. Anything a human may have meant pauses the sequence."""
    said = f"{inbound.subject}\n{inbound.words}"
    if inbound.report or inbound.sender.startswith(("mailer-daemon@", "postmaster@")):
        return ReplyVerdict(ReplyClass.BOUNCE, "a delivery report that came as mail")
    if inbound.automatic or (ABSENT.search(inbound.subject) and not inbound.subject.casefold().startswith("re:")):
        if ABSENT.search(said):
            return ReplyVerdict(ReplyClass.OUT_OF_OFFICE, "an absence notice", back_on(said, today=today))
        return ReplyVerdict(ReplyClass.AUTO_REPLY, f"sent by a machine ({inbound.automatic or 'its subject'})")
    for label, reason, pattern in WORDS:
        if found := pattern.search(inbound.words):
            return ReplyVerdict(label, f"{reason}: {found.group()!r}")
    if ABSENT.search(said) and BACK.search(said):
        return ReplyVerdict(ReplyClass.OUT_OF_OFFICE, "an absence notice by its words", back_on(said, today=today))
    return ReplyVerdict(ReplyClass.NEUTRAL, "a person wrote")


def back_on(said: str, *, today: date) -> date | None:
    """The day of return a notice names; ``None`` where it names none, or one that is past or a year away."""
    for pattern in (BACK, ANY_DATE):
        days = [_day_of(found, today) for found in pattern.finditer(said)]
        ahead = [day for day in days if day is not None and today <= day <= today + timedelta(days=366)]
        if ahead:
            return ahead[0] if pattern is BACK else max(ahead)
    return None


def _day_of(found: re.Match[str], today: date) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["dotted"]:
            parts = [int(part) for part in found["dotted"].replace(" ", "").strip(".").split(".")]
            year = parts[2] if len(parts) > 2 else None  # noqa: PLR2004 - day, month, year
            return _near(parts[0], parts[1], year, today)
        day, month, year_text = (
            (found["day"], found["month"], found["year"])
            if found["day"]
            else (found["day2"], found["month2"], found["year2"])
        )
        number = MONTHS.get(str(month).casefold())
        return _near(int(day), number, int(year_text) if year_text else None, today) if number else None
    except ValueError:
        return None


def _near(day: int, month: int, year: int | None, today: date) -> date:
    """A date without a year is the next one."""
    candidate = date(year or today.year, month, day)
    return candidate if year or candidate >= today else candidate.replace(year=today.year + 1)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "") or "")
    except (ValueError, IndexError, AttributeError):  # the standard library gives up on some malformed headers
        return ""


def _text(message: EmailMessage) -> str:
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        content = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError, KeyError):
        payload = message.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    text = content if isinstance(content, str) else ""
    return re.sub(r"<[^>]{1,500}>", " ", text) if "<html" in text.casefold() else text


def _automatic(message: EmailMessage) -> str | None:
    if (submitted := _header(message, "Auto-Submitted")) and submitted.casefold() != "no":
        return f"Auto-Submitted: {submitted}"
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"):
        if _header(message, name) and name != "X-Auto-Response-Suppress":
            return name
    precedence = _header(message, "Precedence").casefold()
    return f"Precedence: {precedence}" if precedence in ("auto_reply", "auto-reply", "bulk", "junk") else None


def sent_at(inbound: Inbound) -> str | None:
    """The Date header as ISO text, or ``None`` where it cannot be read."""
    try:
        moment = parsedate_to_datetime(inbound.sent_at_header)
    except (TypeError, ValueError):
        return None
    return moment.isoformat() if moment.tzinfo else None
