"""The page behind every mail's unsubscribe link, and the doors the mail provider posts to.

What must hold: GET shows a page, only POST writes (RFC 8058, rule A10), so that a scanner that follows every link
unsubscribes nobody; an answer is sent only after what it acknowledges is durable. A door without a token is not there.
"""

import os
from datetime import datetime
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from outbound_assets.wiring import resources
from outbound_cli.posting import TOKEN_VARIABLE, Door, checked_token
from resources.ledger.inbox import InboxSource
from resources.ledger.transactions import LedgerError
from stages.unsubscribing import read_token, unsubscribe

PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:17px/1.5 sans-serif;max-width:34em;margin:4em auto;padding:0 1em}}
button{{font:inherit;padding:.5em 1em}}</style><h1>{title}</h1>{body}"""


def create_inbox() -> Starlette:
    """The application for this home.

    Raises:
        WeakTokenError: The token of the provider's posts could be guessed.
    """
    token = checked_token(os.environ.get(TOKEN_VARIABLE, ""))
    built = resources()
    desk = built["desk"].process_config_and_initialize()
    clock = built["clock"].process_config_and_initialize()
    ledger = built["ledger"].process_config_and_initialize()

    async def show(request: Request) -> Response:
        token = request.query_params.get("t", "")
        if read_token(token, desk.secret()) is None:
            return _page("This link is not one of ours", "<p>Answer the mail instead; a person reads it.</p>", 404)
        form = (
            f'<form method="post" action="?t={escape(token, quote=True)}"><p>One click, and nobody here writes to you '
            "again.</p><button>Do not write to me again</button></form>"
        )
        return _page("Leave the list", form)

    def write(request: Request) -> Response:
        token = request.query_params.get("t", "")
        try:
            with ledger.open() as book:
                known = unsubscribe(token, ledger=book, pepper=desk.secret(), now=clock.clock().now())
        except LedgerError:
            return PlainTextResponse("please come again in a minute", 429, headers={"Retry-After": "60"})
        if not known:
            return _page("This link is not one of ours", "<p>Answer the mail instead; a person reads it.</p>", 404)
        return _page("Done", "<p>You will not hear from us again.</p>")

    def now() -> datetime:
        moment: datetime = clock.clock().now()
        return moment

    routes = [
        Route("/unsubscribe", show, methods=["GET"]),
        Route("/unsubscribe", write, methods=["POST"]),
        Route("/health", lambda _: PlainTextResponse("ok"), methods=["GET"]),
    ]
    if token is not None:
        events = Door(InboxSource.BREVO_EVENTS, token, ledger.open, now)
        inbound = Door(InboxSource.BREVO_INBOUND, token, ledger.open, now)
        routes.append(Route("/webhooks/brevo", events.post, methods=["POST"]))
        routes.append(Route("/inbound/brevo", inbound.post, methods=["POST"]))
    return Starlette(routes=routes)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(PAGE.format(title=title, body=body), status)
