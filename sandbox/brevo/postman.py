"""Posting events to webhooks.

The one thing that must hold: a post that is refused is lost, as with the real service; only 429 and silence are tried
again, after 10 minutes, 1, 2 and 8 hours of world time.
"""

import asyncio
import heapq
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx

from sandbox.brevo import parsing
from sandbox.world.mail import EventKind, MailEvent
from sandbox.world.mailbox import StoredLetter
from sandbox.world.provider import Webhook
from sandbox.world.world import World

BATCH: Final = 500
BATCH_WINDOW: Final = timedelta(minutes=5)
RETRIES: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=2), timedelta(hours=8))
_NAMES: Final[dict[EventKind, tuple[str, frozenset[str]]]] = {
    EventKind.REQUESTS: ("request", frozenset({"request", "sent"})),
    EventKind.DELIVERED: ("delivered", frozenset({"delivered"})),
    EventKind.HARD_BOUNCE: ("hard_bounce", frozenset({"hardBounce"})),
    EventKind.SOFT_BOUNCE: ("soft_bounce", frozenset({"softBounce"})),
    EventKind.DEFERRED: ("deferred", frozenset({"deferred"})),
    EventKind.BLOCKED: ("blocked", frozenset({"blocked"})),
    EventKind.INVALID: ("invalid_email", frozenset({"invalid"})),
    EventKind.ERROR: ("error", frozenset({"error"})),
    EventKind.OPENED: ("opened", frozenset({"opened"})),
    EventKind.PROXY_OPENED: ("proxy_open", frozenset({"proxyOpen"})),
    EventKind.CLICK: ("click", frozenset({"click"})),
    EventKind.UNSUBSCRIBED: ("unsubscribed", frozenset({"unsubscribed"})),
    EventKind.SPAM: ("spam", frozenset({"spam"})),
}
_FIRST_TIME: Final = {
    EventKind.OPENED: ("unique_opened", "uniqueOpened"),
    EventKind.PROXY_OPENED: ("unique_proxy_open", "uniqueProxyOpen"),
}


@dataclass(slots=True)
class Postman:
    """Waiting posts, by the instant they are due; listens to the world from the moment it is made."""

    world: World
    waiting: list[tuple[datetime, int, int, list[dict[str, Any]], int]] = field(default_factory=list)
    batches: dict[int, tuple[datetime, list[dict[str, Any]]]] = field(default_factory=dict)
    leaving: asyncio.Lock = field(default_factory=asyncio.Lock)
    numbered: int = 0

    def __post_init__(self) -> None:
        self.world.listeners.append(self.heard)
        self.world.mailbox.listen(self.arrived)

    def _number(self) -> int:
        """Return the next number; posts that are due at one instant leave in the order of theirs."""
        self.numbered += 1
        return self.numbered

    def heard(self, event: MailEvent) -> None:
        """Note an event for every webhook that asked for it."""
        for webhook in self.world.provider.webhooks.values():
            if webhook.kind != "transactional":
                continue
            for name in self._names(event, webhook):
                self._note(webhook, payload(self.world, event, name, webhook.id), event.visible_at)

    def arrived(self, letter: StoredLetter) -> None:
        """Post a letter to every webhook that parses inbound mail; these are never batched."""
        for webhook in self.world.provider.webhooks.values():
            if webhook.kind == "inbound":
                body = {"items": [parsing.item(letter.raw)]}
                heapq.heappush(self.waiting, (letter.received_at, self._number(), webhook.id, [body], 0))

    def _names(self, event: MailEvent, webhook: Webhook) -> list[str]:
        """The unique form comes before the plain one, once per mail and person."""
        name, asked = _NAMES[event.kind]
        names = [name] if asked & set(webhook.events) else []
        if event.kind in _FIRST_TIME:
            unique, wanted = _FIRST_TIME[event.kind]
            earlier = [one for one in self.world.provider.of_mail(event.message_id) if one.email == event.email]
            if wanted in webhook.events and sum(one.kind is event.kind for one in earlier) == 1:
                names.insert(0, unique)
        return names

    def _note(self, webhook: Webhook, body: dict[str, Any], due: datetime) -> None:
        if not webhook.batched:
            heapq.heappush(self.waiting, (due, self._number(), webhook.id, [body], 0))
            return
        _, collected = self.batches.setdefault(webhook.id, (due + BATCH_WINDOW, []))
        collected.append(body)
        if len(collected) >= BATCH:
            heapq.heappush(self.waiting, (due, self._number(), webhook.id, collected, 0))
            del self.batches[webhook.id]

    def _close_batches(self) -> None:
        for number, (until, collected) in list(self.batches.items()):
            if until <= self.world.now:
                heapq.heappush(self.waiting, (until, self._number(), number, collected, 0))
                del self.batches[number]

    async def deliver(self) -> int:
        """Post everything that is due; return how many posts were made. Posts leave one after the other."""
        made = 0
        async with self.leaving:
            self._close_batches()
            if not self._due():
                return 0
            async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
                while self._due():
                    _, _, number, bodies, tries = heapq.heappop(self.waiting)
                    webhook = self.world.provider.webhooks.get(number)
                    if webhook is not None:
                        await self._post(client, webhook, bodies, tries)
                        made += 1
        return made

    def _due(self) -> bool:
        return bool(self.waiting) and self.waiting[0][0] <= self.world.now

    async def _post(
        self, client: httpx.AsyncClient, webhook: Webhook, bodies: list[dict[str, Any]], tries: int
    ) -> None:
        content: Any = bodies[0]
        if webhook.batched and webhook.kind == "transactional":
            content = bodies if self.world.switches.brevo_batched_body == "array" else {"events": bodies}
        headers = {entry["key"]: entry["value"] for entry in webhook.headers}
        if webhook.auth.get("type") == "bearer":
            headers["Authorization"] = f"Bearer {webhook.auth.get('token', '')}"
        try:
            answer = await client.post(webhook.url, json=content, headers=headers)
            again = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        except httpx.HTTPError:
            again = True
        if again and tries < len(RETRIES):
            due = self.world.now + RETRIES[tries]
            heapq.heappush(self.waiting, (due, self._number(), webhook.id, bodies, tries + 1))


def payload(world: World, event: MailEvent, name: str, number: int) -> dict[str, Any]:
    """Return the body of a webhook post; `ts_epoch` (milliseconds) is the only true instant in it."""
    local = event.at.astimezone(ZoneInfo(world.switches.brevo_timezone))
    wall_clock_as_cet = int(local.replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp())
    sent = world.provider.mails[event.message_id]
    brackets = world.switches.brevo_webhook_brackets
    body: dict[str, Any] = {
        "event": name,
        "email": event.email,
        "id": number,
        "date": f"{local:%Y-%m-%d %H:%M:%S}",
        "ts": wall_clock_as_cet,
        "ts_event": wall_clock_as_cet,
        "ts_epoch": int(event.at.timestamp() * 1000),
        "message-id": event.message_id if brackets else event.message_id.strip("<>"),
        "subject": event.subject,
        "sending_ip": event.ip,
    }
    custom = next((value for key, value in sent.mail.headers.items() if key.lower() == "x-mailin-custom"), None)
    if custom is not None:
        body["X-Mailin-custom"] = custom
    if event.tags:
        body |= {"tag": json.dumps(list(event.tags)), "tags": list(event.tags)}
    for key, value in (("reason", event.reason), ("link", event.link), ("template_id", event.template_id)):
        if value:
            body[key] = value
    return body
