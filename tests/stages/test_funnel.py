"""The funnel from the ledger: each mail once, people beside machines, cohorts, costs, and variants compared."""

import json
from datetime import timedelta

import polars as pl

from rules.mail import Mail
from stages.classifying import Versions
from stages.funnel import metrics_between, metrics_of, verdicts_between
from stages.metrics import METRIC_SCHEMA, conserved
from stages.rate_tables import verdict_lines
from tests.builders import DAY, MONDAY, prepared
from tests.stages.office import Office, lead

LINKED = Mail("A question", "Hello,\n\nlook: https://harbour.example/a\n\nno more: https://harbour.example/b")
NEXT = "2026-11-24"


async def test_people_and_machines_are_counted_side_by_side(office: Office) -> None:
    for number, fate in enumerate(("scanner", "scanner", "click", "open", "proxy_open", "delivered")):
        office.world.script(prepared(office.ledger, number, mail=LINKED).address, fate)
    await office.send()
    office.later(days=4)
    await office.listen()

    (row,) = metrics_of(DAY, office.ledger).iter_rows(named=True)
    assert (row["accepted"], row["delivered"]) == (6, 6)
    assert (row["opened"], row["opened_human"], row["opened_possible"]) == (5, 2, 2)
    assert (row["clicked"], row["clicked_human"], row["clicked_possible"]) == (3, 1, 1)
    older = metrics_between(DAY, DAY, office.ledger, versions=Versions("1", "1"))
    assert older["clicked_human"].sum() == 1


async def test_a_range_is_its_days_put_together(office: Office) -> None:
    for number in range(4):
        day, now = (DAY, MONDAY) if number % 2 else (NEXT, MONDAY + timedelta(days=1))
        prepared(office.ledger, number, day=day, now=now, variant=("first", "second")[number // 2])
    await office.send()
    office.later(days=1)
    await office.send()
    office.later(days=1)
    await office.listen()
    alone = pl.concat([metrics_of(day, office.ledger) for day in (DAY, NEXT)])
    assert metrics_between(DAY, NEXT, office.ledger).equals(alone)
    assert conserved(alone)
    assert alone["planned"].to_list() == [1, 1, 1, 1]
    assert metrics_between("2025-01-01", "2025-01-31", office.ledger).schema == pl.Schema(METRIC_SCHEMA)


async def test_a_campaigns_day_knows_its_cohort_its_cost_and_how_variants_were_drawn(office: Office) -> None:
    office.add(*(lead(number) for number in range(1, 9)))
    await office.receive(full=True)
    await office.outreach()
    frame = metrics_of(DAY, office.ledger)
    assert set(frame["cohort"]) == {"2026-W48"}
    assert set(frame["variant"]) == {"first", "second"}
    assert frame["accepted"].sum() == 8
    assert min(frame["cost_usd"].to_list()) > 0
    with office.ledger.transactions.read() as connection:
        logged = {row[0] for row in connection.exec_driver_sql("SELECT allocation FROM send WHERE kind = 'outreach'")}
    assert [json.loads(one) for one in logged] == [{"first": 0.5, "second": 0.5}]


async def test_variants_are_compared_by_their_positive_replies(office: Office) -> None:
    even = json.dumps({"first": 0.5, "second": 0.5})
    for number in range(14):
        send = prepared(office.ledger, number, variant="second", allocation=even)
        office.world.script(send.address, "reply_positive")
    office.world.script(prepared(office.ledger, 50, variant="first", allocation=even).address, "reply_refusal")
    await office.send()
    office.later(days=6)
    await office.listen()

    told = verdicts_between(DAY, DAY, office.ledger, campaign=office.campaign)
    assert list(told) == ["opener"]
    (line,) = verdict_lines(told)
    assert line.startswith("opener, first against second: second is better: 0 for first, 14 for second")
    assert verdict_lines(verdicts_between(NEXT, NEXT, office.ledger, campaign=office.campaign)) == [
        "opener, first against second: inconclusive: 0 for first, 0 for second; evidence 1 of 20 needed"
    ]
