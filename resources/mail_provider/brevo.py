"""Brevo as a mail provider, over any wire: a send is exactly one request, a listing is whole or it fails.

What must hold: nothing in here repeats a send, whatever happens (invariant I1); reads are repeated, listings from page
one (rule A8).
"""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Protocol

from resources.backoff import Patience
from resources.mail_provider import wire
from resources.mail_provider.errors import SERVICE, refusal, send_refusal, unreachable, unreadable
from resources.mail_provider.gateway import (
    Accepted,
    BlockedContact,
    OutgoingMail,
    ProviderAccount,
    ProviderEvent,
    SenderDomain,
    Webhook,
)
from resources.mail_provider.pools import RatePool, pool_of, read_pool
from resources.wire import Answer, BrokenOffError, NeverSentError
from rules.failures import FailureKind, ServiceFailure

LIVE_URL: Final = "https://api.brevo.com/v3"
EVENTS_PER_PAGE: Final = 5000
BLOCKED_PER_PAGE: Final = 100
REPORT_DAYS: Final = 30
LONGEST_RANGE: Final = timedelta(days=90)
_LISTINGS: Final = frozenset({"smtp/statistics/events", "smtp/statistics/reports", "smtp/blockedContacts", "webhooks"})


class Wire(Protocol):
    """Carries one request to Brevo; raises `NeverSentError` or `BrokenOffError` where no whole answer came back."""

    async def get(self, path: str, params: Mapping[str, Any]) -> Answer:
        """Read."""
        ...

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Write, once."""
        ...


class BrevoMailProvider:
    """The gateway; `client.connect` opens it over HTTP, `fake` over a world in memory."""

    def __init__(self, over: Wire, *, patience: Patience) -> None:
        self._wire = over
        self._patience = patience
        self._page_patience = replace(patience, attempts=1)
        self._listing_patience = replace(patience, longest_wait=0.0)
        self._pools: dict[str, RatePool] = {}
        self._calls: Counter[str] = Counter()

    def calls(self) -> Mapping[str, int]:
        """Requests made so far by pool, refused and broken ones included."""
        return dict(self._calls)

    @property
    def pools(self) -> Mapping[str, RatePool]:
        """Rate pools as the latest answers described them, by pool name."""
        return MappingProxyType(self._pools)

    async def send(self, mail: OutgoingMail) -> Accepted:
        """Make exactly one request; see `MailProvider.send`."""
        body = wire.mail_body(mail)
        self._calls[pool_of("smtp/email")] += 1
        try:
            answer = await self._wire.post("smtp/email", body)
        except NeverSentError as error:
            message = f"no connection was made, so the mail was not sent ({error})"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, "never_sent", message) from error
        except BrokenOffError as error:
            message = f"the connection broke after the request began; Brevo may have taken the mail ({error})"
            raise ServiceFailure.of(FailureKind.UNKNOWN_OUTCOME, SERVICE, "broken_off", message) from error
        self._note_pool("smtp/email", answer)
        if not answer.ok:
            raise ServiceFailure(send_refusal(answer.status, answer.text, answer.headers))
        message_id = _object(answer, sending=True).get("messageId")
        if not isinstance(message_id, str) or not message_id.strip(" <>"):
            raise ServiceFailure(unreadable("a success without a message id", sending=True))
        return Accepted(message_id=wire.bracketed(message_id), status=answer.status)

    async def events(self, first: date, last: date) -> Sequence[ProviderEvent]:
        """Every event of the account days ``first`` to ``last``, each once; see `MailProvider.events`.

        Raises:
            ValueError: Days in the wrong order or more than 90.
        """
        check_range(first, last)

        def page(offset: int) -> dict[str, Any]:
            # Oldest first: events that arrive meanwhile are added behind the page being read, not before it.
            days = {"startDate": first.isoformat(), "endDate": last.isoformat()}
            return {**days, "limit": EVENTS_PER_PAGE, "offset": offset, "sort": "asc"}

        async def once() -> list[ProviderEvent]:
            items = self._items("smtp/statistics/events", "events", size=EVENTS_PER_PAGE, page=page)
            return list(wire.distinct([wire.event(item) async for item in items]))

        return await self._listing_patience.insist(once)

    async def blocked(self, since: date) -> Sequence[BlockedContact]:
        """Every blocked contact added since a day, newest first; the day before is included (account offsets)."""
        oldest = since - timedelta(days=1)

        def page(offset: int) -> dict[str, Any]:
            return {"limit": BLOCKED_PER_PAGE, "offset": offset, "sort": "desc"}

        async def once() -> list[BlockedContact]:
            found: dict[BlockedContact, None] = {}
            listing = self._items("smtp/blockedContacts", "contacts", size=BLOCKED_PER_PAGE, page=page)
            async with aclosing(listing) as items:
                async for item in items:
                    contact = wire.blocked_contact(item)
                    if contact.at.date() < oldest:
                        break
                    found[contact] = None
            return list(found)

        return await self._listing_patience.insist(once)

    async def daily_requests(self, first: date, last: date) -> Mapping[date, int]:
        """Requests per account day; a day the report leaves out counted none.

        Raises:
            ValueError: Days in the wrong order or more than 90.
        """
        check_range(first, last)
        days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        counted = dict.fromkeys(days, 0)
        for start in range(0, len(days), REPORT_DAYS):
            window = days[start : start + REPORT_DAYS]
            body = await self._read(
                "smtp/statistics/reports",
                {"startDate": window[0].isoformat(), "endDate": window[-1].isoformat(), "limit": REPORT_DAYS},
            )
            for row in body.get("reports") or ():
                try:
                    counted[date.fromisoformat(row["date"])] = int(row["requests"])
                except (KeyError, TypeError, ValueError) as error:
                    raise ServiceFailure(unreadable(f"a report row without {error}", sending=False)) from error
        return {day: counted[day] for day in days}

    async def account(self) -> ProviderAccount:
        """The account's state; draws from the pool of 100 calls an hour."""
        return wire.provider_account(await self._read("account", {}))

    async def senders(self) -> Mapping[str, bool]:
        """Sender addresses, in lower case, and whether each is active."""
        body = await self._read("senders", {})
        return {str(each["email"]).lower(): bool(each.get("active")) for each in body.get("senders") or ()}

    async def domain(self, name: str) -> SenderDomain | None:
        """What Brevo knows of a domain of senders."""
        try:
            body = await self._read(f"senders/domains/{name}", {})
        except ServiceFailure as refused:
            if refused.failure.code == "document_not_found":
                return None
            raise
        return wire.sender_domain(body)

    async def webhooks(self) -> Sequence[Webhook]:
        """Where Brevo posts transactional events."""
        body = await self._read("webhooks", {"type": "transactional"})
        return [Webhook(str(one.get("url", "")), tuple(one.get("events") or ())) for one in body.get("webhooks") or ()]

    async def _items(
        self, path: str, key: str, *, size: int, page: Callable[[int], dict[str, Any]]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """Page through a listing; flow control waits on the page, any other failure ends the listing."""
        offset = 0
        while True:
            items = (await self._page_patience.insist(partial(self._get, path, page(offset)))).get(key) or []
            for item in items:
                yield item
            if len(items) < size:
                return
            offset += size

    async def _read(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return await self._patience.insist(partial(self._get, path, params))

    async def _get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._calls[pool_of(path)] += 1
        try:
            answer = await self._wire.get(path, params)
        except (NeverSentError, BrokenOffError) as error:
            raise unreachable(error) from error
        self._note_pool(path, answer)
        if answer.ok:
            return _object(answer, sending=False)
        failure = refusal(answer.status, answer.text, answer.headers)
        if failure.code == "document_not_found" and path in _LISTINGS:
            return {}  # "nothing there yet" is an answer; three spellings of it are known
        raise ServiceFailure(failure)

    def _note_pool(self, path: str, answer: Answer) -> None:
        if (pool := read_pool(answer.headers)) is not None:
            self._pools[pool_of(path)] = pool


def _object(answer: Answer, *, sending: bool) -> dict[str, Any]:
    try:
        body = json.loads(answer.text)
    except ValueError as error:
        raise ServiceFailure(unreadable("a success that is not JSON", sending=sending)) from error
    if not isinstance(body, dict):
        raise ServiceFailure(unreadable("a success that is not a JSON object", sending=sending))
    return body


def check_range(first: date, last: date) -> None:
    """Raise `ValueError` for days in the wrong order or more than 90."""
    if not timedelta(0) <= last - first < LONGEST_RANGE:
        raise ValueError(f"{first} to {last} is not a range of 1 to 90 days")
