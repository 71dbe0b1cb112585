"""What was sent, mail by mail, and which addresses are blocked.

The one thing that must hold: a mail's log shows the events that are visible, never what is still to come.
"""

from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from sandbox.brevo import errors
from sandbox.brevo.reception import Visit
from sandbox.brevo.statistics import days_of, whole
from sandbox.wire import Json
from sandbox.world.mail import AcceptedMail, Correspondent
from sandbox.world.provider import BlockedContact

_MONTH: Final = 31


async def emails(visit: Visit) -> Response:
    """GET /smtp/emails: by address or by message id."""
    query, world = visit.query, visit.house.world
    if not any(query.get(name) for name in ("email", "templateId", "messageId")):
        raise errors.missing("email, templateId or messageId")
    first, last = days_of(visit, default=_MONTH - 1, most=_MONTH)
    start, end = world.provider.instants(first, last)
    email = (query.get("email") or "").strip().lower()
    message_id = f"<{query['messageId'].strip('<>')}>" if query.get("messageId") else ""
    found = [
        (sent, person)
        for sent in world.provider.sent_between(start, end)
        for person in sent.mail.to
        if (not email or person.key == email) and (not message_id or sent.message_id == message_id)
    ]
    if query.get("templateId"):
        found = [(sent, person) for sent, person in found if str(sent.mail.template_id) == query["templateId"]]
    if query.get("sort", "desc") == "desc":
        found.reverse()
    limit, offset = whole(query, "limit", default=500, most=1_000), whole(query, "offset", default=0)
    page = [_line(visit, sent, person) for sent, person in found[offset : offset + limit]]
    return Json({"count": len(found), "transactionalEmails": page})


async def email_content(visit: Visit) -> Response:
    """GET /smtp/emails/{uuid}."""
    wanted, world = visit.request.path_params["uuid"], visit.house.world
    sent = next((one for one in world.provider.mails.values() if one.uuid == wanted), None)
    if sent is None:
        raise errors.not_found("Email not found")
    seen = [event for event in world.provider.of_mail(sent.message_id) if event.visible_at <= world.now]
    return Json(
        {
            "email": sent.mail.to[0].email,
            "subject": sent.mail.subject,
            "date": _local(visit, sent),
            "events": [
                {"name": event.kind.value, "time": event.at.isoformat(timespec="milliseconds")} for event in seen
            ],
            "body": sent.mail.html,
            "attachmentCount": sent.mail.attachments,
        }
    )


async def blocked_contacts(visit: Visit) -> Response:
    """GET /smtp/blockedContacts, newest first."""
    query, world = visit.query, visit.house.world
    found = sorted(world.provider.blocked.values(), key=lambda contact: contact.at, reverse=True)
    if query.get("startDate") or query.get("endDate"):
        first, last = days_of(visit, default=_MONTH, most=None)
        found = [contact for contact in found if first <= world.provider.local_day(contact.at) <= last]
    if query.get("senders"):
        senders = {part.strip().lower() for part in query["senders"].split(",")}
        found = [contact for contact in found if contact.sender.lower() in senders]
    if query.get("sort", "desc") == "asc":
        found.reverse()
    limit, offset = whole(query, "limit", default=50, most=100), whole(query, "offset", default=0)
    page = [_blocked(contact) for contact in found[offset : offset + limit]]
    return Json({"count": len(found), "contacts": page})


async def unblock(visit: Visit) -> Response:
    """DELETE /smtp/blockedContacts/{email}."""
    email = visit.request.path_params["email"].strip().lower()
    if visit.house.world.provider.blocked.pop(email, None) is None:
        raise errors.not_found("Contact not found")
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def blocked_domains(visit: Visit) -> Response:
    """GET /smtp/blockedDomains."""
    return Json({"domains": sorted(visit.house.world.provider.blocked_domains)})


async def block_domain(visit: Visit) -> Response:
    """POST /smtp/blockedDomains."""
    domain = visit.body.get("domain") if isinstance(visit.body, dict) else None
    if not isinstance(domain, str) or "." not in domain:
        raise errors.invalid("domain is not valid")
    visit.house.world.provider.blocked_domains.add(domain.strip().lower())
    return Response(status_code=HTTPStatus.CREATED)


async def unblock_domain(visit: Visit) -> Response:
    """DELETE /smtp/blockedDomains/{domain}."""
    domain = visit.request.path_params["domain"].strip().lower()
    if domain not in visit.house.world.provider.blocked_domains:
        raise errors.not_found("Domain not found")
    visit.house.world.provider.blocked_domains.discard(domain)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def delete_hard_bounces(visit: Visit) -> Response:
    """POST /smtp/deleteHardbounces: forget them, for one contact or for all."""
    body = visit.body if isinstance(visit.body, dict) else {}
    wanted = str(body.get("contactEmail") or "").strip().lower()
    blocked = visit.house.world.provider.blocked
    for email in [key for key, contact in blocked.items() if contact.code == "hardBounce" and wanted in ("", key)]:
        del blocked[email]
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _line(visit: Visit, sent: AcceptedMail, person: Correspondent) -> dict[str, Any]:
    return {
        "email": person.email,
        "subject": sent.mail.subject,
        "messageId": sent.message_id,
        "uuid": sent.uuid,
        "date": _local(visit, sent),
        "from": sent.mail.sender.email,
        "tags": list(sent.mail.tags),
    }


def _local(visit: Visit, sent: AcceptedMail) -> str:
    zone = ZoneInfo(visit.house.world.switches.brevo_timezone)
    return sent.at.astimezone(zone).isoformat(timespec="milliseconds")


def _blocked(contact: BlockedContact) -> dict[str, Any]:
    return {
        "email": contact.email,
        "senderEmail": contact.sender,
        "reason": {"code": contact.code, "message": contact.message},
        "blockedAt": contact.at.isoformat(timespec="milliseconds"),
    }
