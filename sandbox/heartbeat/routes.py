"""A monitor that waits for signs of life: one check, which anybody who knows its address may ping.

The one thing that must hold: an unknown check is refused, as healthchecks.io does.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from sandbox.house import House
from sandbox.keys import SANDBOX_HEARTBEAT


def heartbeat(house: House) -> Router:
    """Return the monitor's routes over a house; signs of life are in its tally of requests."""

    async def ping(request: Request) -> Response:
        if request.path_params["check"] != SANDBOX_HEARTBEAT:
            return PlainTextResponse("not found", status_code=404)
        if house.world.faults.strikes("heartbeat.down", "ping"):
            return PlainTextResponse("bad gateway", status_code=502)
        return PlainTextResponse("OK")

    return Router([Route("/{check}", ping, methods=["GET", "HEAD", "POST"])])
