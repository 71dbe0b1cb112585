"""`outbound inbox` as a process, over real HTTP: the way out of every mail, and the doors the provider posts to."""

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from outbound_cli.posting import LARGEST_BODY
from resources.ledger.inbox import InboxSource
from rules.hashing import address_hash
from stages.unsubscribing import token_of, unsubscribe_link
from tests.assets.stage_door import House, house
from tests.builders import accepted, prepared
from tests.repository import ROOT

TOKEN = "a-token-of-the-tests-0123456789"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
DOORS = {"/webhooks/brevo": InboxSource.BREVO_EVENTS, "/inbound/brevo": InboxSource.BREVO_INBOUND}


@dataclass(frozen=True, slots=True)
class Open:
    """A running inbox: its home, the pepper it signs with, and its process."""

    home: House
    pepper: str
    page: httpx.Client
    pid: int

    def reasons(self, number: int) -> list[str]:
        """Why this person is suppressed."""
        key = address_hash(f"person{number}@firm{number}.example", self.pepper)
        with self.home.ledger() as ledger:
            return [row["reason"] for row in ledger.suppressions.all() if row["key"] == key]

    def kept(self, source: InboxSource) -> int:
        """Bodies that were posted and kept."""
        with self.home.ledger() as ledger:
            return sum(ledger.inbox.counts(source).values())

    def mail(self, number: int, step: str = "opener") -> str:
        """Mail somebody, and give the token of the mail."""
        address = f"person{number}@firm{number}.example"
        with self.home.ledger() as ledger:
            claim = accepted(
                ledger, number, campaign="acme-spring", step=step, address_hash=address_hash(address, self.pepper)
            )
        return token_of(claim.send_key, self.pepper)

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """The process can make no file any larger."""
        before = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with house(tmp_path_factory.mktemp("inbox"), leads=1) as home:
        settings = home.environment() | {"BREVO_WEBHOOK_TOKEN": TOKEN}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "outbound_cli.main", "inbox", "--home", str(home.home), "--port", str(port)]
        log = Path(home.home / "inbox.log")
        with log.open("wb") as out:
            child = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=out, stderr=subprocess.STDOUT)
        transport = httpx.HTTPTransport(retries=7)  # waits half a second, then twice as long, until the door is open
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=40) as page:
            try:
                assert page.get("/health").text == "ok", log.read_text()
                yield Open(home, settings["OUTBOUND_PEPPER"], page, child.pid)
            finally:
                child.terminate()
                child.wait(timeout=30)


@pytest.mark.rule("A10")
def test_only_a_post_writes_and_scanners_change_nothing(inbox: Open) -> None:
    """RFC 8058: machines open every link; one click is a POST without cookie, form or redirect."""
    link = f"/unsubscribe?t={inbox.mail(1)}"
    for _ in range(3):
        shown = inbox.page.get(link, headers={"Purpose": "prefetch"})
        assert (shown.status_code, "<form method=post>" in shown.text) == (200, True)
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert inbox.page.head(link).status_code == 200
        assert inbox.page.options(link).status_code == 405
        assert inbox.page.put(link).status_code == 405
    assert inbox.reasons(1) == []

    for _ in range(2):
        done = inbox.page.post(link, data=ONE_CLICK)
        assert (done.status_code, "You will not hear from us again" in done.text) == (200, True)
        assert "set-cookie" not in done.headers
    assert inbox.reasons(1) == ["unsubscribed"]


@pytest.mark.rule("A10")
def test_any_mail_of_a_conversation_leads_out_of_all_of_it(inbox: Open) -> None:
    """The link of a follow-up stops the person, and once more does no harm; what was ready is cancelled."""
    opener, bump = inbox.mail(2), inbox.mail(2, "bump")
    with inbox.home.ledger() as ledger:
        hashed = address_hash("person2@firm2.example", inbox.pepper)
        last = prepared(ledger, 2, campaign="acme-spring", step="breakup", address_hash=hashed)
    assert inbox.page.post(f"/unsubscribe?t={bump}", data=ONE_CLICK).status_code == 200
    assert inbox.page.post(f"/unsubscribe?t={opener}").status_code == 200  # the page's own button, no body
    assert set(inbox.reasons(2)) == {"unsubscribed"}
    with inbox.home.ledger() as ledger:
        row = ledger.questions.send_of(last.send_key)
        assert row is not None
        assert row["state"] == "cancelled"


@pytest.mark.rule("A10")
def test_links_that_are_not_ours_say_what_to_do_and_write_nothing(inbox: Open) -> None:
    mine = inbox.mail(3)
    key, _, signature = mine.rpartition(".")
    foreign = token_of(key, "another pepper")
    unknown = token_of("acme-spring.opener.000000000000000000000000", inbox.pepper)
    garbled = (mine[:-1], f"{key}x.{signature}", foreign, unknown, "", "é", "<script>", "%00", "." * 5000)
    for token in garbled:
        for answer in (
            inbox.page.post("/unsubscribe", params={"t": token}, data=ONE_CLICK),
            *((inbox.page.get("/unsubscribe", params={"t": token}),) if token != unknown else ()),
        ):
            assert answer.status_code == 404, token
            assert "Answer the mail instead" in answer.text
            assert "<script>" not in answer.text
    assert inbox.page.post("/unsubscribe").status_code == 404
    assert inbox.reasons(3) == []


def test_a_wish_that_cannot_be_written_down_is_not_called_done(inbox: Open) -> None:
    token = inbox.mail(4)
    with inbox.disk_full():
        answer = inbox.page.post(f"/unsubscribe?t={token}", data=ONE_CLICK)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "press again in a minute" in answer.text
    assert inbox.reasons(4) == []
    assert inbox.page.post(f"/unsubscribe?t={token}", data=ONE_CLICK).status_code == 200
    assert inbox.reasons(4) == ["unsubscribed"]


def test_a_token_shows_no_address_and_a_page_may_have_parameters() -> None:
    token = token_of("acme-spring.opener.00aa", "p")
    assert token.startswith("acme-spring.opener.00aa.")
    assert unsubscribe_link("https://a.example/x?lang=de", "k", "p").startswith("https://a.example/x?lang=de&t=k.")


@pytest.mark.parametrize("door", DOORS)
def test_a_door_keeps_what_comes_whole_with_the_token_and_nothing_else(inbox: Open, door: str) -> None:
    source, before = DOORS[door], inbox.kept(DOORS[door])
    allowed = {"Authorization": f"Bearer {TOKEN}"}
    for headers in (
        {},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
    ):
        assert inbox.page.post(door, content=b"{}", headers=headers).status_code == 401
    assert inbox.page.get(door, headers=allowed).status_code == 405
    assert inbox.page.post(door, content=b"x" * (LARGEST_BODY + 1), headers=allowed).status_code == 413
    with inbox.disk_full():
        refused = inbox.page.post(door, content=b'{"while": "full"}', headers=allowed)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")
    cut_off(inbox, door)
    assert inbox.kept(source) == before

    for _ in range(2):
        kept = inbox.page.post(door, content=b'{"while": "full"}', headers=allowed)
        assert (kept.status_code, kept.text) == (200, "kept")
    assert inbox.kept(source) == before + 1


def cut_off(inbox: Open, door: str) -> None:
    """Announce a hundred bytes, send eleven, and hang up."""
    head = f"POST {door} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection((inbox.page.base_url.host, inbox.page.base_url.port), timeout=10) as wire:
        wire.sendall(head.encode() + b'{"half": 1,')
        wire.shutdown(socket.SHUT_WR)
        assert b" 200 " not in wire.recv(1000)
    inbox.page.get("/health")
