"""The sandbox's own endpoints under /control.

The one thing that must hold: everything a person can do on the page can be done here, and a wrong order is refused with
a sentence that says what was expected.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.control import levers, views
from sandbox.house import House
from sandbox.wire import Json, json_body

Lever = Callable[[House, dict[str, Any]], Any]
View = Callable[[House, dict[str, str]], Any]

_LEVERS: Final[dict[str, Lever]] = {
    "clock": levers.clock,
    "switches": levers.switches,
    "faults": levers.faults,
    "script": levers.script,
    "telegram": levers.telegram,
    "save": levers.save,
    "reset": levers.reset,
}
_VIEWS: Final[dict[str, View]] = {
    "clock": views.clock,
    "switches": views.switches,
    "faults": views.faults,
    "stats": views.stats,
    "outbox": views.outbox,
    "mailbox": views.mailbox,
    "base": views.base,
    "chat": views.chat,
}


def control(house: House) -> list[BaseRoute]:
    """Return the routes of the control room."""
    shown = [Route(f"/control/{name}", _get(house, view), methods=["GET"]) for name, view in _VIEWS.items()]
    pulled = [Route(f"/control/{name}", _post(house, lever), methods=["POST"]) for name, lever in _LEVERS.items()]
    return [*shown, *pulled]


def _get(house: House, view: View) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return Json(view(house, dict(request.query_params)))
        except (ValueError, KeyError) as refusal:
            return _refused(refusal)

    return answer


def _post(house: House, lever: Lever) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            shown = lever(house, await _order(request))
            await house.run_errands()
            return Json(shown)
        except (ValueError, KeyError) as refusal:
            return _refused(refusal)

    return answer


async def _order(request: Request) -> dict[str, Any]:
    body = await json_body(request)
    if body is not None and not isinstance(body, dict):
        raise ValueError("the body is a JSON object")
    return body or {}


def _refused(refusal: Exception) -> Response:
    sentence = f"missing: {refusal.args[0]}" if isinstance(refusal, KeyError) else str(refusal)
    return Json({"error": sentence}, 400)
