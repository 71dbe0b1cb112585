"""What time it is: asked in one place, so that a month can pass in a minute."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from resources.clock.gateway import ManualClock, ShiftedClock, SystemClock
from resources.clock.resource import ClockResource
from rules.failures import FailureKind, ServiceFailure
from tests.builders import HOUR, MONDAY


async def test_a_manual_clock_stands_until_it_is_moved_and_never_goes_back() -> None:
    clock = ManualClock(MONDAY.astimezone(timezone(timedelta(hours=5))))
    assert clock.now() == MONDAY
    await clock.sleep(90)
    assert clock.now() == MONDAY + timedelta(seconds=90)
    clock.move_to(MONDAY + HOUR)
    clock.move_to(MONDAY)
    assert clock.now() == MONDAY + HOUR
    assert clock.now().tzinfo is UTC


def test_a_clock_has_a_zone() -> None:
    with pytest.raises(ValueError, match="aware instant"):
        ManualClock(datetime(2026, 11, 23))  # noqa: DTZ001 - what is refused


async def test_the_machines_clock_and_a_shifted_one_differ_by_the_shift() -> None:
    before = SystemClock().now()
    shifted = ShiftedClock(timedelta(days=10)).now()
    after = SystemClock().now()
    assert before + timedelta(days=10) <= shifted <= after + timedelta(days=10)
    await SystemClock().sleep(0)
    await ShiftedClock(HOUR).sleep(0)


class Says(BaseHTTPRequestHandler):
    """The clock page of a sandbox."""

    mode = "manual"

    def do_GET(self) -> None:
        body = json.dumps({"now": MONDAY.isoformat(), "mode": self.mode}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        del format, args


@pytest.fixture
def sandbox() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Says)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_in_the_sandbox_time_is_what_the_sandbox_says(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ClockResource(sandbox_url=sandbox).clock()
    assert isinstance(clock, ManualClock)
    assert clock.now() == MONDAY

    monkeypatch.setattr(Says, "mode", "running")
    running = ClockResource(sandbox_url=sandbox).clock()
    assert isinstance(running, ShiftedClock)
    assert abs(running.now() - MONDAY) < HOUR


def test_without_a_sandbox_it_is_the_machines_clock() -> None:
    assert isinstance(ClockResource().clock(), SystemClock)


def test_a_sandbox_that_is_not_there_says_how_to_start_it() -> None:
    with pytest.raises(ServiceFailure, match="start it with `make up`") as failed:
        ClockResource(sandbox_url="http://127.0.0.1:1").clock()
    assert failed.value.failure.kind is FailureKind.TRANSIENT
