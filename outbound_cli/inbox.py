"""The page behind every mail's unsubscribe link, and the doors the mail provider posts to.

What must hold: GET shows a page, only POST writes (RFC 8058, rule A10), so that a scanner that follows every link
unsubscribes nobody; an answer is sent only after what it acknowledges is durable. A door without a token is not there.
"""

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from outbound_assets.wiring import resources
from outbound_cli.posting import TOKEN_VARIABLE, Door, checked_token
from resources.ledger.inbox import InboxSource
from stages.unsubscribing import read_token, unsubscribe

PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:17px/1.5 sans-serif;max-width:34em;margin:4em auto;padding:0 1em}}
button{{font:inherit;padding:.5em 1em}}</style><h1>{title}</h1>{body}"""

ASK: Final = (
    "Leave the list",
    "<form method=post><p>One click, and nobody writes to you again.</p><button>Do not write again</button></form>",
)
DONE: Final = ("Done", "<p>You will not hear from us again.</p>")
NOT_OURS: Final = (
    "This link is not one of ours",
    "<p>It may have been cut on the way. Answer the mail instead and say so in a word; it is read.</p>",
    404,
)
LATER: Final = (
    "Not just now",
    "<p>Your wish could not be written down. Please press again in a minute, or answer the mail instead.</p>",
    503,
)
QUIET: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""The address of the page is the key to it: nobody keeps, passes on or lists it."""


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
        return _page(*(NOT_OURS if read_token(_token(request), desk.secret()) is None else ASK))

    def write(request: Request) -> Response:
        try:
            with ledger.open() as book:
                known = unsubscribe(_token(request), ledger=book, pepper=desk.secret(), now=clock.clock().now())
        except Exception:  # whatever it is, the reader is not told that it is done
            logging.getLogger(__name__).exception("a wish to be left alone could not be written down")
            return _page(*LATER, {"Retry-After": "60"})
        return _page(*(DONE if known else NOT_OURS))

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


def _token(request: Request) -> str:
    return str(request.query_params.get("t", ""))


def _page(title: str, body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return HTMLResponse(PAGE.format(title=title, body=body), status, {**QUIET, **(headers or {})})
