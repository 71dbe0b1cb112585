"""Taking mails: POST /smtp/email, at once, later, and many versions in one call.

The one thing that must hold: 201 says only that the mail was taken. Everything checked here is what the real service
checks before it answers; the rest becomes an event afterwards.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from sandbox.brevo import errors
from sandbox.brevo.composing import outgoing_mail
from sandbox.brevo.reception import Visit
from sandbox.shapes import misfit
from sandbox.wire import Json
from sandbox.world.chance import uuid_like
from sandbox.world.habits import Fate
from sandbox.world.mail import OutgoingMail

MAX_VERSIONS: Final = 1_000
MAX_RECIPIENTS_OF_ALL: Final = 2_000
SCHEDULE_AHEAD: Final = timedelta(hours=72)
_ACCOUNT_FAULTS: Final[Mapping[str, Callable[[], errors.BrevoRefusal]]] = {
    "brevo.not_activated": errors.not_activated,
    "brevo.under_validation": errors.under_validation,
    "brevo.no_credits_400": lambda: errors.no_credits(HTTPStatus.BAD_REQUEST),
    "brevo.no_credits_402": lambda: errors.no_credits(HTTPStatus.PAYMENT_REQUIRED),
}


async def send(visit: Visit) -> Response:
    """POST /smtp/email."""
    if not isinstance(visit.body, dict):
        raise errors.BrevoRefusal(HTTPStatus.BAD_REQUEST, "bad_request", "Input must be a valid JSON object")
    wrong = misfit(visit.body, {"headers": dict, "messageVersions": list, "messageVersions[]": dict})
    if wrong is not None:
        raise errors.invalid(f"{wrong} is not valid")
    _account_faults(visit)
    mails = _mails(visit.body)
    due = _due(visit)
    headers = visit.body.get("headers") or {}
    dropped = any(name.lower() == "x-sib-sandbox" and value == "drop" for name, value in headers.items())
    _spend(visit, sum(len(mail.to) for mail in mails))
    _idempotent(visit, headers)
    if dropped:
        ids = [visit.house.world.new_message_id() for _ in mails]
    elif due is not None:
        return _scheduled(visit, mails, due)
    else:
        ids = [visit.house.world.accept(mail, forced=_forced(visit)).message_id for mail in mails]
    answer = {"messageIds": ids} if "messageVersions" in visit.body else {"messageId": ids[0]}
    return Json(answer, HTTPStatus.CREATED)


async def cancel(visit: Visit) -> Response:
    """DELETE /smtp/email/{message id or batch id}."""
    wanted = visit.request.path_params["identifier"]
    waiting = visit.house.world.provider.scheduled
    gone = [key for key, mail in waiting.items() if wanted in (mail.message_id, mail.batch_id)]
    if not gone:
        raise errors.not_found("Scheduled email not found")
    for key in gone:
        del waiting[key]
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def status(visit: Visit) -> Response:
    """GET /smtp/emailStatus/{message id or batch id}."""
    wanted = visit.request.path_params["identifier"]
    provider = visit.house.world.provider
    waiting = [mail for mail in provider.scheduled.values() if wanted in (mail.message_id, mail.batch_id)]
    shown = [{"createdAt": _utc(mail.created), "scheduledAt": _utc(mail.due), "status": "queued"} for mail in waiting]
    sent = provider.mails.get(wanted)
    if sent is not None:
        shown = [{"createdAt": _utc(sent.at), "scheduledAt": _utc(sent.at), "status": "processed"}]
    if not shown:
        raise errors.not_found("Email not found")
    return Json(shown[0] if wanted.startswith("<") else {"batches": shown, "count": len(shown)})


def _mails(body: Mapping[str, Any]) -> list[OutgoingMail]:
    versions = body.get("messageVersions")
    if versions is None:
        return [outgoing_mail(body)]
    if not isinstance(versions, list) or not 1 <= len(versions) <= MAX_VERSIONS:
        raise errors.invalid(f"messageVersions takes 1 to {MAX_VERSIONS} versions")
    mails = [outgoing_mail({**body, **version}) for version in versions]
    if sum(len(mail.to) for mail in mails) > MAX_RECIPIENTS_OF_ALL:
        raise errors.invalid(f"messageVersions takes {MAX_RECIPIENTS_OF_ALL} recipients in total")
    return mails


def _account_faults(visit: Visit) -> None:
    faults, subject = visit.house.world.faults, visit.subject
    for name, refusal in _ACCOUNT_FAULTS.items():
        if faults.strikes(name, subject):
            raise refusal()
    if faults.strikes("brevo.duplicate_parameter", subject):
        raise errors.duplicate(visit.house.world.switches.brevo_duplicate_status)


def _forced(visit: Visit) -> Fate | None:
    faults = visit.house.world.faults
    if faults.strikes("brevo.error_event", visit.subject):
        return Fate.ERROR
    return Fate.BLOCKED if faults.strikes("brevo.blocked_event", visit.subject) else None


def _spend(visit: Visit, mails: int) -> None:
    world = visit.house.world
    limit = world.switches.brevo_credits
    if limit == 0:
        return
    used = sum(len(sent.mail.to) for sent in world.provider.mails.values())
    if limit < 0 or used + mails > limit:
        raise errors.no_credits(world.switches.brevo_no_credits_status)


def _idempotent(visit: Visit, headers: Mapping[str, Any]) -> None:
    """Only `idempotencyKey` inside the body's headers counts; other spellings do nothing, as measured."""
    key = headers.get("idempotencyKey")
    if key is None:
        return
    try:
        uuid.UUID(str(key))
    except ValueError:
        raise errors.invalid("idempotencyKey should be a valid UUID") from None
    world = visit.house.world
    lifetime = timedelta(minutes=world.switches.brevo_idempotency_minutes)
    if world.provider.seen_key(str(key), now=world.now, lifetime=lifetime):
        raise errors.duplicate(world.switches.brevo_duplicate_status)


def _due(visit: Visit) -> datetime | None:
    wanted = visit.body.get("scheduledAt")
    if wanted is None:
        return None
    try:
        due = datetime.fromisoformat(str(wanted))
    except ValueError:
        raise errors.invalid("scheduledAt is not a valid date") from None
    due = due if due.tzinfo else due.replace(tzinfo=UTC)
    now = visit.house.world.now
    if not now < due <= now + SCHEDULE_AHEAD:
        raise errors.invalid("scheduledAt should be in the future and at most 72 hours ahead")
    return due


def _scheduled(visit: Visit, mails: list[OutgoingMail], due: datetime) -> Response:
    world = visit.house.world
    batch = str(visit.body.get("batchId") or uuid_like(world.seed, "batch", world.numbered))
    ids = [world.schedule(mail, due=due, batch_id=batch).message_id for mail in mails]
    answer = {"messageIds": ids} if "messageVersions" in visit.body else {"messageId": ids[0]}
    return Json({**answer, "batchId": batch}, HTTPStatus.ACCEPTED)


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
