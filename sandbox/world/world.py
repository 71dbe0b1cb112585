"""The world behind every stand-in: virtual time, and everything that happens in it.

The one thing that must hold: the same seed and the same calls give the same world. Time moves only through
`advance_to`, and what happens then happens in order.
"""

import heapq
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.world import archive, letters
from sandbox.world.chance import chance, some_digits, uuid_like
from sandbox.world.consequences import report, write_letter
from sandbox.world.habits import Fate, Scripted
from sandbox.world.mail import AcceptedMail, Correspondent, OutgoingMail
from sandbox.world.people import Doing, Happening, Situation, plan
from sandbox.world.places import some_zone
from sandbox.world.provider import ScheduledMail
from sandbox.world.scene import Scene


class World(Scene):
    """A scene in which time passes and mails are sent."""

    def advance(self, span: timedelta) -> None:
        """Let `span` pass."""
        self.advance_to(self.now + span)

    def advance_to(self, instant: datetime) -> None:
        """Let everything planned until `instant` happen, in order; an earlier instant changes nothing."""
        while self.pending and self.pending[0][0] <= instant:
            at, _, happening = heapq.heappop(self.pending)
            self.now = max(self.now, at)
            self._perform(happening)
        self.now = max(self.now, instant.astimezone(UTC))

    def accept(self, mail: OutgoingMail, *, forced: Fate | None = None) -> AcceptedMail:
        """Take a mail as the provider does: it has an id from now on, and its recipients will act.

        `forced` overrules what any recipient would do; faults use it.
        """
        accepted = self._take(mail, self.new_message_id())
        self._plan_for(accepted, forced)
        return accepted

    def schedule(self, mail: OutgoingMail, *, due: datetime, batch_id: str) -> ScheduledMail:
        """Take a mail that leaves at `due`; until then it can be cancelled by its id or its batch."""
        waiting = ScheduledMail(self.new_message_id(), batch_id, mail, self.now, due)
        self.provider.scheduled[waiting.message_id] = waiting
        self.push(Happening(due, Doing.SCHEDULED, waiting.message_id, ""))
        return waiting

    def save(self, path: Path) -> None:
        """Write the whole world to a file, atomically."""
        parts = {name: value for name, value in vars(self).items() if name != "listeners"}
        archive.write(path, parts)

    @classmethod
    def load(cls, path: Path) -> "World":
        """Read a world that `save` wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError: the file holds no world.
        """
        parts = archive.read(path)
        world = cls(parts["seed"], start=parts["now"])
        for name, value in parts.items():
            setattr(world, name, value)
        return world

    def become(self, other: "World") -> None:
        """Take over another world's whole state; whoever holds this world sees the other one from now on."""
        listeners, mailbox = self.listeners, self.mailbox
        vars(self).update(vars(other))
        self.listeners = listeners
        if self.mailbox is not mailbox:
            self.mailbox.listen(*mailbox.listeners())

    def new_message_id(self) -> str:
        """Return a message id as the provider writes them: minute of acceptance, a dot, eleven digits."""
        self.numbered += 1
        digits = some_digits(self.seed, 11, "message", self.numbered)
        at = self.now
        return f"<{at.year}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}.{digits}@smtp-relay.mailin.fr>"

    def _take(self, mail: OutgoingMail, message_id: str) -> AcceptedMail:
        ordinal = len(self.provider.mails) + 1
        accepted = AcceptedMail(message_id, uuid_like(self.seed, message_id), self.now, mail, ordinal)
        self.provider.mails[message_id] = accepted
        for person in mail.to:
            self.tally.mail(mail.tags, person.key)
        return accepted

    def _plan_for(self, accepted: AcceptedMail, forced: Fate | None) -> None:
        mail = accepted.mail
        links = letters.web_links(mail.html) if "href" in mail.html else ()
        for person in (*mail.to, *mail.cc, *mail.bcc):
            thread = self.thread(person.key)
            thread.mails += 1
            if not thread.zone:
                thread.zone = some_zone(chance(self.seed, "zone", person.domain))
            fate = forced or self._refusal(mail, person)
            scripted = (Scripted(fate),) if fate else tuple(thread.scripted)
            case = Situation(
                seed=self.seed,
                habits=self.habits,
                message_id=accepted.message_id,
                sender=mail.sender.email,
                email=person.key,
                domain=person.domain,
                zone=thread.zone,
                at=accepted.at,
                nth=thread.mails,
                links=links,
                scripted=scripted,
            )
            for happening in plan(case):
                self.push(happening)

    def _refusal(self, mail: OutgoingMail, person: Correspondent) -> Fate | None:
        if not self.provider.valid_sender(mail.sender.email):
            return Fate.ERROR
        barred = person.key in self.provider.blocked or person.domain in self.provider.blocked_domains
        return Fate.BLOCKED if barred else None

    def _perform(self, happening: Happening) -> None:
        if happening.doing is Doing.SCHEDULED:
            waiting = self.provider.scheduled.pop(happening.message_id, None)
            if waiting is not None:
                self._plan_for(self._take(waiting.mail, waiting.message_id), None)
            return
        sent = self.provider.mails[happening.message_id]
        if happening.doing is Doing.EVENT:
            report(self, sent, happening)
        else:
            write_letter(self, sent, happening)
