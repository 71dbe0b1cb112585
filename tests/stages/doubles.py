"""Gateways that misbehave on purpose, each in one way a world in memory cannot."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from resources.mail_provider.gateway import Accepted, MailProvider, OutgoingMail
from resources.models.gateway import ModelAnswer, ModelInfo, ModelRequest
from rules.failures import FailureKind, ServiceFailure
from tests.stages.office import Office

CONNECT_REFUSED = ServiceFailure.of(FailureKind.TRANSIENT, "brevo", "connect", "nobody listens there")
TOO_FAST = ServiceFailure.of(FailureKind.FLOW_CONTROL, "brevo", "too_many_requests", "wait", retry_after=120)
BAD_ADDRESS = ServiceFailure.of(FailureKind.PERMANENT, "brevo", "invalid_parameter", "to is not valid")


class Postman:
    """A mail provider whose sends fail as listed, one by one; afterwards it is the real one in memory."""

    def __init__(self, behind: MailProvider, *failures: BaseException) -> None:
        self._behind = behind
        self._failures = list(failures)
        self.asked: list[OutgoingMail] = []
        self.before: Callable[[OutgoingMail], Awaitable[None]] | None = None
        for name in ("calls", "events", "blocked", "daily_requests", "account", "senders"):
            setattr(self, name, getattr(behind, name))

    async def send(self, mail: OutgoingMail) -> Accepted:
        self.asked.append(mail)
        if self.before is not None:
            await self.before(mail)
        if self._failures:
            raise self._failures.pop(0)
        return await self._behind.send(mail)


@dataclass
class ScriptedModel:
    """A model that answers as listed, then again as last; an exception in the list is raised."""

    answers: Sequence[ModelAnswer | BaseException]
    asked: list[ModelRequest] = field(default_factory=list)

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        self.asked.append(request)
        said = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(said, BaseException):
            raise said
        return said

    async def models(self) -> Sequence[ModelInfo]:
        return []


def failing(office: Office, *failures: BaseException) -> tuple[Postman, MailProvider]:
    """A provider whose first requests fail like that, and its memory of what it was asked."""
    postman = Postman(office.provider, *failures)
    return postman, cast("MailProvider", postman)
