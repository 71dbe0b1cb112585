"""Posts that the Brevo stand-in makes to webhooks on this machine."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import Fate
from sandbox.keys import SANDBOX_BREVO_KEY
from sandbox.serving import Running

SAMPLES = Path(__file__).parents[3] / "shared" / "specs" / "brevo" / "samples" / "anymail_webhook_samples.json"
KEY = {"api-key": SANDBOX_BREVO_KEY}
MAIL: dict[str, Any] = {
    "sender": {"email": "ada@outreach.example"},
    "to": [{"email": "ann@alder.example"}],
    "subject": "Hi",
    "htmlContent": "<p>Hi</p>",
    "tags": ["tag1", "tag2"],
    "headers": {"X-Mailin-custom": '{"meta": "data"}'},
}


def send(http: httpx.Client) -> httpx.Response:
    return http.post("/brevo/v3/smtp/email", json=MAIL, headers=KEY)


class _Ear(BaseHTTPRequestHandler):
    """Hears webhook posts; answers with the status the test has chosen."""

    heard: list[tuple[dict[str, str], Any]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.heard.append((dict(self.headers), json.loads(body)))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def ear() -> Iterator[tuple[str, type[_Ear]]]:
    handler = type("Ear", (_Ear,), {"heard": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", handler
    server.shutdown()
    thread.join()
    server.server_close()


def _subscribe(http: httpx.Client, url: str, **more: Any) -> httpx.Response:
    body = {"url": url, "description": "d", "type": "transactional", "events": ["request", "delivered", "uniqueOpened"]}
    return http.post("/brevo/v3/webhooks", json=body | more, headers=KEY)


def _pass(http: httpx.Client, **span: float) -> None:
    http.post("/control/clock", json={"advance_seconds": timedelta(**span).total_seconds()})


def test_webhooks_are_posted_with_the_fields_of_the_recorded_ones(
    http: httpx.Client, town: Running, ear: tuple[str, type[_Ear]]
) -> None:
    url, heard = ear
    town.call(lambda world: world.script("ann@alder.example", Fate.OPEN, after=timedelta(minutes=5)))
    assert _subscribe(http, url, auth={"type": "bearer", "token": "secret"}).json() == {"id": 1}
    send(http)
    _pass(http, hours=1)
    posts = {body["event"]: (headers, body) for headers, body in heard.heard}
    assert set(posts) == {"request", "delivered", "unique_opened"}  # in an order of its own, as the log's lag has it
    headers, body = posts["request"]
    assert headers["Authorization"] == "Bearer secret"
    assert body["ts_epoch"] == 1_795_420_800_000
    assert (body["X-Mailin-custom"], body["tags"], body["date"]) == (
        '{"meta": "data"}',
        ["tag1", "tag2"],
        "2026-11-23 09:00:00",
    )
    if not SAMPLES.exists():
        pytest.skip("the recorded webhooks are not beside this checkout")
    recorded = json.loads(SAMPLES.read_text(encoding="utf-8"))["tracking_webhooks"]["sent_event"]
    assert set(recorded) - {"template_id"} <= set(body)


def test_batched_webhooks_come_together(http: httpx.Client, town: Running, ear: tuple[str, type[_Ear]]) -> None:
    url, heard = ear
    _subscribe(http, url, batched=True, events=["request"])
    for _ in range(3):
        send(http)
    _pass(http, minutes=3)
    assert heard.heard == []
    _pass(http, minutes=10)
    assert [len(body) for _, body in heard.heard] == [3]
    town.call(lambda world: world.flip({"brevo_batched_body": "object"}))
    send(http)
    _pass(http, minutes=10)
    assert len(heard.heard[-1][1]["events"]) == 1


def test_a_refused_post_is_lost_and_only_429_is_tried_again(http: httpx.Client, ear: tuple[str, type[_Ear]]) -> None:
    url, heard = ear
    heard.status = 500
    _subscribe(http, url, events=["request"])
    send(http)
    _pass(http, minutes=30)
    _pass(http, hours=12)
    assert len(heard.heard) == 1
    heard.status = 429
    send(http)
    _pass(http, minutes=2)
    heard.status = 200
    _pass(http, minutes=11)
    assert len(heard.heard) == 3


def test_webhooks_leave_for_this_machine_only_and_can_be_changed(http: httpx.Client) -> None:
    assert _subscribe(http, "https://hooks.example.com/x").json()["code"] == "invalid_parameter"
    assert _subscribe(http, "http://127.0.0.1:1/x", events=["nonsense"]).status_code == 400
    assert _subscribe(http, "http://127.0.0.1:1/x").status_code == 201
    assert http.put("/brevo/v3/webhooks/1", json={"events": ["click"]}, headers=KEY).status_code == 204
    assert http.get("/brevo/v3/webhooks", headers=KEY).json()["webhooks"][0]["events"] == ["click"]
    assert http.delete("/brevo/v3/webhooks/1", headers=KEY).status_code == 204
    assert http.get("/brevo/v3/webhooks/1", headers=KEY).status_code == 404
