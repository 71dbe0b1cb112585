"""Opening a ledger: created once, refused where a commit could be forgotten or the schema is of another version."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from resources.ledger.ledger import Ledger, Place
from resources.ledger.opening import open_transactions, verify_durability
from resources.ledger.schema import SCHEMA_VERSION, meta, metadata, moment_text
from resources.ledger.suppressions import Suppression, SuppressionReason
from resources.ledger.transactions import LedgerError
from rules.engagement import event_keys
from rules.hashing import content_hash
from tests.builders import DAY, MONDAY, sending
from tests.events import NewEvent, hear


@pytest.mark.rule("B38")
def test_opening_twice_creates_once(place: Place) -> None:
    if not place.url:
        pytest.skip("a fake ledger is made, not opened")
    first = Ledger.open(place)
    again = Ledger.open(place)
    assert (first.verify(), again.verify()) == (0, 0)
    first.close()
    again.close()


def test_an_empty_postgres_is_made_ready(empty_postgres: str) -> None:
    transactions = open_transactions(empty_postgres)
    with transactions.read() as connection:
        assert set(sa.inspect(connection).get_table_names()) == set(metadata.tables)
    transactions.engine.dispose()


@pytest.mark.rule("B10")
@pytest.mark.parametrize("url", ["file", "postgres"], indirect=True)
def test_a_ledger_of_another_version_is_refused_with_what_to_do(place: Place, ledger: Ledger) -> None:
    with ledger.transactions.write() as (connection, _):
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value="0"))
    try:
        with pytest.raises(
            LedgerError, match=rf"schema 0, this program needs {SCHEMA_VERSION}; run the release that wrote it"
        ):
            Ledger.open(place)
    finally:
        with ledger.transactions.write() as (connection, _):
            connection.execute(meta.update().where(meta.c.key == "schema_version").values(value=SCHEMA_VERSION))


@pytest.mark.rule("B10")
def test_a_ledger_of_the_first_release_is_brought_forward_with_all_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((Path(__file__).parents[2] / "data" / "ledger_schema_1.sql").read_text())
        connection.execute("INSERT INTO mirrored VALUES ('rec1', 'abc', '2026-11-21T08:00:00.000000Z')")
    connection.close()

    transactions = open_transactions(f"sqlite:///{path}")

    with transactions.read() as opened:
        assert columns(opened) == {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
        assert opened.execute(sa.text("SELECT record_id, content_hash FROM mirrored")).all() == [("rec1", "abc")]
    transactions.engine.dispose()


@pytest.mark.rule("B10")
@pytest.mark.parametrize("url", ["file", "postgres"], indirect=True)
def test_events_and_lifted_suppressions_of_an_older_ledger_are_known_when_told_again(
    place: Place, ledger: Ledger
) -> None:
    (key,) = event_keys(["<m@relay>"], ["unsubscribed"], [moment_text(MONDAY)], ["grace@harbour.com"], [""])
    older = content_hash(["m@relay", "unsubscribed", "2026-11-23T10:00:00+00:00", "grace@harbour.com", ""])

    def event(key: str) -> NewEvent:
        return NewEvent(key, DAY, "unsubscribed", "<m@relay>", None, "hash", MONDAY, None, None, "{}")

    def fact(key: str) -> Suppression:
        return Suppression("address", "hash", SuppressionReason.UNSUBSCRIBED, MONDAY, "provider_event", key)

    assert hear(ledger, [event(older)], now=MONDAY)
    assert ledger.suppressions.add([fact(older)], now=MONDAY) == 1
    with ledger.transactions.write() as (connection, _):
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value="1"))

    opened = Ledger.open(place)

    assert hear(opened, [event(key)], now=MONDAY) == []
    assert opened.suppressions.add([fact(key)], now=MONDAY) == 0
    opened.close()


@pytest.mark.parametrize("url", ["file", "postgres"], indirect=True)
def test_what_an_older_ledger_lacks_is_added_on_each_engine(place: Place, ledger: Ledger) -> None:
    with ledger.transactions.write() as (connection, _):
        connection.execute(sa.text("DROP TABLE mirrored"))
        connection.execute(sa.text("ALTER TABLE paid_call DROP COLUMN text"))
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value="1"))

    opened = Ledger.open(place)

    with opened.transactions.read() as connection:
        assert columns(connection) == {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
    opened.close()


@pytest.mark.rule("B10")
@pytest.mark.parametrize("url", ["file", "postgres"], indirect=True)
def test_events_of_the_second_version_get_their_tags(place: Place, ledger: Ledger) -> None:
    mine = sending(ledger)
    ledger.sends.accepted(mine, message_id="<m@relay>", now=MONDAY)
    own = NewEvent("1", DAY, "request", "<m@relay>", mine.send_key, "hash", MONDAY, None, None, "{}")
    told = [own, replace(own, event_key="2", message_id="<n@relay>"), replace(own, event_key="3", send_key=None)]
    hear(ledger, told, now=MONDAY)
    with ledger.transactions.write() as (connection, _):
        connection.execute(sa.text("DROP INDEX provider_event_tag"))
        connection.execute(sa.text("ALTER TABLE provider_event DROP COLUMN tag"))
        connection.execute(sa.text("CREATE INDEX provider_event_send ON provider_event (send_key)"))
        connection.execute(sa.text("CREATE INDEX send_message ON send (message_id)"))
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value="2"))

    opened = Ledger.open(place)

    with opened.transactions.read() as connection:
        tags = connection.execute(sa.text("SELECT event_key, tag FROM provider_event ORDER BY event_key")).all()
        indexes = {
            index["name"] for name in ("send", "provider_event") for index in sa.inspect(connection).get_indexes(name)
        }
    assert tags == [("1", None), ("2", mine.send_key), ("3", None)]
    assert {"provider_event_tag", "send_named"} <= indexes
    assert not {"provider_event_send", "send_message"} & indexes
    opened.close()


@pytest.mark.parametrize("url", ["file", "postgres"], indirect=True)
def test_the_counts_of_the_third_version_get_indexes_of_their_own(place: Place, ledger: Ledger) -> None:
    with ledger.transactions.write() as (connection, _):
        connection.execute(sa.text("DROP INDEX send_counted"))
        connection.execute(sa.text("DROP INDEX send_counted_day"))
        connection.execute(sa.text("CREATE INDEX send_intent_day ON send (intent_day)"))
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value="3"))

    opened = Ledger.open(place)

    with opened.transactions.read() as connection:
        indexes = {index["name"]: index["column_names"] for index in sa.inspect(connection).get_indexes("send")}
    assert indexes["send_counted"] == ["state", "intent_at", "kind"]
    assert indexes["send_counted_day"] == ["intent_day", "kind", "state"]
    assert "send_intent_day" not in indexes
    opened.close()


def columns(connection: sa.Connection) -> dict[str, set[str]]:
    there = sa.inspect(connection)
    return {name: {column["name"] for column in there.get_columns(name)} for name in there.get_table_names()}


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(LedgerError, match="cannot be opened"):
        open_transactions(f"sqlite:///{path}")


def test_only_two_engines_are_taken() -> None:
    with pytest.raises(LedgerError, match="SQLite or Postgres, not in 'mysql'"):
        open_transactions("mysql://localhost/ledger")


def test_a_file_left_in_wal_mode_is_brought_back_to_the_rollback_journal(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()

    transactions = open_transactions(f"sqlite:///{path}")

    with transactions.read() as opened:
        assert opened.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "delete"
        assert opened.exec_driver_sql("PRAGMA synchronous").scalar_one() == 3
    transactions.engine.dispose()


def test_a_file_that_another_program_keeps_in_wal_mode_is_refused(tmp_path: Path) -> None:
    """With WAL and synchronous=NORMAL a commit that returned may be gone after a power cut (I5)."""
    path = tmp_path / "ledger.db"
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE theirs (x)")
    other.execute("BEGIN")
    other.execute("INSERT INTO theirs VALUES (1)")
    try:
        with pytest.raises(LedgerError):
            open_transactions(f"sqlite:///{path}")
    finally:
        other.close()


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "WAL"), ("synchronous", "NORMAL")])
def test_settings_that_forget_are_refused(tmp_path: Path, pragma: str, value: str) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = EXTRA")
        connection.exec_driver_sql(f"PRAGMA {pragma} = {value}")
        with pytest.raises(LedgerError, match="journal_mode=delete and synchronous=EXTRA"):
            verify_durability(connection, postgres=False)
    engine.dispose()


def test_a_postgres_that_does_not_wait_for_its_disk_is_refused(clean_postgres: str) -> None:
    engine = sa.create_engine(clean_postgres)
    with engine.connect() as connection:
        connection.exec_driver_sql("SET synchronous_commit = off")
        with pytest.raises(LedgerError, match="synchronous_commit=off: a committed send could be forgotten"):
            verify_durability(connection, postgres=True)
    engine.dispose()


@pytest.mark.rule("B13")
def test_a_closed_ledger_holds_no_connection(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path / 'deep' / 'ledger.db'}", tmp_path / "witness", "spring", "m")
    ledger = Ledger.open(place)
    ledger.close()
    pool: Any = ledger.transactions.engine.pool
    assert pool.checkedout() == 0


def test_a_ledger_named_by_a_uri_makes_the_folder_of_its_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working_directory = tmp_path / "working"
    working_directory.mkdir()
    monkeypatch.chdir(working_directory)

    transactions = open_transactions(f"sqlite:///file:{tmp_path}/a%20home/ledger.db?mode=rwc&uri=true")
    transactions.engine.dispose()

    assert (tmp_path / "a home" / "ledger.db").is_file()
    assert list(working_directory.iterdir()) == []
