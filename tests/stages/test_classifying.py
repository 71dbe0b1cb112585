"""Events joined and judged from the ledger: a day alone as in a year, two versions side by side, nothing triggered."""

from datetime import timedelta

import polars as pl
import pytest

from resources.ledger.changes import changed_days
from rules.mail import Mail
from stages.classifying import Versions, begin_trust, event_frame, events_between, months, trust, versions_of
from stages.comparing import compare, compare_range, comparison_table
from stages.engagement import pull_events
from tests.builders import DAY, MONDAY, PEPPER, prepared
from tests.stages.office import Office, lead

WITH_LINKS = Mail("A question", "Hello,\n\nlook: https://harbour.example/a\n\nno more: https://harbour.example/b")


async def pull(office: Office) -> None:
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )


async def busy(office: Office, fates: tuple[str, ...]) -> None:
    """A day of mails with these fates, one after the other, and three days of what came of them."""
    for number in range(3 * len(fates)):
        send = prepared(office.ledger, number, mail=WITH_LINKS)
        office.world.script(send.address, fates[number % len(fates)])
    await office.send()
    office.later(days=3)
    await pull(office)


async def test_days_are_the_same_alone_and_within_a_range(office: Office) -> None:
    await busy(office, ("scanner", "open", "click", "proxy_open"))
    days = [(MONDAY + timedelta(days=ahead)).date().isoformat() for ahead in range(-1, 5)]

    together = events_between(office.ledger, days[0], days[-1])
    alone = pl.concat([event_frame(office.ledger, day) for day in days])

    assert together.equals(alone.sort("at", "event_key"))
    assert together.height == len(office.world.provider.events)
    assert set(together.drop_nulls("label")["label"]) == {"human", "machine"}
    assert set(together.filter(pl.col("label").is_null())["kind"]) == {"request", "delivered"}


async def test_a_scanners_clicks_are_a_machines_and_a_persons_are_not(office: Office) -> None:
    await busy(office, ("scanner", "click"))
    told = events_between(office.ledger, DAY, "2026-11-30").filter(pl.col("kind") == "clicked")
    labels = {(int(lead_id[3:]) % 2, label) for lead_id, label in told.select("lead_id", "label").iter_rows()}
    assert labels == {(0, "machine"), (1, "human")}


async def test_a_new_version_is_compared_before_it_is_believed(office: Office) -> None:
    begin_trust(office.ledger, now=office.now)
    assert versions_of(office.ledger) == Versions(trusted="2", candidate="2")
    await busy(office, ("scanner", "click"))
    assert event_frame(office.ledger, DAY)["candidate"].drop_nulls().is_empty()

    trust(office.ledger, "1", now=office.now)
    begin_trust(office.ledger, now=office.now)
    frame = events_between(office.ledger, DAY, "2026-11-30")

    assert set(frame.drop_nulls("label")["classifier"]) == {"1"}
    assert set(frame.drop_nulls("label")["candidate"]) == {"2"}
    both = compare(frame)
    assert both.equals(compare_range(office.ledger, DAY, "2026-11-30", versions=Versions("1", "2")))
    assert both["trusted"].sum() == both["candidate"].sum() == frame.drop_nulls("label").height
    assert comparison_table(both).startswith("| kind | label | trusted | candidate | moved |")
    with pytest.raises(KeyError, match="there are 1, 2"):
        trust(office.ledger, "9", now=office.now)


async def test_news_of_a_company_changes_what_is_judged_with_it(office: Office) -> None:
    """A late event changes the judgement of an earlier day's, so that day is projected again."""
    first = prepared(office.ledger, 1)
    second = prepared(office.ledger, 2, company_key="firm1.example", day="2026-11-24", now=MONDAY + timedelta(days=1))
    office.world.script(first.address, "open", after=timedelta(minutes=5))
    office.world.script(second.address, "scanner")
    await office.send()
    office.later(hours=2)
    await pull(office)
    office.later(hours=22)
    await office.send()
    office.later(hours=1)
    asked = office.now
    await pull(office)

    changed = changed_days(office.ledger.transactions, asked)
    assert changed.events == (DAY, "2026-11-24")
    assert changed.outcomes == (DAY, "2026-11-24")


async def test_events_that_waited_for_their_send_are_shown_with_it(office: Office) -> None:
    send = prepared(office.ledger, 1)
    await office.send()
    office.later(hours=1)
    await pull(office)
    with office.ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql("UPDATE send SET send_key = 'hidden', message_id = '<hidden>'")
    assert event_frame(office.ledger, DAY)["parked"].all()
    asked = office.now + timedelta(minutes=1)
    message = office.world.provider.events[0].message_id
    with office.ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql(
            "UPDATE send SET send_key = ?, message_id = ?, settled_at = ?",
            (send.send_key, message, asked.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
        )
    assert DAY in changed_days(office.ledger.transactions, asked).events
    assert not event_frame(office.ledger, DAY)["parked"].any()


def test_a_range_is_cut_at_the_ends_of_months() -> None:
    assert months("2026-11-23", "2027-01-02") == [
        ("2026-11-23", "2026-11-30"), ("2026-12-01", "2026-12-31"), ("2027-01-01", "2027-01-02"),
    ]  # fmt: skip
    assert len(months("2026-01-01", "2026-12-31")) == 12


@pytest.mark.rule("A10")
async def test_opens_and_clicks_trigger_nothing(office: Office) -> None:
    """Two people alike; what one's mail client, gateway and finger do changes neither plan nor suppressions."""
    records = office.add(lead(1), lead(2))
    await office.receive(full=True)
    for fate in ("open", "click", "proxy_open", "scanner"):
        office.world.script("grace@harbour1.com", fate)
    office.world.script("grace@harbour2.com", "delivered")
    await office.outreach()
    assert len(office.accepted) == 2
    for _ in range(8):
        office.later(days=1)
        await pull(office)
        office.ledger.flags.stamp("replies.read", at=office.now)
        rows = {row["lead_id"]: row for row in (await office.plan()).frame.iter_rows(named=True)}
        touched, untouched = (rows[record] for record in records)
        for name in ("step", "standing", "reason", "from_day"):
            assert touched[name] == untouched[name]
    kinds = set(events_between(office.ledger, DAY, "2026-12-05")["kind"])
    assert {"opened", "clicked", "proxy_open"} <= kinds
    assert office.ledger.suppressions.all() == []
