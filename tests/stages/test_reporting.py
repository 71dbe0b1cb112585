"""What is shown of leads and days: status, mirror, metrics. Each is a fold of facts, and none of them is one."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from resources.ledger.work import Item
from rules.airtable_fields import MACHINE_OWNED, OPERATOR_OWNED
from rules.failures import FailureKind, ServiceFailure
from rules.outcomes import Done
from stages.funnel import metrics_of
from stages.metrics import conserved, totals
from stages.mirroring import AUDIT_LIMIT, audit_texts, write_mirror
from stages.queueing import kept_plan
from stages.status import fold_status
from tests.builders import DAY, MONDAY, prepared, sending
from tests.stages.doubles import Postman
from tests.stages.office import Office, lead


async def status(office: Office) -> pl.DataFrame:
    await office.plan()
    day = office.now.astimezone(office.campaign.zone).date().isoformat()
    return fold_status(await office.judged(), kept_plan(office.ledger, day), ledger=office.ledger)


async def mirror(office: Office) -> Any:
    return await write_mirror(
        office.base, await status(office), ledger=office.ledger, campaign=office.campaign, clock=office.clock
    )


@pytest.mark.rule("B6")
@pytest.mark.parametrize(
    ("fate", "said"),
    [
        ("delivered", "contacted"), ("hard_bounce", "bounced"), ("complaint", "complained"),
        ("unsubscribe", "unsubscribed"), ("reply_positive", "replied"), ("reply_refusal", "refused"),
        ("reply_wrong_person", "wrong person"),
    ],
)  # fmt: skip
async def test_a_lead_stands_where_its_facts_put_it(office: Office, fate: str, said: str) -> None:
    office.add(lead(1))
    await office.receive()
    office.world.script("grace@harbour1.com", fate, after=timedelta(hours=1))
    await office.outreach()
    office.clock.move_to(MONDAY + timedelta(days=2))
    await office.listen()

    (row,) = (await status(office)).iter_rows(named=True)
    assert (row["status"], row["step"], row["sent_steps"]) == (said, "opener", 1)
    assert row["last_sent_at"] == MONDAY


@pytest.mark.parametrize(
    ("fields", "said"),
    [({}, "verified"), ({"Email": "bad"}, "rejected"), ({"Do Not Contact": True}, "do not contact"),
     ({"Email": "g@gmail.com"}, "unverifiable"), ({"Attribution Override": "mismatch"}, "mismatch")],
)  # fmt: skip
async def test_a_lead_nobody_wrote_to_says_why(office: Office, fields: dict[str, Any], said: str) -> None:
    office.add(lead(1, **fields))
    await office.receive()
    (row,) = (await status(office)).iter_rows(named=True)
    assert (row["status"], row["sent_steps"], row["cost_usd"]) == (said, 0, 0.0)


async def test_an_unknown_outcome_is_shown_as_one(office: Office) -> None:
    (record,) = office.add(lead(1))
    await office.receive()
    claim = sending(office.ledger, 1, lead_id=record)
    office.ledger.sends.unknown(claim, reason="broke off", now=MONDAY)
    assert (await status(office))["status"].to_list() == ["unknown"]


@pytest.mark.rule("B9")
@pytest.mark.rule("A2")
async def test_the_mirror_writes_what_changed_in_batches_of_ten(office: Office) -> None:
    office.add(*(lead(number) for number in range(23)))
    await office.receive()

    first = await mirror(office)
    again = await mirror(office)
    await office.outreach()
    third = await mirror(office)

    assert (first.changed, first.written, first.requests) == (23, 23, 3)
    assert (again.changed, again.requests) == (0, 0)
    assert (third.changed, third.requests) == (23, 3)
    assert third.rejected == {}


@pytest.mark.rule("B9")
@pytest.mark.rule("B6")
async def test_an_operators_field_is_never_written(office: Office) -> None:
    (record,) = office.add(lead(1, Notes="mine", Priority=0))
    await office.receive()
    before = (await office.base.records())[0].fields
    await mirror(office)
    after = (await office.base.records())[0].fields

    names = office.campaign.airtable.fields
    theirs = {getattr(names, name) for name in OPERATOR_OWNED} | {"Notes"}
    assert {name: value for name, value in after.items() if name in {*theirs, "Last Modified"}} == before
    ours = {getattr(names, name) for name in MACHINE_OWNED}
    assert set(after) - theirs <= ours | {"Last Modified"}
    assert after["Status"] == "verified"
    assert office.ledger.keepsakes.mirror_hashes().keys() == {record}


async def test_a_record_the_base_refuses_is_told_and_tried_again(office: Office) -> None:
    office.add(lead(1), lead(2))
    await office.receive()
    office.world.faults.arm("airtable.record_vanishes", count=1)

    report = await mirror(office)

    assert (report.changed, report.written, len(report.rejected)) == (2, 1, 1)
    assert (await mirror(office)).changed == 1


async def test_a_lost_mirror_is_rewritten_whole(office: Office) -> None:
    office.add(lead(1))
    await office.receive()
    await mirror(office)
    with office.ledger.transactions.write() as (connection, _):
        connection.exec_driver_sql("DELETE FROM mirrored")
    assert (await mirror(office)).written == 1


@pytest.mark.rule("A11")
async def test_the_audit_text_tells_the_story_in_lines(office: Office) -> None:
    (record,) = office.add(lead(1))
    await office.receive()
    office.world.script("grace@harbour1.com", "reply_refusal", after=timedelta(hours=1))
    await office.outreach()
    office.clock.move_to(MONDAY + timedelta(days=2))
    await office.listen()

    lines = audit_texts(office.ledger, office.campaign)[record].splitlines()
    said = [line[17:] for line in lines]
    assert said[0] == "address judged"
    assert said[1].startswith("opener written (")
    assert said[2] == "sent: opener"
    assert {"answered: refusal", "not to be mailed: refused"} <= set(said)
    assert all(line.startswith(("2026-11-23 11:00", "2026-11-25 11:00")) for line in lines)


async def test_an_audit_text_never_outgrows_its_cell(office: Office) -> None:
    for number in range(900):
        office.ledger.work.record(Item("verdict", "rec1", f"{number}", DAY, "rec1"), Done({"n": 1}), now=MONDAY)
    assert len(audit_texts(office.ledger, office.campaign)["rec1"]) == AUDIT_LIMIT


@pytest.mark.rule("B26")
async def test_metrics_conserve_and_count_each_mail_once(office: Office) -> None:
    """Invariant I8: planned equals the sum over the states."""
    for number in range(12):
        send = prepared(office.ledger, number, variant=("first", "second")[number % 2])
        fate = {0: "hard_bounce", 1: "click", 2: "open"}.get(number)
        if fate:
            office.world.script(send.address, fate, after=timedelta(minutes=5))
    postman: Any = Postman(office.provider, ServiceFailure.of(FailureKind.PERMANENT, "brevo", "x", "no"))
    await office.send(postman)
    office.ledger.sends.unknown(sending(office.ledger, 50), reason="broke off", now=office.now)
    office.ledger.sends.cancel(
        [prepared(office.ledger, 51).send_key], reason="withdrawn", actor="operator", now=office.now
    )
    prepared(office.ledger, 52)
    office.later(hours=2)
    await office.listen()

    frame = metrics_of(DAY, office.ledger)

    sums = totals(frame)
    assert conserved(frame)
    assert frame["variant"].to_list() == ["first", "second"]
    assert (sums["planned"], sums["accepted"], sums["rejected"]) == (15, 11, 1)
    assert (sums["unknown"], sums["cancelled"], sums["open"]) == (1, 1, 1)
    assert (sums["hard_bounces"], sums["human_replies"]) == (1, 0)
    assert frame["reply_rate"].to_list() == [0.0, 0.0]


async def test_no_mails_make_no_rates(office: Office) -> None:
    empty = metrics_of(DAY, office.ledger)
    assert empty.is_empty()
    assert totals(empty)["accepted"] == 0
    assert conserved(empty)
