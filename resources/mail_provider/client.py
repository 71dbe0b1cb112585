"""The one client of Brevo (rule B18): a send is exactly one request, a listing is whole or it fails.

What must hold: nothing in here repeats a send, whatever happens (invariant I1); reads are repeated, listings from page
one (rule A8).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import httpx

from resources.backoff import Patience
from resources.mail_provider import wire
from resources.mail_provider.errors import SERVICE, refusal, send_refusal, unreadable
from resources.mail_provider.gateway import Accepted, BlockedContact, OutgoingMail, ProviderAccount, ProviderEvent
from resources.mail_provider.pools import RatePool, pool_of, read_pool
from rules.failures import FailureKind, ServiceFailure

LIVE_URL: Final = "https://api.brevo.com/v3"
EVENTS_PER_PAGE: Final = 5000
BLOCKED_PER_PAGE: Final = 100
REPORT_DAYS: Final = 30
LONGEST_RANGE: Final = timedelta(days=90)

# A connection is closed by us before Brevo or a proxy closes it: a send on a half-closed one has no known outcome.
_LIMITS: Final = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=3.0)
_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0, pool=30.0)
_LISTINGS: Final = frozenset({"smtp/statistics/events", "smtp/statistics/reports", "smtp/blockedContacts"})
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class BrevoMailProvider:
    """Brevo over HTTP; open it with `connect`."""

    def __init__(self, http: httpx.AsyncClient, *, patience: Patience) -> None:
        self._http = http
        self._listing_patience = replace(patience, longest_wait=0.0)
        self._page_patience = replace(patience, attempts=1)
        self._patience = patience
        self._pools: dict[str, RatePool] = {}

    @property
    def pools(self) -> Mapping[str, RatePool]:
        """Rate pools as the latest answers described them, by pool name."""
        return MappingProxyType(self._pools)

    async def send(self, mail: OutgoingMail) -> Accepted:
        """Make exactly one request; see `MailProvider.send`."""
        body = wire.mail_body(mail)
        try:
            response = await self._http.post("smtp/email", json=body)
        except _NEVER_SENT as error:
            name = type(error).__name__
            message = "no connection was made, so the mail was not sent"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, name, message) from error
        except httpx.UnsupportedProtocol as error:
            message = "the endpoint is not an http address"
            raise ServiceFailure.of(FailureKind.SYSTEMIC, SERVICE, "bad_endpoint", message) from error
        except httpx.HTTPError as error:
            name = type(error).__name__
            message = "the connection broke after the request began; Brevo may have taken the mail"
            raise ServiceFailure.of(FailureKind.UNKNOWN_OUTCOME, SERVICE, name, message) from error
        self._note_pool("smtp/email", response)
        if not response.is_success:
            raise ServiceFailure(send_refusal(response.status_code, response.text, response.headers))
        message_id = _object(response, sending=True).get("messageId")
        if not isinstance(message_id, str) or not message_id.strip(" <>"):
            raise ServiceFailure(unreadable("a success without a message id", sending=True))
        return Accepted(message_id=wire.bracketed(message_id), status=response.status_code)

    async def events(self, first: date, last: date) -> Sequence[ProviderEvent]:
        """Every event of the account days ``first`` to ``last``, oldest first; see `MailProvider.events`.

        Raises:
            ValueError: Days in the wrong order or more than 90.
        """
        _check_range(first, last)

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
            async with aclosing(
                self._items("smtp/blockedContacts", "contacts", size=BLOCKED_PER_PAGE, page=page)
            ) as items:
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
        _check_range(first, last)
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
        try:
            response = await self._http.get(path, params=params)
        except httpx.UnsupportedProtocol as error:
            message = "the endpoint is not an http address"
            raise ServiceFailure.of(FailureKind.SYSTEMIC, SERVICE, "bad_endpoint", message) from error
        except httpx.HTTPError as error:
            message = "Brevo could not be reached or broke off"
            raise ServiceFailure.of(FailureKind.TRANSIENT, SERVICE, type(error).__name__, message) from error
        self._note_pool(path, response)
        if response.is_success:
            return _object(response, sending=False)
        failure = refusal(response.status_code, response.text, response.headers)
        if failure.code == "document_not_found" and path in _LISTINGS:
            return {}  # "nothing there yet" is an answer; three spellings of it are known
        raise ServiceFailure(failure)

    def _note_pool(self, path: str, response: httpx.Response) -> None:
        if (pool := read_pool(response.headers)) is not None:
            self._pools[pool_of(path)] = pool


@asynccontextmanager
async def connect(
    api_key: str,
    *,
    base_url: str = LIVE_URL,
    patience: Patience | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[BrevoMailProvider]:
    """Open a client whose connections live as long as the block (rule B13).

    Args:
        api_key: ``xkeysib-...``
        base_url: The API's root, version included.
        patience: How reads are repeated.
        transport: Another way onto the wire, for wire tests.
    """
    async with httpx.AsyncClient(
        base_url=base_url,
        headers={"api-key": api_key, "accept": "application/json"},
        timeout=_TIMEOUT,
        limits=_LIMITS,
        transport=transport,
    ) as http:
        yield BrevoMailProvider(http, patience=patience or Patience())


def _object(response: httpx.Response, *, sending: bool) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError as error:
        raise ServiceFailure(unreadable("a success that is not JSON", sending=sending)) from error
    if not isinstance(body, dict):
        raise ServiceFailure(unreadable("a success that is not a JSON object", sending=sending))
    return body


def _check_range(first: date, last: date) -> None:
    if not timedelta(0) <= last - first < LONGEST_RANGE:
        raise ValueError(f"{first} to {last} is not a range of 1 to 90 days")
