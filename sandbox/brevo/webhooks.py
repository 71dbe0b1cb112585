"""Subscriptions to events.

The one thing that must hold: a webhook leaves for this machine only; any other address is refused when it is made.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response

from sandbox.brevo import errors
from sandbox.brevo.reception import Visit
from sandbox.wire import Json
from sandbox.world.provider import Webhook

MAX_WEBHOOKS: Final = 40
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
NAMES: Final = frozenset(
    {
        "sent",
        "request",
        "delivered",
        "hardBounce",
        "softBounce",
        "blocked",
        "spam",
        "invalid",
        "deferred",
        "click",
        "opened",
        "uniqueOpened",
        "unsubscribed",
        "proxyOpen",
        "uniqueProxyOpen",
        "error",
    }
)
INBOUND: Final = frozenset({"inboundEmailProcessed"})
"""What a webhook of the type `inbound` may ask for."""


async def create(visit: Visit) -> Response:
    """POST /webhooks."""
    world, body = visit.house.world, _body(visit)
    if len(world.provider.webhooks) >= MAX_WEBHOOKS:
        raise errors.invalid(f"No more than {MAX_WEBHOOKS} webhooks")
    kind = str(body.get("type") or "transactional")
    number = max(world.provider.webhooks, default=0) + 1
    webhook = Webhook(
        id=number,
        url=_url(body.get("url")),
        description=str(body.get("description") or ""),
        kind=kind,
        events=_events(body.get("events"), kind),
        created=world.now,
        modified=world.now,
        batched=bool(body.get("batched")),
        auth=dict(body.get("auth") or {}),
        headers=list(body.get("headers") or []),
    )
    world.provider.webhooks[number] = webhook
    return Json({"id": number}, HTTPStatus.CREATED)


async def list_all(visit: Visit) -> Response:
    """GET /webhooks."""
    found = visit.house.world.provider.webhooks.values()
    wanted = visit.query.get("type", "transactional")
    return Json({"webhooks": [_wire(webhook) for webhook in found if webhook.kind == wanted]})


async def get(visit: Visit) -> Response:
    """GET /webhooks/{id}."""
    return Json(_wire(_named(visit)))


async def update(visit: Visit) -> Response:
    """PUT /webhooks/{id}."""
    webhook, body = _named(visit), _body(visit)
    if "url" in body:
        webhook.url = _url(body["url"])
    if "events" in body:
        webhook.events = _events(body["events"], webhook.kind)
    webhook.description = str(body.get("description", webhook.description))
    webhook.batched = bool(body.get("batched", webhook.batched))
    webhook.auth = dict(body.get("auth", webhook.auth))
    webhook.headers = list(body.get("headers", webhook.headers))
    webhook.modified = visit.house.world.now
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def delete(visit: Visit) -> Response:
    """DELETE /webhooks/{id}."""
    del visit.house.world.provider.webhooks[_named(visit).id]
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _named(visit: Visit) -> Webhook:
    number = visit.request.path_params["number"]
    webhook = visit.house.world.provider.webhooks.get(int(number)) if number.isdigit() else None
    if webhook is None:
        raise errors.not_found("Webhook id not found")
    return webhook


def _body(visit: Visit) -> dict[str, Any]:
    if not isinstance(visit.body, dict):
        raise errors.BrevoRefusal(HTTPStatus.BAD_REQUEST, "bad_request", "Input must be a valid JSON object")
    return visit.body


def _url(value: Any) -> str:
    try:
        parts = urlsplit(str(value or ""))
    except ValueError:
        raise errors.invalid("url is not valid") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise errors.invalid("url is not valid")
    if parts.hostname not in LOOPBACK:
        raise errors.invalid("url is not valid: the sandbox posts to this machine only")
    return str(value)


def _events(value: Any, kind: str) -> list[str]:
    names = INBOUND if kind == "inbound" else NAMES
    if not isinstance(value, list) or not value or not all(name in names for name in map(str, value)):
        raise errors.invalid("events is not valid")
    return list(value)


def _wire(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "events": webhook.events,
        "type": webhook.kind,
        "channel": "email",
        "createdAt": _utc(webhook.created),
        "modifiedAt": _utc(webhook.modified),
        "batched": webhook.batched,
        "auth": webhook.auth,
        "headers": webhook.headers,
    }


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
