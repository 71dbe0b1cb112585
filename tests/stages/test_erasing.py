"""Forgetting a person: no trace in any store, and they stay suppressed for good."""

from pathlib import Path

import pytest

from outbound_assets import tables
from resources.ledger import ledger as book
from resources.ledger.erasing import Person, erase_person
from resources.ledger.inbox import InboxSource
from resources.ledger.ledger import Ledger
from resources.ledger.transactions import LedgerError
from resources.warehouse.store import Warehouse
from rules.hashing import address_hash
from stages.erasing import empty_mirror, erase, frames_of
from stages.leads import all_leads, lead_frame
from stages.replying import reply_frame
from stages.sending import send_frame
from tests.builders import PEPPER, claimed
from tests.stages.office import Office, lead
from tests.stages.test_replying import arrives, read

ADDRESS, NAME = "grace@harbour1.com", "Grace Canary"
CANARIES = (b"grace@harbour1.com", b"Canary", b"canary")


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def a_whole_conversation(office: Office) -> str:
    """Somebody who was received, written to, and answered; a colleague who names them; posts that carry them."""
    (record_id, _) = office.add(
        lead(1, **{"Name": NAME, "Last Name": "Canary"}), lead(2, Name="Other Person", Email="other@harbour2.com")
    )
    await office.receive()
    await office.outreach()
    office.later(hours=2)
    arrives(office, f"Not interested. {NAME}, {ADDRESS}", sender=ADDRESS)
    arrives(office, f"I know {NAME} ({ADDRESS}) well. Grüße aus Köln", sender="other@harbour2.com")
    await read(office)
    office.ledger.inbox.keep(InboxSource.BREVO_EVENTS, f'{{"email": "{ADDRESS}"}}'.encode(), now=office.now)
    office.ledger.keepsakes.keep("daily_digest", "2026-11-23", f"{NAME} answered".encode(), now=office.now)
    return record_id


async def test_no_trace_of_a_person_stays_in_any_store(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "stores"
    folder.mkdir()
    office.ledger.close()
    office.ledger = Ledger.open(
        book.Place(f"sqlite:///{folder}/ledger.db", tmp_path / "w.json", office.campaign.id, "machine-1")
    )
    record_id = await a_whole_conversation(office)
    store = Warehouse(folder / "warehouse.duckdb")
    day = office.now.date().isoformat()
    store.replace(tables.LEADS, lead_frame(all_leads(office.ledger, office.campaign)), partition=day)
    store.replace(tables.SENDS, send_frame(office.ledger, day), partition=day)
    store.replace(tables.REPLIES, reply_frame(office.ledger, day), partition=day)
    assert all(canary in everything(folder) for canary in CANARIES[:2])
    mails = office.ledger.questions.mails_of(record_id)

    done = erase(
        ADDRESS, ledger=office.ledger, campaign=office.campaign, pepper=PEPPER, actor="operator", now=office.now
    )
    store.erase(tables.ALL, lead_ids=done.lead_ids, words=done.words)
    for name, partition, frame in frames_of(done.days, ledger=office.ledger, campaign=office.campaign):
        store.replace(next(table for table in tables.ALL if table.name == name), frame, partition=partition)

    assert done.lead_ids == (record_id,)
    assert {canary: everything(folder).count(canary) for canary in CANARIES} == dict.fromkeys(CANARIES, 0)
    assert office.ledger.verify()
    assert store.read(tables.LEADS).height == 2
    again = office.ledger.questions.mails_of(record_id)
    assert [(row["send_key"], row["state"], row["message_id"]) for row in again] == [
        (row["send_key"], row["state"], row["message_id"]) for row in mails
    ]


@pytest.mark.rule("A10")
async def test_who_was_forgotten_stays_suppressed_and_is_not_taken_in_again(office: Office) -> None:
    record_id = await a_whole_conversation(office)
    erase(ADDRESS, ledger=office.ledger, campaign=office.campaign, pepper=PEPPER, actor="operator", now=office.now)

    await office.receive(full=True)
    office.add(lead(9, Email=ADDRESS, Company="Harbour 1 Works", Website="https://harbour1.com"))
    await office.receive()
    plan = await office.plan()

    rows = {row["lead_id"]: row for row in plan.frame.iter_rows(named=True)}
    assert rows[record_id]["standing"] == "excluded"
    assert office.ledger.records.find([record_id])[0].fields == {}
    (back,) = [row for lead_id, row in rows.items() if row["company_key"] == "harbour1.com" and lead_id != record_id]
    assert back["standing"] == "excluded"
    assert back["reason"].startswith("suppressed: ")
    reasons = {row["reason"] for row in office.ledger.suppressions.all() if row["key"] == address_hash(ADDRESS, PEPPER)}
    assert "erased" in reasons


async def test_erasing_again_names_the_same_leads(office: Office) -> None:
    """The base may have been away the first time."""
    office.add(lead(1, **{"Name": NAME, "Last Name": "Canary"}))
    await office.receive()
    told = [
        erase(ADDRESS, ledger=office.ledger, campaign=office.campaign, pepper=PEPPER, actor="operator", now=office.now)
        for _ in range(2)
    ]
    assert len(told[0].lead_ids) == 1
    assert told[0].lead_ids == told[1].lead_ids


async def test_the_machines_fields_in_the_base_are_emptied(office: Office) -> None:
    (record_id,) = office.add(lead(1, Audit=f"wrote to {NAME}"))
    assert await empty_mirror(office.base, [record_id], campaign=office.campaign) == 1
    (record,) = await office.base.records(record_ids=[record_id])
    assert "Audit" not in record.fields


def test_nobody_is_forgotten_while_a_mail_to_them_is_being_sent(office: Office) -> None:
    claim = claimed(office.ledger, 1)
    row = office.ledger.questions.send_of(claim.send_key)
    assert row is not None
    person = Person(row["address_hash"], ("rec1",), (row["address"],))

    with pytest.raises(LedgerError, match="being sent right now"):
        erase_person(office.ledger.transactions, person, actor="operator", now=office.now)
