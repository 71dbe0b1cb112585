"""Serving the page.

The one thing that must hold: it works without a network; its policy forbids the browser to load anything from
elsewhere.
"""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.house import House
from sandbox.keys import SANDBOX_MAILBOX_USER, SANDBOX_TELEGRAM_TOKEN

_HERE: Final = Path(__file__).parent
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'"
)
_TABS: Final = (
    ("overview", "Overview"),
    ("base", "Base"),
    ("outbox", "Outbox"),
    ("mailbox", "Mailbox"),
    ("bot", "Bot"),
    ("faults", "Faults"),
    ("switches", "Switches"),
)


def page(house: House) -> list[BaseRoute]:
    """Return the routes of the page."""
    template = Environment(loader=FileSystemLoader(_HERE), autoescape=True).get_template("index.html.jinja")

    async def index(_request: Request) -> Response:
        body = template.render(
            tabs=_TABS,
            seed=house.world.seed,
            mailbox=SANDBOX_MAILBOX_USER,
            bot_token=SANDBOX_TELEGRAM_TOKEN,
        )
        return HTMLResponse(body, headers={"content-security-policy": _POLICY})

    return [
        Route("/", index, methods=["GET"]),
        Mount("/static", app=StaticFiles(directory=_HERE / "static")),
    ]
