"""What an inbound message is: headers first (RFC 3834, DSN), then words; doubt counts as a human reply, which pauses.

What must hold: no bounce is taken for a reply, and a machine's mail never passes for a person's.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rules.absences import ABSENT, BACK, back_on
from rules.inbound import Inbound, Report

REPLY_RULES_VERSION = "2"


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
class ReplyVerdict:
    """The class, why, and for an absence the first day back where the message says so."""

    label: ReplyClass
    reason: str
    back_on: date | None = None


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

ROBOTS = ("mailer-daemon@", "postmaster@")
RETURNED = re.compile(
    r"undeliver|delivery (status|fail|error|problem|has failed|report|notification|incomplete)|returned (mail|to sender)"
    r"|returning (message|mail)|mail (delivery|system|failed)|message (delivery|status|not delivered)|failure (notice|delivery)"
    r"|fail(ed|ure) deliver|non[- ]?deliver|not delivered|could not (be delivered|send)|error sending|delayed mail|mail error"
    r"|unzustellbar|nicht zugestellt|non remis|échec de la remise|no se pudo entregar|mancata consegna|onbestelbaar|complaint about|abuse report",
    re.IGNORECASE,
)
"""Subjects of notices that a mail did not arrive."""
BOUNCED = re.compile(
    r"(could|can|was|were|has|have) ?not (be|been )?(able to )?deliver|unable to (be )?deliver|undeliverable|user unknown"
    r"|(trouble|error|problems?|failed) (while )?(trying to )?deliver|delivery (to|of|has|status|failed|problem|error)"
    r"|(mail )?delivery (software|system|subsystem|agent)|mail (system|server) at|no valid recipient|transcript of session"
    r"|(permanent|fatal) (fatal |delivery )?errors?|qmail-send|no such (user|mailbox|recipient)|mailbox (is )?(full|unavailable)"
    r"|\b5\d\d[ -]#?5\.\d|\b(host|remote host|server) said|original message was received|\"notificationType\"|message log follows"
    r"|did not reach|(was|were) (rejected|returned|blocked) by|returned to (the )?sender|not listed in|recipient (rejected|address)",
    re.IGNORECASE,
)
"""What mail servers write instead of delivering; looked for only where nothing shows a person."""
AUTOMATIC_SUBJECT = re.compile(
    r"^(auto(matic|matische|mated)?[ -]?(reply|response|respons\w*|antwort\w*|svar|:)|(out of office|ooo)\b|abwesenheit"
    r"|automatisch antwoord|réponse automatique|respuesta autom|risposta autom|resposta autom|自動(返信|応答))",
    re.IGNORECASE,
)
GONE = re.compile(
    r"no longer (in use|monitored|active|available|works?|employed|with (the|this|us|our))|(has|have) left (the )?"
    r"|nicht mehr (aktiv|im unternehmen|bei uns|tätig)|unternehmen verlassen|n'est plus|ya no (trabaja|forma)|non lavora più",
    re.IGNORECASE,
)
"""What an automatic answer says where nobody will ever read."""


def classify_reply(inbound: Inbound, *, today: date) -> ReplyVerdict:
    """Classify a message. Anything a human may have meant pauses the sequence."""
    if verdict := _from_machine(inbound, today):
        return verdict
    for label, reason, pattern in WORDS:
        if found := pattern.search(inbound.words):
            return ReplyVerdict(label, f"{reason}: {found.group()!r}")
    said = f"{inbound.subject}\n{inbound.words}"
    if ABSENT.search(said) and BACK.search(said):
        return ReplyVerdict(ReplyClass.OUT_OF_OFFICE, "an absence notice by its words", back_on(said, today=today))
    return ReplyVerdict(ReplyClass.NEUTRAL, "a person wrote")


def _from_machine(inbound: Inbound, today: date) -> ReplyVerdict | None:
    """The verdict on what no person wrote, or ``None`` where a person may have."""
    if inbound.report in (Report.WAITING, Report.READ):
        return ReplyVerdict(ReplyClass.AUTO_REPLY, f"a report that came as mail: {inbound.report.value}")
    answering = inbound.subject.casefold().startswith(("re:", "aw:", "sv:", "tr:", "antw:"))
    returned = not answering and RETURNED.search(inbound.subject)
    bounced = BOUNCED.search(inbound.words[:1500])
    machine = inbound.automatic or (not answering and AUTOMATIC_SUBJECT.search(inbound.subject))
    if (
        inbound.report
        or inbound.sender.startswith(ROBOTS)
        or returned
        or (bounced and (machine or not inbound.answers))
    ):
        return ReplyVerdict(ReplyClass.BOUNCE, "a delivery report that came as mail")
    said = f"{inbound.subject}\n{inbound.words}"
    if machine or (not answering and ABSENT.search(inbound.subject)):
        if GONE.search(said):
            return ReplyVerdict(ReplyClass.BOUNCE, "an automatic answer says that nobody reads there any more")
        if ABSENT.search(said):
            return ReplyVerdict(ReplyClass.OUT_OF_OFFICE, "an absence notice", back_on(said, today=today))
        return ReplyVerdict(ReplyClass.AUTO_REPLY, f"sent by a machine ({inbound.automatic or 'its subject'})")
    return None
