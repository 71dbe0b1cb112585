"""The table of Brevo routes.

The one thing that must hold: what is not listed here answers 404 in the service's own words.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.brevo import account, errors, logs, sending, statistics, webhooks
from sandbox.brevo.reception import Handler, endpoint
from sandbox.house import House
from sandbox.wire import Json

_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("/smtp/email", "POST", sending.send),
    ("/smtp/email/{identifier}", "DELETE", sending.cancel),
    ("/smtp/emailStatus/{identifier}", "GET", sending.status),
    ("/smtp/emails", "GET", logs.emails),
    ("/smtp/emails/{uuid}", "GET", logs.email_content),
    ("/smtp/statistics/events", "GET", statistics.events),
    ("/smtp/statistics/aggregatedReport", "GET", statistics.aggregated),
    ("/smtp/statistics/reports", "GET", statistics.reports),
    ("/smtp/blockedContacts", "GET", logs.blocked_contacts),
    ("/smtp/blockedContacts/{email}", "DELETE", logs.unblock),
    ("/smtp/blockedDomains", "GET", logs.blocked_domains),
    ("/smtp/blockedDomains", "POST", logs.block_domain),
    ("/smtp/blockedDomains/{domain}", "DELETE", logs.unblock_domain),
    ("/smtp/deleteHardbounces", "POST", logs.delete_hard_bounces),
    ("/account", "GET", account.account),
    ("/senders", "GET", account.senders),
    ("/senders", "POST", account.create_sender),
    ("/senders/domains", "GET", account.domains),
    ("/senders/domains/{domain}", "GET", account.domain),
    ("/webhooks", "GET", webhooks.list_all),
    ("/webhooks", "POST", webhooks.create),
    ("/webhooks/{number}", "GET", webhooks.get),
    ("/webhooks/{number}", "PUT", webhooks.update),
    ("/webhooks/{number}", "DELETE", webhooks.delete),
)


def brevo(house: House) -> Router:
    """Return the whole API under its `/v3` prefix."""

    async def unknown(_request: Request) -> Response:
        refusal = errors.not_found("Invalid route/method passed")
        return Json(refusal.body, refusal.status)

    return Router(
        routes=[
            *(Route(f"/v3{path}", endpoint(house, handler), methods=[method]) for path, method, handler in _ROUTES),
            Route("/{path:path}", unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        redirect_slashes=False,
    )
