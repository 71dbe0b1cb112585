"""The account: plan and credits, senders, domains.

The one thing that must hold: a sender counts as valid here exactly when mail in its name is not turned into errors.
"""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from sandbox.brevo import errors
from sandbox.brevo.reception import Visit
from sandbox.wire import Json
from sandbox.world.names import BREVO_CODE, DKIM_HOST, DKIM_KEY
from sandbox.world.provider import Sender
from sandbox.world.world import World

_UNLIMITED_SHOWN = 100_000


async def account(visit: Visit) -> Response:
    """GET /account."""
    world = visit.house.world
    limit = world.switches.brevo_credits
    used = sum(len(sent.mail.to) for sent in world.provider.mails.values())
    left = _UNLIMITED_SHOWN if limit == 0 else max(0, limit - used)
    return Json(
        {
            "organization_id": "sandbox0000000000000001",
            "user_id": 1,
            "enterprise": False,
            "companyName": "Outreach Example",
            "email": "olga@outreach.example",
            "firstName": "Olga",
            "lastName": "Operator",
            "address": {"street": "1 Example Street", "city": "Paris", "zipCode": "75001", "country": "France"},
            "plan": [{"type": world.switches.brevo_contract, "creditsType": "sendLimit", "credits": left}],
            "relay": {
                "enabled": True,
                "data": {"userName": "olga@outreach.example", "relay": "smtp-relay.brevo.com", "port": 587},
            },
            "marketingAutomation": {"enabled": False},
            "dateTimePreferences": {
                "timezone": world.switches.brevo_timezone,
                "timeFormat": "24h",
                "dateFormat": "dd-mm-yyyy",
            },
            "planVerticals": [],
        }
    )


async def senders(visit: Visit) -> Response:
    """GET /senders."""
    world = visit.house.world
    shown = [
        {
            "id": one.id,
            "name": one.name,
            "email": one.email,
            "active": one.active and _whole(world, one.email),
            "ips": [],
        }
        for one in world.provider.senders
    ]
    return Json({"senders": shown})


def _whole(world: World, email: str) -> bool:
    fault = world.faults.peek("brevo.sender_inactive")
    return fault is None or fault.match not in email


def _authenticated(world: World, name: str) -> bool:
    fault = world.faults.peek("brevo.domain_unauthenticated")
    return fault is None or fault.match not in name


async def create_sender(visit: Visit) -> Response:
    """POST /senders; a sender of an authenticated domain is active at once, another has to be validated first."""
    body = visit.body if isinstance(visit.body, dict) else {}
    email, name = str(body.get("email") or "").strip().lower(), str(body.get("name") or "")
    if "@" not in email or not name:
        raise errors.invalid("name and email are required")
    provider = visit.house.world.provider
    if any(sender.email == email for sender in provider.senders):
        raise errors.BrevoRefusal(HTTPStatus.BAD_REQUEST, "duplicate_parameter", "Sender already exists")
    active = provider.valid_sender(email)
    provider.senders.append(Sender(len(provider.senders) + 1, name, email, active=active))
    return Json({"id": len(provider.senders), "spfError": False, "dkimError": not active}, HTTPStatus.CREATED)


async def domains(visit: Visit) -> Response:
    """GET /senders/domains."""
    found = sorted(visit.house.world.provider.domains)
    shown = [
        {
            "id": f"{index:024d}",
            "domain_name": domain,
            "authenticated": _authenticated(visit.house.world, domain),
            "verified": True,
            "ip": None,
            "provider": "other",
            "creator": {"id": 1, "name": "Olga Operator"},
        }
        for index, domain in enumerate(found, start=1)
    ]
    return Json({"domains": shown, "count": len(shown), "current_page": 1, "total_pages": 1})


async def domain(visit: Visit) -> Response:
    """GET /senders/domains/{domain}."""
    name = visit.request.path_params["domain"].strip().lower()
    world = visit.house.world
    if name not in world.provider.domains:
        raise errors.not_found("Domain not found")
    whole = _authenticated(world, name)

    def entry(host: str, value: str) -> dict[str, Any]:
        return {"type": "TXT", "host_name": host, "value": value, "status": whole}

    records = {
        "dkim_record": entry(DKIM_HOST, DKIM_KEY),
        "brevo_code": entry("", BREVO_CODE),
        "dmarc_record": entry("_dmarc", "v=DMARC1; p=none"),
    }
    return Json({"domain": name, "verified": True, "authenticated": whole, "dns_records": records})
