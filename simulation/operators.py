"""What people do to a running installation: edits in the base, pauses, sends by hand, other caps, backfills, restores.

What must hold: nothing in here goes around the product's own doors: the base, the flags, the jobs, the take-over.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from resources.ledger.flags import FlagName
from resources.ledger.resolutions import Word
from rules.failures import ServiceFailure
from simulation import facts
from simulation.daemon import Daemon
from simulation.database import Database
from simulation.jobs import sender_of
from simulation.kinds import Kind
from simulation.people import Person, some_people
from simulation.settings import some_caps, with_caps
from simulation.site import PEPPER, Site, caps_in_force
from stages.reconciliation import adopt_ledger
from stages.sending import send_due
from stages.suppressing import meant_by, suppress
from stages.unknowns import resolve_unknown, unresolved
from stages.waking import something_changed

_ACTIONS = (
    "pause", "do_not_contact", "correct", "add", "send", "draft", "caps", "rebuild", "power_cut", "remove", "resolve",
)  # fmt: skip
_ABOUT_RECORDS = frozenset({"do_not_contact", "correct", "draft", "remove"})
_ABOUT_TABLES = frozenset({"rebuild"})
_WATCHED: Final = 240
"""Looks, half a minute apart, for something to send, before a copy is made all the same."""
_SURE: Final = timedelta(days=2)
"""What the provider does not show after that never reached it: no request is under way for so long."""


@dataclass
class Operators:
    """Everybody who has a hand on the installation."""

    site: Site
    daemon: Daemon
    stream: random.Random
    people: dict[str, Person] = field(default_factory=dict)
    backup: tuple[Database, datetime] | None = None
    replaced: int = 0
    actions: Sequence[str] = _ACTIONS

    def __post_init__(self) -> None:
        if not self.site.kind.plans:
            left_out = _ABOUT_RECORDS | (_ABOUT_TABLES if self.site.kind is Kind.MASS else frozenset())
            self.actions = (*(name for name in _ACTIONS if name not in left_out), "suppress", "suppress")

    def acted(self, action: str, about: str = "", detail: str = "") -> None:
        """Take down what somebody did."""
        self.site.recorder.add(facts.OperatorActed, action=action, about=about, detail=detail)

    async def a_day(self, day: date, until: datetime) -> None:
        """Whatever happens on one day, at moments that chance picks; breakers are looked at twice."""
        moments: list[tuple[float, str]] = [
            (self.stream.uniform(6, 12), "resume"),
            (self.stream.uniform(13, 20), "resume"),
        ]
        profile = self.site.accidents.profile
        while profile.operators > 0 and self.stream.random() < profile.operators * 0.7:
            moments.append((self.stream.uniform(0, 23.5), self.stream.choice(self.actions)))
        if profile.rollback > 0:
            if self.stream.random() < 0.3:  # noqa: PLR2004 - a backup every third day or so
                moments.append((self.stream.uniform(0, 23.5), "backup"))
            if self.stream.random() < profile.rollback:
                moments.append((self.stream.uniform(0, 23.5), self.stream.choice(("restore", "clone"))))
        start = self.site.now
        for hour, action in sorted(moments):
            wait = (start + timedelta(hours=hour) - self.site.now).total_seconds()
            await asyncio.sleep(max(0.0, min(wait, (until - self.site.now).total_seconds())))
            await self.act(action, day)

    async def act(self, action: str, day: date) -> None:
        """Do one thing."""
        if action in ("restore", "clone"):
            await getattr(self, f"_{action}")()
        elif action == "rebuild":
            self._rebuild(day)
        elif action == "add":
            self.welcome(some_people(self.stream, self.stream.randint(1, 6)))
        else:
            getattr(self, f"_{action}")()

    def welcome(self, newcomers: list[Person]) -> None:
        """New people in the base."""
        firm = len(self.people) + 1
        renamed = [_renamed(person, firm) for person in newcomers] if self.people else newcomers
        self.people.update(self.site.add(renamed))
        self.acted("add", detail=str(len(newcomers)))

    def _someone(self) -> tuple[str, Person]:
        record_id = self.stream.choice(sorted(self.people))
        return record_id, self.people[record_id]

    def _pause(self) -> None:
        self.acted("pause")
        now = self.site.now
        if self.site.ledger.flags.raise_flag(FlagName.PAUSE, reason="looking at something", actor="operator", now=now):
            something_changed(self.site.ledger, now=now)

    def _resume(self) -> None:
        """Take off every switch but the gate, as `outbound resume` does."""
        ledger, now = self.site.ledger, self.site.now
        on = [flag.name for flag in ledger.flags.raised() if flag.name != FlagName.GATE]
        for name in on:
            self.acted("resume", about=name)
            ledger.flags.lower_flag(FlagName(name), reason="looked at", actor="operator", now=now)
            ledger.flags.stamp(f"overruled.{name}", at=now)
        if on:
            something_changed(ledger, now=now)

    def _do_not_contact(self) -> None:
        record_id, person = self._someone()
        self.acted("do_not_contact", about=record_id, detail=person.address)
        self.site.change(record_id, {"Do Not Contact": True})

    def _remove(self) -> None:
        """Out of the view: a record without an address is in no queue."""
        record_id, person = self._someone()
        self.acted("remove", about=record_id, detail=person.address)
        self.site.change(record_id, {"Email": None})

    def _correct(self) -> None:
        """Another address of the same person, or another place of the same company's."""
        record_id, person = self._someone()
        name, _, domain = person.address.partition("@")
        corrected = Person(
            f"{name}.{len(name)}@{domain}", {**person.fields, "Email": f"{name}.{len(name)}@{domain}"}, person.seat
        )
        self.people[record_id] = corrected
        self.acted("correct", about=record_id, detail=corrected.address)
        self.site.change(record_id, {"Email": corrected.fields["Email"]})
        self.site.told(record_id, corrected)

    def _suppress(self) -> None:
        """A person or a whole company, on an operator's word."""
        person = self.site.unplanned.anybody(self.stream)
        asked = self.stream.choice((person.address, person.company))
        self.acted("suppress", about=asked)
        suppress(
            meant_by(asked, PEPPER), reason="asked us to", ledger=self.site.ledger, actor="operator", now=self.site.now
        )

    def _send(self) -> None:
        count = self.stream.randint(1, 12)
        self.acted("send", detail=str(count))
        self.daemon.by_hand(count)

    def _draft(self) -> None:
        count = self.stream.randint(1, 8)
        self.acted("draft", detail=str(count))
        self.daemon.by_hand(count, draft_only=True)

    def _resolve(self) -> None:
        """One unknown outcome, settled by somebody who looked into the provider's own list."""
        ledger, now = self.site.ledger, self.site.now
        seen = {fact.key: fact.message_id for fact in self.site.recorder.history.of(facts.ProviderAccepted)}
        sure = [
            one
            for one in unresolved(ledger)
            if one.send_key in seen or (one.state == "presumed" and now - one.intent_at > _SURE)
        ]
        if not sure:
            return
        one = self.stream.choice(sure)
        message_id = seen.get(one.send_key)
        word = Word.ACCEPTED if message_id else self.stream.choice((Word.AGAIN, Word.NOT_SENT))
        self.acted("resolve", about=one.send_key, detail=word)
        resolve_unknown(ledger, one.send_key, word=word, actor="operator", now=now, message_id=message_id)

    def _caps(self) -> None:
        self.site.campaign = with_caps(self.site.campaign, some_caps(self.stream, kind=self.site.kind))
        self.acted("caps")
        caps_in_force(self.site)

    def _rebuild(self, day: date) -> None:
        back = self.stream.randint(1, 12)
        past = day - timedelta(days=back)
        if past >= self.site.campaign.starts:
            self.acted("rebuild", about=past.isoformat())
            for after in (0.0, 5.0):
                self.daemon.start("rebuild", partition=past.isoformat(), after=after)

    def _power_cut(self) -> None:
        self.acted("power_cut")
        self.daemon.power_cut("the power went")

    def _backup(self) -> None:
        self.backup = (self.site.database.backup(), self.site.now)
        self.acted("backup")

    async def _restore(self) -> None:
        """The disk is gone: everything stops, the last backup comes back, and hours later somebody takes it over."""
        if self.backup is None:
            return
        self.daemon.power_cut("the disk went")
        await asyncio.sleep(1.0)
        copy, since = self.backup
        self.site.database.restore(copy)
        self.replaced += 1
        self.site.recorder.add(facts.LedgerReplaced, how="restored", since=since)
        await asyncio.sleep(self.stream.uniform(600.0, 30_000.0))
        for _ in range(6):
            try:
                await adopt_ledger(
                    self.site.provider, ledger=self.site.ledger, campaign=self.site.campaign, clock=self.site.clock,
                    pepper=PEPPER, actor="operator",
                )  # fmt: skip
            except ServiceFailure:
                await asyncio.sleep(1_800.0)
            else:
                self.acted("adopt")
                something_changed(self.site.ledger, now=self.site.now)
                return

    async def _clone(self) -> None:
        """A second machine wakes up with a copy of the ledger, at best while there is work, and sends if it is let."""
        for _ in range(_WATCHED):
            if self.site.ledger.sends.ready(now=self.site.now):
                break
            await asyncio.sleep(30.0)
        self.site.recorder.add(facts.LedgerReplaced, how="cloned", since=self.site.now)
        self.replaced += 1
        site = self.site
        twin = site.database.cloned(campaign=site.campaign.id, machine="machine-2")

        async def send() -> None:
            try:
                await send_due(sender_of(site, holder="machine-2", ledger=twin))
            finally:
                twin.close()

        self.daemon.start("outreach", lane=7, body=send)


def _renamed(person: Person, firm: int) -> Person:
    """The same at a company nobody has yet."""
    name, _, domain = person.address.partition("@")
    there = f"new{firm}-{domain}"
    cells = {
        **person.fields,
        "Email": f"{name}@{there}",
        "Website": f"https://www.{there}",
        "Company": f"New {firm} {person.fields['Company']}",
    }
    return Person(f"{name}@{there}", cells, person.seat)
