"""What is posted to us: kept before it is acknowledged, applied like the poll, and never able to take anything back."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from outbound_cli.posting import LARGEST_BODY, Door, WeakTokenError, checked_token
from resources.ledger.inbox import InboxSource
from resources.ledger.ledger import Ledger, Place
from resources.ledger.transactions import LedgerError
from resources.mail_provider.client import connect
from rules.engagement import opt_out_burst
from sandbox import World, keys
from sandbox.serving import running
from stages.classifying import event_frame
from stages.engagement import pull_events
from stages.posted_events import drain_posts, watch_posts
from tests.builders import DAY, MONDAY, PEPPER, campaign, prepared
from tests.stages.office import QUIET, Office, TownClock
from tests.stages.office import open_office as opened

TOKEN = "a-token-of-the-tests-0123456789"
CAMPAIGN = campaign()


def application(ledger: Any, now: Any = lambda: MONDAY) -> Starlette:
    door = Door(InboxSource.BREVO_EVENTS, TOKEN, ledger, now)
    return Starlette(routes=[Route("/webhooks/brevo", door.post, methods=["POST"])])


@contextmanager
def borrowed(ledger: Ledger) -> Iterator[Ledger]:
    yield ledger


async def post(
    office: Office, content: bytes, *, token: str | None = f"Bearer {TOKEN}", ledger: Any = None
) -> httpx.Response:
    app = application(ledger or (lambda: borrowed(office.ledger)), lambda: office.now)
    headers = {} if token is None else {"Authorization": token}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inbox") as client:
        return await client.post("/webhooks/brevo", content=content, headers=headers)


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "event": "unsubscribed", "email": f"person{number}@firm{number}.example", "message-id": f"<{number}@relay>",
        "ts_epoch": int(MONDAY.timestamp() * 1000),
    } | changes  # fmt: skip


def drain(office: Office) -> Any:
    return drain_posts(ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER)


@pytest.mark.parametrize(
    "token",
    [None, "", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}"],
)
async def test_a_post_without_the_token_leaves_nothing(office: Office, token: str | None) -> None:
    answer = await post(office, json.dumps(item()).encode(), token=token)
    assert answer.status_code == 401
    assert office.ledger.inbox.counts(InboxSource.BREVO_EVENTS) == {}


async def test_a_body_is_kept_as_it_came_before_it_is_acknowledged(office: Office) -> None:
    raw = b"\xff not even JSON \x00"
    assert (await post(office, raw, token=f"bearer  {TOKEN}")).status_code == 200
    (kept,) = office.ledger.inbox.pending(InboxSource.BREVO_EVENTS)
    assert (kept.body, kept.received_at) == (raw, office.now)


async def test_a_body_that_cannot_be_stored_is_asked_for_again(office: Office) -> None:
    """Brevo repeats after 429 alone; 500 and 503 lose the post."""

    @contextmanager
    def full() -> Iterator[Ledger]:
        raise LedgerError("the disk is full")
        yield

    answer = await post(office, json.dumps(item()).encode(), ledger=full)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")


async def test_a_ledger_that_fails_while_it_writes_is_no_acknowledgement(office: Office) -> None:
    with office.ledger.transactions.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE inbox")
        connection.commit()
    assert (await post(office, b"{}")).status_code == 429


async def test_a_body_without_end_is_refused_before_it_is_whole(office: Office) -> None:
    assert (await post(office, b"x" * (LARGEST_BODY + 1))).status_code == 413
    assert (await post(office, b"[" + b" " * (LARGEST_BODY - 2) + b"]")).status_code == 200


async def test_what_was_posted_is_applied_once_and_its_addresses_are_dropped(office: Office) -> None:
    await post(office, json.dumps([item(1), item(2, event="opened")]).encode())
    await post(office, json.dumps([item(1), item(2, event="opened")]).encode())
    await post(office, json.dumps(item(1)).encode())

    report = drain(office)

    assert (report.bodies, report.parked, report.applied.new, report.applied.suppressed) == (2, 0, 2, 1)
    assert [row["reason"] for row in office.ledger.suppressions.all()] == ["unsubscribed"]
    assert drain(office).bodies == 0
    with office.ledger.transactions.read() as connection:
        kept = [tuple(row) for row in connection.exec_driver_sql("SELECT body, state FROM inbox")]
        raws = [row[0] for row in connection.exec_driver_sql("SELECT raw FROM provider_event")]
    assert kept == [(b"", "applied"), (b"", "applied")]
    assert not any("@firm" in raw for raw in raws)


async def test_a_body_nobody_can_read_is_parked_with_its_reason_and_the_rest_goes_on(office: Office) -> None:
    await post(office, b"<html>")
    await post(office, json.dumps([item(1), {"event": "opened"}, item(2)]).encode())
    report = drain(office)
    assert (report.bodies, report.parked, report.applied.new) == (2, 2, 2)
    with office.ledger.transactions.read() as connection:
        reasons = [row[0] for row in connection.exec_driver_sql("SELECT reason FROM inbox ORDER BY id")]
    assert reasons == ["the body is not JSON (JSONDecodeError)", "item 2 of 3: it has no email"]


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    "name", ["subscribed", "resubscribe", "unblocked", "delivered", "opened", "click", "list_addition"]
)
async def test_nothing_in_a_body_can_lift_a_suppression(office: Office, name: str) -> None:
    await post(office, json.dumps(item(1)).encode())
    drain(office)
    before = office.ledger.suppressions.all()
    office.later(hours=1)
    lifting = item(1, event=name, action="unblock", reason="resubscribed", ts_epoch=int(office.now.timestamp() * 1000))
    await post(office, json.dumps({"events": [lifting]}).encode())
    drain(office)
    assert office.ledger.suppressions.all() == before


async def test_a_burst_of_opt_outs_is_honoured_and_alarmed(office: Office) -> None:
    office.add(*({"Email": f"person{n}@firm{n}.example", "Name": f"Person {n}"} for n in range(100)))
    await office.receive(full=True)
    await post(office, json.dumps([item(n) for n in range(30)]).encode())
    drain(office)

    assert len(office.ledger.suppressions.all()) == 30
    told = [(alarm.key, alarm.what) for alarm in watch_posts(office.ledger, clock=office.clock)]
    assert told == [("posts.opt_outs", "30 of 100 people opted out within an hour.")]
    office.later(days=3)
    told = [(alarm.key, alarm.what) for alarm in watch_posts(office.ledger, clock=office.clock)]
    assert told == [("posts.unconfirmed", "30 posted events were never told by the provider's own list.")]
    assert [one.alarm.key for one in office.ledger.alerts.open()] == ["posts.unconfirmed"]
    office.later(days=40)
    assert watch_posts(office.ledger, clock=office.clock) == []
    assert office.ledger.alerts.open() == []


def test_a_few_opt_outs_are_no_burst_and_leads_are_counted_only_when_it_matters() -> None:
    assert opt_out_burst(19, lambda: pytest.fail("nobody asked")) is None
    assert opt_out_burst(20, lambda: 400) is None
    assert opt_out_burst(21, lambda: 400) is not None


def test_a_door_without_a_token_is_not_there_and_a_weak_one_is_refused() -> None:
    assert checked_token("  ") is None
    assert checked_token(f" {TOKEN} ") == TOKEN
    for weak in ("short", "x" * 23, "é" * 30):
        with pytest.raises(WeakTokenError, match=r"secrets\.token_urlsafe"):
            checked_token(weak)


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The application on a port of its own, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/webhooks/brevo"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("batched", [False, True])
async def test_posts_and_poll_tell_the_same_events_end_to_end(tmp_path: Path, batched: bool) -> None:
    """The sandbox posts over HTTP, the poll reads over HTTP; whoever comes first, the tables are the same."""
    office = opened(tmp_path)
    place = Place(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "w.json", "spring", "m")
    ledger = Ledger.open(place)
    world = World(7, start=MONDAY, habits=QUIET)
    world.flip({"brevo_timezone": "Asia/Singapore", "brevo_webhook_brackets": False})
    with running(world) as town, serving(application(lambda: borrowed(ledger), lambda: MONDAY)) as url:
        town.house.clock.set_mode("manual")
        webhook = {
            "url": url, "type": "transactional", "batched": batched, "auth": {"type": "bearer", "token": TOKEN},
            "events": ["request", "delivered", "opened", "uniqueOpened", "click", "proxyOpen", "unsubscribed"],
        }  # fmt: skip
        key = {"api-key": keys.SANDBOX_BREVO_KEY}
        async with httpx.AsyncClient(base_url=town.url, trust_env=False) as http:
            assert (await http.post("/brevo/v3/webhooks", json=webhook, headers=key)).status_code == 201
            office.ledger, office.world = ledger, world
            for number, fate in enumerate(("open", "click", "proxy_open", "unsubscribe")):
                town.call(partial(World.script, address=prepared(ledger, number).address, fate=fate))
            async with connect(keys.SANDBOX_BREVO_KEY, base_url=f"{town.url}/brevo/v3") as provider:
                office.clock = TownClock(world)
                await office.send(provider)
                for _ in range(3):
                    await http.post("/control/clock", json={"advance_seconds": 2 * 86400})
                posted = drain_posts(ledger=ledger, campaign=CAMPAIGN, clock=office.clock, pepper=PEPPER)
                days = [(MONDAY + timedelta(days=n)).date().isoformat() for n in range(8)]
                early = [event_frame(ledger, day) for day in days]
                polled = await pull_events(
                    provider, ledger=ledger, campaign=CAMPAIGN, clock=office.clock, pepper=PEPPER
                )
    late = [event_frame(ledger, day) for day in days]
    assert posted.applied.new == len(world.provider.events)
    assert (polled.read, polled.new) == (posted.applied.new, 0)
    assert [day.sort("event_key").rows() for day in early] == [day.sort("event_key").rows() for day in late]
    assert ledger.events.unconfirmed(before=datetime(2027, 1, 1, tzinfo=UTC), after=MONDAY - timedelta(days=1)) == 0
    assert event_frame(ledger, DAY).height > 0
    ledger.close()
