"""The mail provider without its wire: the real client, the world's own books, and nothing written to JSON in between.

What must hold: the same seed brings the same history as over the wire. Whatever makes a request special (attachments, a
sandboxed mail, a repeated key, credits, faults of sending) goes over the wire; limits of calls an hour are not counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from resources.backoff import Patience
from resources.mail_provider import wire
from resources.mail_provider.brevo import EVENTS_PER_PAGE, REPORT_DAYS, BrevoMailProvider, Wire, check_range
from resources.mail_provider.errors import unreachable
from resources.mail_provider.gateway import ProviderEvent
from resources.mail_provider.pools import pool_of
from resources.wire import Answer, BrokenOffError
from sandbox import World
from sandbox.world.chance import chance
from sandbox.world.fault_catalogue import FAULTS
from sandbox.world.mail import Correspondent, EventKind, MailEvent, OutgoingMail
from sandbox.world.provider import EventQuery
from simulation.wires import ProviderWire

EVENTS: Final = "smtp/statistics/events"
REPORTS: Final = "smtp/statistics/reports"
_OF_LISTS: Final = frozenset(name for name in FAULTS if not name.startswith("brevo.") or "events_" in name)
"""Faults that no request to send meets."""


class StraightWire:
    """Hands mails to the world; whatever else is asked goes over the wire."""

    def __init__(self, over: Wire, world: World) -> None:
        self._over = over
        self._world = world
        self._people: dict[tuple[str, str], Correspondent] = {}

    async def get(self, path: str, params: Mapping[str, Any]) -> Answer:
        """Read, over the wire."""
        return await self._over.get(path, params)

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Take a mail."""
        world, (to,) = self._world, body["to"]
        plain = world.switches.brevo_credits == 0 and world.faults.armed.keys() <= _OF_LISTS
        if not plain or "attachment" in body or "X-Sib-Sandbox" in body["headers"]:
            return await self._over.post(path, body)
        lifetime = timedelta(minutes=world.switches.brevo_idempotency_minutes)
        if world.provider.seen_key(body["headers"]["idempotencyKey"], now=world.now, lifetime=lifetime):
            return await self._over.post(path, body)  # which says how a repetition is refused
        taken = world.accept(
            OutgoingMail(
                sender=self._known(body["sender"]), to=(_correspondent(to),), reply_to=self._known(body["replyTo"]),
                subject=body["subject"], html=body["htmlContent"], text=body["textContent"], headers=body["headers"],
                tags=tuple(body["tags"]),
            )
        )  # fmt: skip
        return Answer(201, {}, f'{{"messageId":"{taken.message_id}"}}')

    def _known(self, person: Mapping[str, str]) -> Correspondent:
        """One of us: the same in every mail."""
        key = (person["email"], person.get("name", ""))
        return self._people.get(key) or self._people.setdefault(key, _correspondent(person))


def _correspondent(person: Mapping[str, str]) -> Correspondent:
    return Correspondent(person["email"], person.get("name", ""))


class StraightProvider(BrevoMailProvider):
    """The client, which reads events out of the world's books; each is translated once, however often it is told."""

    def __init__(self, over: ProviderWire, world: World, *, patience: Patience) -> None:
        super().__init__(over, patience=patience)
        self._over = over
        self._world = world
        self._told: dict[int, ProviderEvent] = {}

    async def events(self, first: date, last: date) -> Sequence[ProviderEvent]:
        """See `BrevoMailProvider.events`."""
        check_range(first, last)

        async def once() -> list[ProviderEvent]:
            found: dict[int, MailEvent] = {}
            offset = 0
            while True:
                page = await self._page_patience.insist(partial(self._carried, first, last, offset))
                found.update((event.seq, event) for event in page)
                if len(page) < EVENTS_PER_PAGE:
                    told = self._told
                    return [told.get(seq) or self._translated(event) for seq, event in found.items()]
                offset += EVENTS_PER_PAGE

        return await self._listing_patience.insist(once)

    async def daily_requests(self, first: date, last: date) -> Mapping[date, int]:
        """See `BrevoMailProvider.daily_requests`; longer spans are several reports, and go over the wire."""
        check_range(first, last)
        if last - first >= timedelta(days=REPORT_DAYS):
            return await super().daily_requests(first, last)

        async def report() -> Mapping[date, int]:
            self._calls[pool_of(REPORTS)] += 1
            try:
                async with self._over.reading(REPORTS):
                    provider, now = self._world.provider, self._world.now
                    asked = EventQuery(first_day=first, last_day=last, kind=EventKind.REQUESTS)
                    taken = Counter(provider.local_day(event.at) for event in provider.query(asked, now=now))
                    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
                    return {day: taken[day] for day in days}
            except BrokenOffError as error:
                raise unreachable(error) from error

        return await self._patience.insist(report)

    async def _carried(self, first: date, last: date, offset: int) -> list[MailEvent]:
        self._calls[pool_of(EVENTS)] += 1
        try:
            async with self._over.reading(EVENTS):
                return self._page(first, last, offset)
        except BrokenOffError as error:
            raise unreachable(error) from error

    def _page(self, first: date, last: date, offset: int) -> list[MailEvent]:
        world = self._world
        if world.faults.strikes("brevo.events_missing"):
            return []
        found = world.provider.query(EventQuery(first_day=first, last_day=last), now=world.now)
        page = found[offset : offset + EVENTS_PER_PAGE]
        if not page:
            return page
        repeated = world.faults.strikes("brevo.events_repeated")
        page += page[: max(1, len(page) // 3)] if repeated else []
        if world.faults.strikes("brevo.events_shuffled"):
            chance(world.seed, "page", len(world.provider.events), offset).shuffle(page)
        return page

    def _translated(self, event: MailEvent) -> ProviderEvent:
        at = event.at.replace(microsecond=event.at.microsecond // 1000 * 1000)
        told = self._told[event.seq] = ProviderEvent(
            kind=wire.kind_of(event.kind.value), message_id=event.message_id, email=event.email, at=at,
            send_key=event.tags[0] if event.tags else None, reason=wire.text(event.reason),
            link=wire.text(event.link), raw={"event": event.kind.value, "subject": event.subject},
        )  # fmt: skip
        return told
