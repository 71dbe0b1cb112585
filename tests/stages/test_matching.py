"""The books held against each other mail by mail: what is missing, what nobody knows, and what stops the next sends."""

from datetime import timedelta

import polars as pl
import pytest

from resources.ledger.flags import FlagName
from stages.breakers import reopen
from stages.engagement import pull_events
from stages.matching import Item, judge, match_mirror, match_provider, match_warehouse
from stages.sending import send_frame
from tests.builders import PEPPER, prepared
from tests.events import NewEvent, hear
from tests.stages.office import Office, lead


async def a_settled_mail(office: Office) -> str:
    """A mail of two days ago whose events were read; its key."""
    send = prepared(office.ledger, 1)
    await office.send()
    office.later(hours=50)
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )
    return send.send_key


def at_provider(office: Office) -> list[Item]:
    return list(match_provider(office.ledger, office.campaign, now=office.now))


def sends(office: Office, day: str = "2026-11-23") -> pl.DataFrame:
    return send_frame(office.ledger, day)


def told(office: Office, key: str, send_key: str | None) -> None:
    """An event of a mail, as the provider tells it."""
    at = office.now - timedelta(hours=30)
    event = NewEvent(key, "2026-11-24", "request", f"<{key}@relay>", send_key, "hash", at, None, None, "{}")
    hear(office.ledger, [event], now=office.now)


async def test_books_that_agree_have_no_items_and_stop_nothing(office: Office) -> None:
    await a_settled_mail(office)

    found = [*at_provider(office), *match_warehouse(sends(office), office.ledger, office.campaign, now=office.now)]

    assert found == []
    assert judge(found, ledger=office.ledger, now=office.now).is_empty()
    assert office.ledger.flags.stops() is None


@pytest.mark.rule("B23")
async def test_a_mail_that_no_event_names_is_missing_and_one_that_nobody_knows_is_an_orphan(office: Office) -> None:
    key = await a_settled_mail(office)
    with office.ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql("DELETE FROM provider_event")
    told(office, "stranger", None)
    told(office, "forgotten", f"{office.campaign.id}.opener.0123")
    told(office, "neighbour", "another-campaign.opener.0123")

    found = {(item.verdict, item.send_key or item.message_id) for item in at_provider(office)}

    assert found == {
        ("missing", key), ("orphan", "<stranger@relay>"), ("orphan", f"{office.campaign.id}.opener.0123"),
    }  # fmt: skip


async def test_a_difference_at_the_provider_stops_sending_until_a_person_has_explained_it(office: Office) -> None:
    await a_settled_mail(office)
    told(office, "stranger", None)
    judge(at_provider(office), ledger=office.ledger, now=office.now)
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.IMBALANCE]

    office.later(minutes=1)
    reopen(office.ledger, actor="operator", now=office.now)
    office.later(minutes=1)
    judge(at_provider(office), ledger=office.ledger, now=office.now)
    assert office.ledger.flags.raised() == []

    told(office, "another", None)
    judge(at_provider(office), ledger=office.ledger, now=office.now)
    assert [flag.name for flag in office.ledger.flags.raised()] == [FlagName.IMBALANCE]


async def test_young_mails_and_stale_ears_are_not_compared(office: Office) -> None:
    prepared(office.ledger, 1)
    await office.send()
    assert at_provider(office) == []
    office.later(hours=20)
    await pull_events(
        office.provider, ledger=office.ledger, campaign=office.campaign, clock=office.clock, pepper=PEPPER
    )
    with office.ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql("DELETE FROM provider_event")
    office.later(hours=40)
    assert at_provider(office) == []


async def test_a_warehouse_that_lost_changed_or_made_up_a_mail_is_told_and_stops_nothing(office: Office) -> None:
    key = await a_settled_mail(office)
    right = sends(office)
    changed = right.with_columns(pl.lit("<other@relay>").alias("message_id"))
    made_up = pl.concat([right, right.with_columns(pl.lit("made.up").alias("send_key"))])

    def found(frame: pl.DataFrame) -> list[tuple[str, str | None]]:
        items = list(match_warehouse(frame, office.ledger, office.campaign, now=office.now))
        judge(items, ledger=office.ledger, now=office.now)
        return [(item.verdict, item.send_key) for item in items]

    assert (found(right.clear()), found(changed), found(made_up)) == (
        [("missing", key)], [("differs", key)], [("orphan", "made.up")],
    )  # fmt: skip
    assert office.ledger.flags.stops() is None


async def test_a_record_that_shows_another_mail_is_told_by_its_id(office: Office) -> None:
    (record_id,) = office.add(lead(1))
    await office.receive()
    await office.outreach()
    (message_id,) = office.world.provider.mails
    office.later(hours=50)

    (item,) = await match_mirror(office.base, office.ledger, office.campaign, now=office.now)
    assert (item.store, item.verdict, item.lead_id, item.message_id) == ("airtable", "differs", record_id, message_id)

    office.change(record_id, Message_Id=message_id)
    assert await match_mirror(office.base, office.ledger, office.campaign, now=office.now) == []
    rows = judge([item], ledger=office.ledger, now=office.now)
    assert not any("@harbour1.com" in str(value) for value in rows.row(0))
