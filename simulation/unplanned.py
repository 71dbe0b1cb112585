"""Mails that nobody planned: anybody's next step or one they have had, at any hour, whatever they said to the last one.

What must hold: nothing here keeps a mail from going out. What I1, I2, I3 and I7 ask for has to come from the guards of
the intent alone (design 6: no schedule is ever what makes an invariant true).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from resources.ledger.sends import NewSend
from rules.campaign import Campaign
from rules.hashing import address_hash, send_key
from rules.mail import Mail
from rules.place.locating import locate
from rules.place.zones import Zones
from simulation.people import SEATS, Person, Seat

_ANYWAY = 3
"""So many mails are given whatever the hour and the caps."""
_AT_WORK: Final = range(9, 17)
_WEEKDAYS: Final = range(5)
_NOWHERE: Final = 3
"""People whose place nobody knows: never written to, whoever asks."""
_AGAIN: Final = 0.05
"""Share of mails that are given although their step was given before."""


@dataclass(slots=True)
class Reader:
    """Somebody, and how many steps they were given."""

    lead_id: str
    person: Person
    hashed: str
    company: str
    given: int = 0


class Unplanned:
    """Gives mails. One list of readers is drawn from, so that a run depends on its seed alone.

    Args:
        stream: Draws whom.
        pepper: Of the hashes of addresses.
        considerate: Share of mails for people at work whose company got none that day, as far as there are any.
    """

    def __init__(self, stream: random.Random, *, pepper: str, considerate: float) -> None:
        self._stream = stream
        self._considerate = considerate
        self._pepper = pepper
        self._readers: list[Reader] = []
        self._last: dict[str, str] = {}
        self._by_seat: dict[Seat, list[Reader]] = {seat: [] for seat in SEATS}

    def welcome(self, people: Sequence[Person]) -> list[Reader]:
        """People who may be written to from now on: those whose address is their company's own."""
        first = len(self._readers)
        theirs = [person for person in people if person.address.endswith(f"@{person.company}")]
        nowhere = 0
        chosen = []
        for person in theirs:
            nowhere += not person.seat.zones
            if person.seat.zones or nowhere <= _NOWHERE:
                chosen.append(person)
        for number, person in enumerate(chosen, first):
            reader = Reader(f"rec{number:06d}", person, address_hash(person.address, self._pepper), person.company)
            self._readers.append(reader)
            self._by_seat[person.seat].append(reader)
        return self._readers[first:]

    def anybody(self, stream: random.Random) -> Person:
        """Somebody among them."""
        return stream.choice(self._readers).person

    def give(self, campaign: Campaign, *, room: int, waiting: int, day: str, now: datetime) -> list[NewSend]:
        """Mails for one tick, as ready as drafting would make them.

        Args:
            campaign: Its id and its steps.
            room: What the caps leave.
            waiting: What is ready already.
            day: The operator's day.
            now: The moment.
        """
        wanted = max(int((2.0 - self._considerate) * room) - waiting, 0)  # more than may go out
        steps = len(campaign.cadence.steps)
        fresh = [
            reader
            for seat in SEATS
            if wanted and _at_work(seat, now)
            for reader in self._by_seat[seat]
            if reader.given < steps and self._last.get(reader.company) != day
        ]
        chosen: dict[str, Reader] = {}
        for reader in self._stream.sample(fresh, min(wanted, len(fresh))):
            if self._last.get(reader.company) != day:
                self._last[reader.company] = day
                chosen[reader.lead_id] = reader
        others = round(len(chosen) * (1.0 / self._considerate - 1.0)) + _ANYWAY
        for reader in self._stream.sample(self._readers, min(others, len(self._readers))):
            chosen[reader.lead_id] = reader
        mails = (self._mail(reader, campaign, day, now) for reader in chosen.values())
        return [mail for mail in mails if mail is not None]

    def _mail(self, reader: Reader, campaign: Campaign, day: str, now: datetime) -> NewSend | None:
        steps = campaign.cadence.steps
        if reader.given and self._stream.random() < _AGAIN:
            step = steps[self._stream.randrange(reader.given)].name
        elif reader.given < len(steps):
            step = steps[reader.given].name
            reader.given += 1
        else:
            return None
        address, name = reader.person.address, str(reader.person.fields["Name"])
        return NewSend(
            send_key=send_key(campaign.id, step, address),
            campaign=campaign.id,
            step=step,
            address=address,
            address_hash=reader.hashed,
            lead_id=reader.lead_id,
            company_key=reader.company,
            to_name=name,
            variant="first",
            day=day,
            places=_places(reader.person.seat),
            mail=Mail(f"The {step} of {day}", f"Hello {name},\n\nwould a page about this be of use to you?"),
            not_before=now,
        )


def _at_work(seat: Seat, now: datetime) -> bool:
    """Whether it is an ordinary working hour there, roughly."""
    local = now.astimezone(ZoneInfo(seat.zones[0])) if seat.zones else now
    return local.hour in _AT_WORK and local.weekday() in _WEEKDAYS


@cache
def _places(seat: Seat) -> Zones:
    """Where the product takes somebody with such a record to be."""
    return locate(seat.country, seat.state, seat.city)
