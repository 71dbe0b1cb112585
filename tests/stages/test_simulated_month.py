"""A month of mails among scanners, proxies and a provider that tells things late, twice and out of order.

What must hold: rates of people are near the truth that the world knows, raw rates are far from it, and however events
arrived the final tables are the same, bit for bit.
"""

import json
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.ledger.event_rows import EventSource
from resources.ledger.ledger import Ledger, Place
from resources.mail_provider.gateway import ProviderEvent
from resources.mail_provider.webhook import read_post
from rules.mail import Mail
from rules.rates import rates
from sandbox import Habits, World
from sandbox.brevo.postman import payload
from sandbox.world.mail import EventKind, MailEvent
from stages.classifying import events_between
from stages.engagement import apply_events, pull_events
from stages.funnel import metrics_between
from tests.builders import DAY, MONDAY, PEPPER, new_send
from tests.stages.office import Office, open_office

GATEWAY = "203.0.113.25"
"""Where the world's scanners open and click from; the classifier is never shown it."""
LAST = (MONDAY + timedelta(days=40)).date().isoformat()
LINKED = Mail("A question", "Hello,\n\nlook: https://harbour.example/a\n\nno more: https://harbour.example/b")
LIARS = Habits(
    scanners=0.3, opens=0.3, proxy_opens=0.25, clicks=0.06, replies=0, out_of_office=0, unsubscribes=0, complaints=0,
    hard_bounce=0, invalid=0, soft_bounce=0, blocked=0, error=0, bounce_mails=0,
)  # fmt: skip
MAILS_A_DAY = 24


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Twenty working days of mails and what came of them; two people to a company."""
    office = open_office(tmp_path_factory.mktemp("month"), caps={"per_hour": 500, "per_day": 500, "ramp": []})
    office.world.habits = LIARS
    return office


async def mailed(office: Office) -> None:
    """Let the month pass; events are read every day, some two days late."""
    for name, chance in (("events_late", 0.2), ("events_repeated", 0.5), ("events_shuffled", 0.5)):
        office.world.faults.arm(f"brevo.{name}", probability=chance, value=40.0 if name == "events_late" else None)
    number = 0
    for ahead in range(28):
        day = MONDAY + timedelta(days=ahead)
        office.clock.move_to(day)
        if day.weekday() < 5:
            for _ in range(MAILS_A_DAY):
                office.ledger.sends.prepare([sent(number, ahead)], now=office.now)
                number += 1
            await office.send()
        await pull(office)
    office.later(days=8)
    await pull(office)


def sent(number: int, ahead: int) -> Any:
    """A mail to one of two people of a company."""
    company, day = f"firm{number // 2}.example", MONDAY + timedelta(days=ahead)
    return new_send(
        number, address=f"person{number}@{company}", company_key=company, mail=LINKED, not_before=day,
        day=day.date().isoformat(),
    )  # fmt: skip


async def pull(office: Office) -> None:
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )


def truth(events: Sequence[MailEvent], kind: EventKind, delivered: int) -> float:
    """The share of delivered mails that a person opened or clicked, as the world knows."""
    return len({event.message_id for event in events if event.kind is kind and event.ip != GATEWAY}) / delivered


async def test_rates_of_people_are_near_the_truth_and_raw_ones_are_not(month: Office) -> None:
    await mailed(month)
    metrics = metrics_between(DAY, LAST, month.ledger)
    told = {row["metric"]: row for row in rates(metrics, []).iter_rows(named=True)}
    events = month.world.provider.events
    delivered = int(metrics["delivered"].sum())
    assert delivered == metrics["accepted"].sum() > 15 * MAILS_A_DAY
    opened, clicked = (truth(events, kind, delivered) for kind in (EventKind.OPENED, EventKind.CLICK))

    assert abs(told["open_human"]["rate"] - opened) < 0.02
    assert abs(told["click_human"]["rate"] - clicked) < 0.01
    assert told["open_raw"]["rate"] > opened + 0.15
    assert told["click_raw"]["rate"] > 3 * clicked
    assert told["open_human"]["rate"] <= told["open_at_most"]["rate"] <= told["open_raw"]["rate"]


async def test_however_events_arrive_the_tables_are_the_same_bit_for_bit(month: Office, tmp_path: Path) -> None:
    """Invariant I6: shuffled, tenfold, delayed past others, by post and by poll, in any cut."""
    if not month.world.provider.events:
        await mailed(month)
    polled = await month.provider.events(MONDAY.date(), (MONDAY + timedelta(days=45)).date())
    posted = [posted_copy(month.world, event) for event in month.world.provider.events]
    tables = [events_between(month.ledger, DAY, LAST), metrics_between(DAY, LAST, month.ledger)]
    for seed in range(2):
        chance = random.Random(seed)
        ledger = Ledger.open(Place("sqlite://", tmp_path / f"{seed}.json", "spring", "m"))
        with month.ledger.transactions.read() as theirs, ledger.transactions.write() as (target, _):
            rows = theirs.exec_driver_sql("SELECT * FROM send").mappings().all()
            names = ", ".join(rows[0].keys())
            marks = ", ".join("?" * len(rows[0]))
            target.exec_driver_sql(
                f"INSERT INTO send ({names}) VALUES ({marks})",  # noqa: S608 - columns of our own table
                [tuple(row.values()) for row in rows],
            )
        told = [*list(polled) * 10, *posted]
        chance.shuffle(told)
        for at in range(0, len(told), 7001):
            part = told[at : at + 7001]
            for source in EventSource:
                events = [event for event in part if ("ts_epoch" in event.raw) == (source is EventSource.WEBHOOK)]
                apply_events(
                    events, (), ledger=ledger, campaign=month.campaign, now=MONDAY, pepper=PEPPER, source=source
                )
        assert events_between(ledger, DAY, LAST).equals(tables[0])
        assert (
            metrics_between(DAY, LAST, ledger)
            .select(pl.exclude("cohort"))
            .equals(tables[1].select(pl.exclude("cohort")))
        )
        ledger.close()


def posted_copy(world: World, event: MailEvent) -> ProviderEvent:
    """The event as a webhook would have told it."""
    names = {EventKind.REQUESTS: "request", EventKind.CLICK: "click", EventKind.PROXY_OPENED: "proxy_open"}
    body = payload(world, event, names.get(event.kind, event.kind.value), 1)
    (told,) = read_post(json.dumps(body).encode()).events
    return told
