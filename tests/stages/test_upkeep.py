"""Alarms and budgets: when a job is worth running, and what it may spend."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stages.days import day_of, next_day_at, starts_at
from stages.importing import import_rows
from stages.outlook import outlook
from stages.unsubscribing import read_token, token_of, unsubscribe, unsubscribe_link
from stages.waking import outreach_due, sleep_until, something_changed
from tests.builders import DAY, HOUR, MONDAY, PEPPER, prepared, state_of
from tests.stages.office import Office, lead, open_office


def wake(office: Office) -> tuple[bool, str]:
    found = outreach_due(office.ledger, campaign=office.campaign, now=office.now)
    return found.run, found.reason


@pytest.mark.rule("B31")
async def test_a_tick_runs_only_when_there_is_something_to_do(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"per_hour": 1})
    assert wake(office) == (True, "no plan was ever made")
    sleep_until(office.ledger, MONDAY + HOUR, now=office.now)
    assert wake(office) == (False, "nothing can be sent before 12:00")
    something_changed(office.ledger, now=office.now)
    assert wake(office)[0]
    office.later(minutes=1)
    sleep_until(office.ledger, MONDAY + HOUR, now=office.now)
    assert not wake(office)[0]
    office.clock.move_to(MONDAY + HOUR)
    assert wake(office) == (True, "something is due and its window is open")
    prepared(office.ledger, 1, now=office.now)
    await office.send()
    assert wake(office) == (False, "the caps have no room: 1 this hour, 1 today")
    office.clock.move_to(MONDAY + 3 * HOUR)
    assert wake(office)[0]
    office.clock.move_to(MONDAY + timedelta(days=1))
    assert wake(office) == (True, "a new day needs a plan")
    sleep_until(office.ledger, None, now=office.now)
    assert wake(office) == (False, "nobody is due any more today")
    office.close()


def test_an_unsubscribe_token_is_ours_or_none() -> None:
    token = token_of("spring.opener.abc", "pepper")
    assert read_token(token, "pepper") == "spring.opener.abc"
    for forged in (
        f"{token}0",
        token.replace("abc", "abd"),
        "",
        ".",
        "spring.opener.abc",
        token.upper(),
        "\u00e4.\u00f6",
        "\ud83d.",
    ):
        assert read_token(forged, "pepper") is None
    assert read_token(token, "other pepper") is None
    assert unsubscribe_link("https://o.example/u", "spring.opener.abc", "pepper") == f"https://o.example/u?t={token}"


@pytest.mark.rule("B25")
def test_a_day_is_a_day_of_the_operator(office: Office) -> None:
    zone = office.campaign.zone
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert day_of(late, zone) == "2026-11-24"
    assert starts_at("2026-11-24", zone) == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert next_day_at(late, zone) == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    spring = next_day_at(datetime(2027, 3, 27, 12, 0, tzinfo=UTC), zone)
    assert (spring, next_day_at(spring, zone) - spring) == (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), 23 * HOUR)


async def test_the_room_of_the_moment_is_the_smaller_of_hour_and_day(tmp_path: Path) -> None:
    office = open_office(tmp_path, caps={"per_hour": 5, "per_day": 7}, hours={"closed_days": [date(2026, 11, 24)]})
    view = outlook(office.campaign, ledger=office.ledger, now=office.now)
    assert (view.room, view.day, view.policy.day_cap) == (5, DAY, 7)
    for number in range(5):
        prepared(office.ledger, number)
    await office.send()
    assert outlook(office.campaign, ledger=office.ledger, now=office.now).room == 0
    office.later(hours=2)
    assert outlook(office.campaign, ledger=office.ledger, now=office.now).room == 2
    office.clock.move_to(MONDAY + timedelta(days=1))
    prepared(office.ledger, 9, now=office.now)
    await office.send()
    assert len(office.accepted) == 5
    office.close()


@pytest.mark.rule("B22")
async def test_an_import_twice_gives_the_same_records_once(office: Office) -> None:
    rows: list[dict[str, Any]] = [lead(number) for number in range(12)]
    first, refused = await import_rows(office.base, rows, key="Email")
    await import_rows(office.base, rows, key="Email")
    await office.receive()

    assert (first, list(refused)) == (12, [])
    assert len(office.ledger.records.everything()) == 12


@pytest.mark.rule("A10")
async def test_the_link_in_a_mail_stops_everything_to_its_reader(office: Office) -> None:
    """Invariant I2, from the address in the mail that went out; pressing it again changes nothing."""
    prepared(office.ledger, 1)
    await office.send()
    bump = prepared(office.ledger, 1, step="bump")
    (mail,) = office.world.provider.mails.values()
    token = mail.mail.headers["List-Unsubscribe"].partition("?t=")[2].rstrip(">")

    for _ in range(2):
        assert unsubscribe(token, ledger=office.ledger, pepper=PEPPER, now=office.now)
    assert not unsubscribe(f"{token}0", ledger=office.ledger, pepper=PEPPER, now=office.now)
    assert not unsubscribe(token_of("spring.opener.nobody", PEPPER), ledger=office.ledger, pepper=PEPPER, now=MONDAY)

    assert [row["reason"] for row in office.ledger.suppressions.all()] == ["unsubscribed"]
    assert state_of(office.ledger, bump.send_key) == "cancelled"
