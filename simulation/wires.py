"""The way to each service: it takes time, breaks, lies, and tells the recorder what went over it.

What must hold: what the provider does is the world's business, here it is only carried or kept from arriving; a request
that is under way arrives whether its sender still lives or not.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, Final

from resources.airtable.fake import InProcessWire as BaseWire
from resources.mail_provider.brevo import Wire
from resources.mailbox.gateway import Mailbox, MailboxMessage
from resources.models.gateway import LanguageModel, ModelAnswer, ModelInfo, ModelRequest
from resources.wire import Answer, BrokenOffError, NeverSentError
from rules.failures import FailureKind, ServiceFailure
from simulation import facts, lives
from simulation.accidents import Accidents
from simulation.history import fingerprint

_NOBODYS: Final = Context()
"""The network's: no process runs in it, and callbacks run one after the other."""
_GIVES_UP: Final = 30.0
"""Seconds until our side stops waiting for an answer."""
_LATE: Final = (300.0, 1_800.0, 10_800.0, 108_000.0)
_OUTCOMES: Final = ("refused", "cut", "server", "lost", "gateway", "late", "wrong_id", "empty")


def at_once(exchange: Coroutine[Any, Any, Answer]) -> Answer:
    """Carry out an exchange with a world in this process, which waits for nothing.

    Raises:
        RuntimeError: It waits.
    """
    try:
        exchange.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    exchange.close()
    raise RuntimeError("a world in this process answers at once")


class ProviderWire:
    """Brevo's wire with everything that can happen on it."""

    def __init__(self, inner: Wire, accidents: Accidents) -> None:
        self._inner = inner
        self._accidents = accidents

    async def get(self, path: str, params: Mapping[str, Any]) -> Answer:
        """Read; now and then in vain."""
        async with self.reading(path):
            return await self._inner.get(path, params)

    @asynccontextmanager
    async def reading(self, path: str) -> AsyncIterator[None]:
        """Both ways of a reading request, whatever is read in between."""
        await self._accidents.travel(f"provider: GET {path}")
        if self._accidents.strikes("reads", path):
            raise BrokenOffError("the answer was cut off")
        yield
        await self._accidents.travel(f"provider: {path} answered")

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Send a mail, once; see `simulation.profiles.Profile` for what may happen to it."""
        self._accidents.boundary("provider: before the request")
        key = str(body["tags"][0])
        self._accidents.recorder.history.add(
            facts.RequestStarted(
                at=self._accidents.world.now, who=lives.name(), key=key,
                address=str(body["to"][0]["email"]).strip().lower(), subject=body["subject"], text=body["textContent"],
                html=body["htmlContent"], fingerprint=fingerprint(body["subject"], body["textContent"]),
                idempotency_key=str(body["headers"]["idempotencyKey"]),
            )
        )  # fmt: skip
        try:
            answer = await self._carried(path, body, key)
        except (NeverSentError, BrokenOffError) as error:
            self._seen(key, type(error).__name__, detail=str(error))
            raise
        self._accidents.boundary("provider: the answer arrived")
        taken = json.loads(answer.text).get("messageId", "") if answer.ok and answer.text else ""
        self._seen(key, "accepted" if taken else f"status {answer.status}", message_id=taken)
        return answer

    def _seen(self, key: str, outcome: str, **said: str) -> None:
        self._accidents.recorder.add(facts.OutcomeSeen, key=key, outcome=outcome, **said)

    async def _carried(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        accidents = self._accidents
        if accidents.stormy(key):
            await accidents.latency()
            return Answer(429, {"x-sib-ratelimit-reset": "600"}, '{"code":"too_many_requests","message":"slow down"}')
        fate = "" if accidents.fair() else next((name for name in _OUTCOMES if accidents.strikes(name, key)), "")
        if fate == "refused":
            await accidents.latency()
            raise NeverSentError("connection refused")
        if fate in ("cut", "server"):
            await accidents.latency()
            if fate == "cut":
                raise BrokenOffError("reset before the request was read")
            return Answer(500, {}, '{"code":"internal_error","message":"something failed"}')
        wait = accidents.stream.choice(_LATE) if fate == "late" else accidents.drawn_latency()
        # The network is nobody's process: what is under way arrives though its sender may be dead.
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Answer] = loop.create_future()
        accidents.underway[answered] = loop.call_later(wait, self._arrive, path, body, answered, context=_NOBODYS)
        accidents.boundary("provider: the request is under way")
        await accidents.maybe_pause("provider: waits for the answer")
        try:
            answer = await (answered if wait < _GIVES_UP else asyncio.wait_for(asyncio.shield(answered), _GIVES_UP))
        except TimeoutError:
            raise BrokenOffError("no answer in time") from None
        return self._twisted(fate, answer)

    def _arrive(self, path: str, body: Mapping[str, Any], answered: "asyncio.Future[Answer]") -> None:
        del self._accidents.underway[answered]
        try:
            answer = at_once(self._inner.post(path, body))
        except BrokenOffError as error:
            if not answered.done():
                answered.set_exception(error)
                answered.exception()  # seen: whoever asked may be dead
        else:
            if not answered.done():
                answered.set_result(answer)

    def _twisted(self, fate: str, answer: Answer) -> Answer:
        if fate == "lost":
            raise BrokenOffError("the answer was lost")
        if fate == "gateway":
            return Answer(502, {}, "<html><body>502 Bad Gateway</body></html>")
        if fate == "empty" and answer.ok:
            return Answer(answer.status, answer.headers, "")
        if fate == "wrong_id" and answer.ok:
            other = f"<{self._accidents.stream.randrange(10**12)}@smtp-relay.mailin.fr>"
            return Answer(answer.status, answer.headers, json.dumps({"messageId": other}))
        return answer


class LeadWire:
    """Airtable's wire; its own faults are armed in the world."""

    def __init__(self, inner: BaseWire, accidents: Accidents) -> None:
        self._inner = inner
        self._accidents = accidents

    async def meta(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Describe the base."""
        return await self._carried("meta", self._inner.meta(method, path, body))

    async def page(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Read a page."""
        return await self._carried("page", self._inner.page(options))

    async def patch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write up to ten records."""
        return await self._carried("patch", self._inner.patch(body))

    async def _carried(self, what: str, exchange: Any) -> dict[str, Any]:
        try:
            await self._accidents.travel(f"base: {what}")
            body: dict[str, Any] = await exchange
        finally:
            exchange.close()
        await self._accidents.travel(f"base: {what} answered")
        return body


class SlowModel:
    """A model that takes its time."""

    def __init__(self, inner: LanguageModel, accidents: Accidents) -> None:
        self._inner = inner
        self._accidents = accidents

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """One request; the work may be charged though its process dies meanwhile."""
        await self._accidents.travel("model: asked")
        answer = await self._inner.answer(request)
        await self._accidents.travel("model: answered")
        return answer

    async def models(self) -> Sequence[ModelInfo]:
        """The models there are."""
        return await self._inner.models()


class SlowMailbox:
    """A mailbox at the other end of a line."""

    def __init__(self, inner: Mailbox, accidents: Accidents) -> None:
        self._inner = inner
        self._accidents = accidents

    async def look(self) -> int:
        """Count; nothing happens on the way."""
        return await self._inner.look()

    async def messages(self, since: Any) -> Sequence[MailboxMessage]:
        """Read; now and then in vain."""
        await self._accidents.travel("mailbox: read")
        if self._accidents.strikes("reads", "mailbox"):
            raise ServiceFailure.of(FailureKind.TRANSIENT, "mailbox", "dropped", "the mailbox hung up")
        found = await self._inner.messages(since)
        await self._accidents.travel("mailbox: answered")
        return found
