"""The sandbox as a child process: started, waited for, told what time it is, and ended by the one who started it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

READY_SECONDS = 30.0


class SandboxDidNotStart(RuntimeError):
    """The child ended or stayed silent; the message carries what it said."""


class SandboxControl:
    """The control room of a running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str) -> Any:
        """GET a control endpoint."""
        with urlopen(f"{self.url}/control/{path}", timeout=60) as answer:  # noqa: S310 - our own loopback address
            return json.load(answer)

    def tell(self, path: str, body: Any) -> Any:
        """POST to a control endpoint."""
        request = Request(  # noqa: S310 - our own loopback address
            f"{self.url}/control/{path}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            method="POST",
        )
        with urlopen(request, timeout=300) as answer:  # noqa: S310
            return json.load(answer)

    def move_to(self, moment: datetime) -> None:
        """Let the world's time pass until then."""
        self.tell("clock", {"now": moment.isoformat()})

    def save(self) -> None:
        """Write the world to its file."""
        self.tell("save", {})


def answers(url: str) -> bool:
    """Whether a sandbox answers there."""
    try:
        SandboxControl(url).ask("clock")
    except (URLError, OSError, ValueError):
        return False
    return True


def start(port: int, options: Sequence[str], *, log: Path) -> subprocess.Popen[bytes]:
    """Start the sandbox and wait until it answers.

    Raises:
        SandboxDidNotStart: It ended, or did not answer in time; the end of its log is in the message.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sandbox",
                "--port",
                str(port),
                "--imap-port",
                str(port + 1),
                "--dns-port",
                str(port + 3),
                *options,
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    url, began = f"http://127.0.0.1:{port}", time.monotonic()
    while not answers(url):
        if child.poll() is not None or time.monotonic() - began > READY_SECONDS:
            stop(child)
            said = log.read_text("utf-8", "replace")[-800:]
            raise SandboxDidNotStart(f"the sandbox did not start on port {port}; it said:\n{said}")
        time.sleep(0.05)
    return child


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child we started, kindly first."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def running(port: int, options: Sequence[str], *, log: Path) -> Iterator[SandboxControl]:
    """A sandbox for the length of a block."""
    child = start(port, options, log=log)
    try:
        yield SandboxControl(f"http://127.0.0.1:{port}")
    finally:
        stop(child)
