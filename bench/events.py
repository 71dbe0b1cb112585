"""A million events keyed, merged and judged; and what today costs after a day and after three years of history.

The first table: events as the provider's client hands them over, in listings of 83,000 (a month at 700 mails a day),
into a ledger on disk that knows their mails, then judged. "Again" is the same million in another order, "tenfold"
100,000 events told ten times over and shuffled; both must leave the tables as they are. "Parked" are 100,000 events of
mails that nobody knows. The second: the queries and frames behind today's partitions of `engagement_events` and
`campaign_metrics`.

Usage: `python -m bench.events [DIRECTORY]`, default the working directory; the disk is part of what is measured.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from bench.measuring import alone, measured, show, tell
from resources.ledger.changes import changed_days
from resources.ledger.ledger import Ledger, Place
from resources.mail_provider.gateway import EventKind, ProviderEvent
from rules.classification.features import INPUT
from rules.classification.judging import classify
from rules.classification.rulebook import CLASSIFIER_VERSION
from stages.classifying import events_between
from stages.event_batch import event_rows
from stages.funnel import metrics_of

EVENTS: Final = 1_000_000
LISTING: Final = 83_000
ZONE: Final = ZoneInfo("Europe/Berlin")
START: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
Result = TypeVar("Result")
KINDS: Final = ((EventKind.REQUEST, 0), (EventKind.DELIVERED, 6), (EventKind.OPENED, 900), (EventKind.CLICKED, 960))
SCATTERING: Final = 0x9E3779B97F4A7C15F39CC060
"""Spreads numbers like hashes: a mail's key says nothing about its neighbour's."""
A_DAY: Final = 500
YEARS: Final = 3
LAST: Final = "2026-11-20"
LOOKS: Final = 100
"""Looks at each ledger, in turns: a machine that is busy with other things makes some dearer, none cheaper."""


def told(first: int, last: int) -> list[ProviderEvent]:
    """Events of a range of numbers, four to a mail, two links in a mail."""
    events = []
    for number in range(first, last):
        mail, (kind, seconds) = number // 4, KINDS[number % 4]
        at = START + timedelta(seconds=60 * mail + seconds, milliseconds=mail % 997)
        (tag, message), address = named(mail), f"person{mail}@firm{mail // 3}.example"
        link = "https://harbour.example/a" if kind is EventKind.CLICKED else None
        raw = {
            "date": at.isoformat(),
            "email": address,
            "event": kind.value,
            "messageId": message,
            "tag": tag,
        }
        events.append(ProviderEvent(kind, message, address, at, tag, None, link, raw | {"link": link}))
    return events


def named(mail: int) -> tuple[str, str]:
    """The send key and the message id of a mail by its number."""
    return f"spring.opener.{mail * SCATTERING % 2**96:024x}", f"<2026{mail:011d}.{mail * 7919 % 99991}@relay>"


def know_mails(ledger: Ledger) -> None:
    """The mails of the million, as they stand in the ledger that sent them."""
    rows = ((*named(mail), mail, mail, mail, mail // 3) for mail in range(EVENTS // 4))
    with ledger.transactions.write() as (connection, _):
        driver: Any = connection.connection.dbapi_connection
        driver.executemany(_A_MAIL, rows)


def ledger_at(folder: Path) -> Ledger:
    """A ledger on disk."""
    return Ledger.open(Place(f"sqlite:///{folder / 'ledger.db'}", folder / "witness.json", "bench", "m"))


class Watch:
    """Seconds by what was done, on the clock and of work on all cores (the latter hold on a busy machine too)."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.worked: dict[str, float] = {}

    def time(self, what: str, work: Callable[[], Result]) -> Result:
        """Do a piece of work and add its seconds."""
        began, worked = time.perf_counter(), time.process_time()
        result = work()
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - began
        self.worked[what] = self.worked.get(what, 0.0) + time.process_time() - worked
        return result


def intake(folder: str) -> dict[str, Any]:
    """A million events, told once, told again, and a tenth of them told tenfold."""
    watch, chance = Watch(), random.Random(7)  # noqa: S311 - an order, not a secret
    with tempfile.TemporaryDirectory(dir=folder) as place:
        ledger = ledger_at(Path(place))
        know_mails(ledger)

        def pull(events: list[ProviderEvent], suffix: str = "") -> int:
            rows = watch.time(f"keyed{suffix}", lambda: event_rows(events, zone=ZONE, pepper="p"))
            return len(watch.time(f"merged{suffix}", lambda: ledger.events.merge(rows, now=START)).new)

        new = sum(pull(part) for part in listings())
        again = sum(pull(chance.sample(part, len(part)), " again") for part in listings())
        tenfold = told(0, EVENTS // 10) * 10
        chance.shuffle(tenfold)
        ten = sum(pull(tenfold[at : at + LISTING], " tenfold") for at in range(0, len(tenfold), LISTING))
        assert (new, again, ten) == (EVENTS, 0, 0)
        ledger.close()
        ledger = ledger_at(Path(place) / "empty")
        assert pull(told(0, EVENTS // 10), " parked") == EVENTS // 10
        frame = judged_frame()
        watch.time("judged", lambda: classify(frame, version=CLASSIFIER_VERSION))
        ledger.close()
    return {"parts": watch.seconds, "worked": watch.worked}


def listings() -> Iterator[list[ProviderEvent]]:
    """The million, a listing at a time."""
    for at in range(0, EVENTS, LISTING):
        yield told(at, min(at + LISTING, EVENTS))


def judged_frame() -> pl.DataFrame:
    """The same million as the classifier takes it."""
    mails = pl.DataFrame({"mail_number": pl.arange(0, EVENTS // 4, eager=True)}).with_columns(
        mail=pl.format("s.o.{}", "mail_number"), company=pl.format("firm{}.example", pl.col("mail_number") // 3)
    )
    parts = []
    for kind, seconds in KINDS:
        moment = pl.lit(START) + pl.duration(seconds=60 * pl.col("mail_number") + seconds)
        link = pl.lit("https://harbour.example/a" if kind is EventKind.CLICKED else None, dtype=pl.String)
        parts.append(mails.select(
            event_key=pl.format("{} {}", pl.lit(kind.value), "mail"), kind=pl.lit(kind.value), at=moment, link=link,
            agent=pl.lit(None, dtype=pl.String), mail="mail", company="company", links=pl.lit(2),
        ))  # fmt: skip
    whole = pl.concat(parts).select(pl.col(name).cast(kind) for name, kind in INPUT.items())
    return whole.sample(fraction=1.0, shuffle=True, seed=7)


_A_MAIL: Final = """
INSERT INTO send (send_key, message_id, address, address_hash, lead_id, company_key, kind, campaign, step, to_name,
  variant, day, places, subject, body, content_hash, state, epoch, not_before, ready_at, intent_at, intent_day,
  settled_at, checks)
SELECT ?, ?, 'p' || ?, 'h' || ?, 'rec' || ?, 'firm' || ?, 'outreach', 'spring', 'opener', 'P', 'first', '2026-01-05',
  '[]', 'subject', 'https://a https://b', 'c', 'accepted', 1, t, t, t, '2026-01-05', t, 0
FROM (SELECT '2026-01-05T08:00:00.000000Z' AS t)
"""
_MAILS: Final = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {mails})
INSERT INTO send (send_key, kind, campaign, step, address, address_hash, lead_id, company_key, to_name, variant, day,
  places, subject, body, content_hash, state, epoch, not_before, ready_at, intent_at, intent_day, settled_at,
  message_id, checks)
SELECT 's.o.' || i, 'outreach', 's', 'o', 'p' || i, 'h' || i, 'rec' || i, 'firm' || (i / 2), 'P', 'first',
  date('{last}', '-' || (i / {a_day}) || ' days'), '[]', 'subject', 'https://a https://b', 'c', 'accepted', 1, t, t, t,
  date('{last}', '-' || (i / {a_day}) || ' days'), t,
  '<' || replace(substr(t, 1, 10), '-', '') || '0800.' || printf('%011d', i * 7919 % 99999999977) || '@relay>', 0
FROM (SELECT i, date('{last}', '-' || (i / {a_day}) || ' days') || 'T08:00:00.000000Z' AS t FROM n)
"""
_EVENTS: Final = """
INSERT INTO provider_event (event_key, day, kind, message_id, send_key, address_hash, at, received_at, raw, source)
SELECT replace(substr(day, 3), '-', '') || 'T{at}' || send_key, day, '{kind}', message_id, send_key, address_hash,
  day || 'T{at}Z', day || 'T{at}Z', '{{}}', 'poll' FROM send
"""


def history(folder: Path, days: int) -> Ledger:
    """A ledger with so many days of mails and their events, up to the last day."""
    folder.mkdir()
    ledger = ledger_at(folder)
    with ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql(_MAILS.format(mails=A_DAY * days, a_day=A_DAY, last=LAST))
        for kind, at in (("request", "08:00:01.000000"), ("delivered", "08:00:09.000000"),
                         ("opened", "09:10:00.000000"), ("clicked", "09:11:00.000000")):  # fmt: skip
            connection.exec_driver_sql(_EVENTS.format(kind=kind, at=at))
        connection.exec_driver_sql("ANALYZE")
    return ledger


def today(folder: str) -> dict[str, Any]:
    """Today's partitions after a day and after years of history: looked at in turns, the least work of all looks."""
    since = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        ledgers = {days: history(Path(place) / str(days), days) for days in (1, YEARS * 365)}
        least: dict[int, dict[str, float]] = {days: {} for days in ledgers}
        for _ in range(LOOKS):
            for days, ledger in ledgers.items():
                watch = Watch()
                changed = watch.time("what changed", partial(changed_days, ledger.transactions, since))
                events = watch.time("engagement_events", partial(events_between, ledger, LAST, LAST))
                metrics = watch.time("campaign_metrics", partial(metrics_of, LAST, ledger))
                told = (events.height, int(metrics["accepted"].sum()), changed.events)
                assert told == (4 * A_DAY, A_DAY, (LAST,))
                watch.worked["all"] = sum(watch.worked.values())
                for name, seconds in watch.worked.items():
                    least[days][name] = min(seconds, least[days].get(name, seconds))
        for ledger in ledgers.values():
            ledger.close()
    one, many = least.values()
    return {"one": one, "many": many}


def main(arguments: list[str]) -> None:
    """Measure all, or one part of it in this process."""
    if arguments[:1] == ["--part"]:
        _, part, folder = arguments
        tell(measured(lambda: intake(folder) if part == "intake" else today(folder)))
        return
    folder = str(Path(arguments[0] if arguments else ".").resolve())
    done = alone("bench.events", "--part", "intake", folder)
    parts = done["parts"]
    passed = ("keyed", "merged", "judged")
    whole, work = (sum(done[of][name] for name in passed) for of in ("parts", "worked"))
    rows = [(name, seconds, done["worked"][name]) for name, seconds in parts.items()]
    show(
        f"{EVENTS:,} events",
        ("what", "seconds", "of work"),
        [*rows, ("one pass: keyed, merged, judged", whole, work)],
    )
    print(f"peak memory {done['peak_mb']:.0f} MB, of which about 200 MB are the million as a frame for the classifier")
    looked = alone("bench.events", "--part", "today", folder)
    one, many = looked["one"], looked["many"]
    show(
        f"Today's partitions, {A_DAY} mails", ("what", "ms of work after a day", f"after {YEARS} years", "ratio"),
        [(name, 1000 * one[name], 1000 * many[name], many[name] / one[name]) for name in one],
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
