"""What stands before every Bot API method: the token, the parameters in whatever form, and faults.

The one thing that must hold: a parameter means the same in the query, in a form, in JSON and in a multipart body.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from sandbox.house import House
from sandbox.keys import SANDBOX_TELEGRAM_TOKEN
from sandbox.telegram import errors
from sandbox.wire import Hangup, Json, gateway_page

_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart body."""

    filename: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Visit:
    """One call of a method. `description` goes out next to the result if a method sets it."""

    house: House
    parameters: dict[str, Any]
    uploads: dict[str, Upload]
    subject: str
    description: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a parameter as text, empty if absent."""
        value = self.parameters.get(name)
        return "" if value is None else str(value)

    def number(self, name: str, default: int = 0) -> int:
        """Return a parameter as a whole number.

        Raises:
            TelegramRefusal: 400.
        """
        value = self.parameters.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise errors.bad_request(f"{name} must be an integer") from None

    def flag(self, name: str) -> bool:
        """Return a parameter as a truth value."""
        return str(self.parameters.get(name, "")).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> Any:
        """Return a parameter that is JSON, parsed; None if absent.

        Raises:
            TelegramRefusal: 400.
        """
        value = self.parameters.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value) if value else None
            except ValueError:
                value = 0
        if value is not None and not isinstance(value, list | dict):
            raise errors.bad_request(f"can't parse {name.replace('_', ' ')} JSON object")
        return value


Method = Callable[[Visit], Awaitable[Any]]


def endpoint(house: House, methods: dict[str, Method]) -> Callable[[Request], Awaitable[Response]]:
    """Wrap every method with the door; a method returns the result."""

    async def answer(request: Request) -> Response:
        try:
            return await _admitted(house, request, methods)
        except errors.TelegramRefusal as refusal:
            return Json(refusal.body, refusal.status, refusal.headers)

    return answer


async def _admitted(house: House, request: Request, methods: dict[str, Method]) -> Response:
    check_token(house, request.path_params["token"])
    name = request.path_params["method"].lower()
    method = methods.get(name)
    if method is None:
        raise errors.not_found()
    parameters, uploads = await _parameters(request)
    subject = f"{name} {json.dumps(parameters, ensure_ascii=False, default=str)}"
    faults = house.world.faults
    if faults.strikes("telegram.restart", subject):
        raise errors.restarting()
    if faults.strikes("telegram.bad_gateway", subject):
        return gateway_page(HTTPStatus.BAD_GATEWAY)
    visit = Visit(house, parameters, uploads, subject)
    result = await method(visit)
    if name.startswith("send") and faults.strikes("telegram.sent_then_lost", subject):
        return Hangup()
    body = {"ok": True, "result": result}
    if visit.description:
        body["description"] = visit.description
    return Json(body)


def check_token(house: House, token: str) -> None:
    """Check the token in the path.

    Raises:
        TelegramRefusal: 404 for one of the wrong form, 401 for one nobody knows.
    """
    if not _TOKEN.match(token):
        raise errors.not_found()
    if token != SANDBOX_TELEGRAM_TOKEN or house.world.faults.strikes("telegram.revoked"):
        raise errors.unauthorized()


async def _parameters(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    parameters: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        raw = await request.body()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            raise errors.bad_request("can't parse JSON object") from None
        parameters |= body if isinstance(body, dict) else {}
    elif kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        async with request.form(max_part_size=64 * 1024 * 1024) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content_type = value.content_type or "application/octet-stream"
                    uploads[name] = Upload(value.filename or name, content_type, await value.read())
                else:
                    parameters[name] = value
    return parameters, uploads
