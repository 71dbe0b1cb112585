"""The fakes' way into a world: one ASGI call."""

from typing import Any

import pytest

from resources.in_process import InProcess
from resources.wire import BrokenOffError


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"]
    assert (await receive())["type"] == "http.disconnect"
    said = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {body.decode()}"
    headers = [(b"X-Kind", dict(scope["headers"])[b"api-key"])]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": said[:5].encode(), "more_body": True})
    await send({"type": "http.response.body", "body": said[5:].encode()})


async def test_a_request_arrives_whole_and_so_does_the_answer() -> None:
    service = InProcess(echo, prefix="/brevo/v3/", headers={"api-key": "k"})

    answer = await service.request("POST", "smtp/email", query=[("a", 1), ("a", "é&")], body={"x": "ü"})

    assert answer.ok
    assert answer.status == 201
    assert answer.headers == {"x-kind": "k"}
    assert answer.text == 'POST /brevo/v3/smtp/email?a=1&a=%C3%A9%26 {"x":"ü"}'


async def silent(_scope: Any, _receive: Any, _send: Any) -> None:
    return


async def cut(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


@pytest.mark.parametrize("app", [silent, cut])
async def test_an_unfinished_answer_is_a_broken_connection(app: Any) -> None:
    with pytest.raises(BrokenOffError):
        await InProcess(app, prefix="/x").request("GET", "y")
