"""What becomes of a happening when its time comes: an event in the provider's log, or a letter in the mailbox.

The one thing that must hold: nobody acts after they have opted out, and the provider blocks whom it would block.
"""

import zlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from sandbox.world import letters
from sandbox.world.chance import chance
from sandbox.world.habits import ReplyKind
from sandbox.world.mail import AcceptedMail, Correspondent, EventKind, MailEvent
from sandbox.world.people import Doing, Happening
from sandbox.world.places import language_of
from sandbox.world.provider import BlockedContact
from sandbox.world.scene import Scene

_DEFAULT_IP: Final = "77.32.148.20"
_LATE_EVENT_HOURS: Final = 2.0
_LATE_REPLY_HOURS: Final = 6.0
_BLOCK_REASONS: Final = {
    EventKind.HARD_BOUNCE: ("hardBounce", "Hard bounce"),
    EventKind.UNSUBSCRIBED: ("unsubscribedViaEmail", "Unsubscribed via email"),
    EventKind.SPAM: ("contactFlaggedAsSpam", "Contact flagged as spam"),
}


def report(scene: Scene, sent: AcceptedMail, happening: Happening) -> None:
    """Write an event into the log and let it have its consequences."""
    kind = EventKind(happening.word)
    thread = scene.thread(happening.email)
    if kind in (EventKind.UNSUBSCRIBED, EventKind.SPAM) and thread.closed:
        return
    event = MailEvent(
        seq=len(scene.provider.events) + 1,
        at=happening.at,
        visible_at=happening.at + _lag(scene, sent, happening),
        kind=kind,
        email=happening.email,
        message_id=sent.message_id,
        subject=sent.mail.subject,
        sender=sent.mail.sender.email,
        tags=sent.mail.tags,
        ip=happening.ip or _DEFAULT_IP,
        reason=happening.reason,
        link=happening.link,
        template_id=sent.mail.template_id,
    )
    if kind in _BLOCK_REASONS:
        code, message = _BLOCK_REASONS[kind]
        thread.close(kind.value)
        scene.provider.block(BlockedContact(happening.email, sent.mail.sender.email, code, message, happening.at))
    scene.provider.record(event)
    for listener in scene.listeners:
        listener(event)


def write_letter(scene: Scene, sent: AcceptedMail, happening: Happening) -> None:
    """Put an answer, an absence notice or a bounce notice into the mailbox."""
    late = None if happening.postponed else scene.faults.strikes("mailbox.replies_late", happening.email)
    if late is not None:
        hours = late.value if late.value is not None else _LATE_REPLY_HOURS
        scene.push(replace(happening, at=happening.at + timedelta(hours=hours), postponed=True))
        return
    raw = _letter(scene, sent, happening)
    if raw:
        scene.mailbox.receive(raw, happening.at)


def _letter(scene: Scene, sent: AcceptedMail, happening: Happening) -> bytes:
    thread = scene.thread(happening.email)
    everyone = (*sent.mail.to, *sent.mail.cc, *sent.mail.bcc)
    person = next((one for one in everyone if one.key == happening.email), Correspondent(happening.email))
    language = language_of(thread.zone)
    at = happening.at
    stream = chance(scene.seed, "letter", sent.message_id, happening.email, happening.doing, happening.word)
    if happening.doing is Doing.REPLY:
        kind = ReplyKind(happening.word)
        if not thread.answer(kind):
            return b""
        return letters.reply(sent, person, kind=kind, language=language, at=at, stream=stream)
    if happening.doing is Doing.AWAY_NOTICE:
        returns = date.fromisoformat(happening.word)
        return letters.away_notice(sent, person, returns=returns, language=language, at=at, stream=stream)
    return letters.bounce_notice(sent, person, reason=happening.reason, at=at, stream=stream)


def _lag(scene: Scene, sent: AcceptedMail, happening: Happening) -> timedelta:
    low, high = scene.switches.brevo_event_lag_min, scene.switches.brevo_event_lag_max
    drawn = _share(scene.seed, sent.ordinal, happening.word)
    shown = timedelta(seconds=low + (high - low) * drawn)
    if scene.faults.peek("brevo.events_late") is None:
        return shown
    late = scene.faults.strikes("brevo.events_late", f"{happening.email} {happening.word}")
    if late is None:
        return shown
    return shown + timedelta(hours=_LATE_EVENT_HOURS if late.value is None else late.value)


def _share(seed: int, ordinal: int, word: str) -> float:
    """Return a share in 0..1; cheaper than opening a stream, and this runs for every event."""
    return (zlib.crc32(f"{seed}|{ordinal}|{word}".encode()) % 10_000) / 10_000
