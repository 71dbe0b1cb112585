"""Getting updates by long poll, and the webhook that excludes it.

The one thing that must hold: of two pollers the older one is told so and stops; both never receive.
"""

import asyncio
import re
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.telegram import errors
from sandbox.telegram.reception import Visit

MAX_TIMEOUT: Final = 50
MAX_LIMIT: Final = 100
_PORTS: Final = (None, 443, 80, 88, 8443)
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")


async def get_updates(visit: Visit) -> list[dict[str, Any]]:
    """GetUpdates; answers as soon as there is an update, at the latest after `timeout` real seconds (50 at most)."""
    house = visit.house
    desk = house.world.telegram
    if desk.webhook.get("url"):
        raise errors.webhook_active()
    if house.world.faults.strikes("telegram.conflict", visit.subject):
        raise errors.other_poller()
    allowed = visit.structure("allowed_updates")
    if isinstance(allowed, list):
        desk.allowed = [str(kind) for kind in allowed]
    desk.confirm(visit.number("offset"), house.world.now)
    limit = min(max(1, visit.number("limit", MAX_LIMIT)), MAX_LIMIT)
    house.poller += 1
    mine = house.poller
    house.wake()
    deadline = asyncio.get_running_loop().time() + min(max(0, visit.number("timeout")), MAX_TIMEOUT)
    while True:
        desk = house.world.telegram
        found = _repeated(visit) + desk.updates[:limit]
        left = deadline - asyncio.get_running_loop().time()
        if found or left <= 0 or house.closing:
            return found
        await house.news(left)
        if house.poller != mine:
            raise errors.webhook_set() if house.world.telegram.webhook.get("url") else errors.other_poller()


def _repeated(visit: Visit) -> list[dict[str, Any]]:
    desk = visit.house.world.telegram
    if desk.confirmed and visit.house.world.faults.strikes("telegram.repeated_update", visit.subject):
        return desk.confirmed[-1:]
    return []


async def set_webhook(visit: Visit) -> bool:
    """SetWebhook; an empty address deletes it. The sandbox keeps it and posts nothing: the address has to be https."""
    url = visit.text("url")
    if not url:
        return await delete_webhook(visit)
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise errors.bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in _PORTS:
        raise errors.bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = visit.text("secret_token")
    if secret and not _SECRET.match(secret):
        raise errors.bad_request("secret token contains unallowed characters")
    desk = visit.house.world.telegram
    visit.description = "Webhook is already set" if desk.webhook.get("url") == url else "Webhook was set"
    desk.webhook = {"url": url, "max_connections": visit.number("max_connections", 40)}
    allowed = visit.structure("allowed_updates")
    if isinstance(allowed, list):
        desk.allowed = desk.webhook["allowed_updates"] = allowed
    _drop_pending(visit)
    visit.house.poller += 1
    visit.house.wake()
    return True


async def delete_webhook(visit: Visit) -> bool:
    """DeleteWebhook."""
    desk = visit.house.world.telegram
    visit.description = "Webhook was deleted" if desk.webhook.get("url") else "Webhook is already deleted"
    desk.webhook = {}
    _drop_pending(visit)
    return True


async def get_webhook_info(visit: Visit) -> dict[str, Any]:
    """GetWebhookInfo."""
    desk = visit.house.world.telegram
    return {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(desk.updates),
        **desk.webhook,
    }


def _drop_pending(visit: Visit) -> None:
    if visit.flag("drop_pending_updates"):
        visit.house.world.telegram.updates.clear()
