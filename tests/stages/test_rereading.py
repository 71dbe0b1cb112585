"""The operator's last word: whoever is next is read again just before sending, with few requests."""

from typing import Any

import pytest

from resources.airtable.gateway import LeadBase
from rules.airtable_fields import WhenUnread
from rules.failures import FailureKind, ServiceFailure
from stages.rereading import UNREAD_STAMP
from tests.stages.office import Office, lead


@pytest.fixture
def office(office: Office) -> Office:
    office.rereads = True
    return office


async def ready(office: Office, number: int = 1) -> list[str]:
    """People with written mails that wait for the sender; their record ids."""
    added = office.add(*(lead(each) for each in range(1, number + 1)))
    await office.receive()
    rows = await office.picked()
    await office.research(rows)
    await office.draft(rows)
    return added


def states(office: Office) -> dict[str, tuple[str, str | None]]:
    rows = office.ledger.sends.of_day(office.now.date().isoformat())
    return {row["lead_id"]: (row["state"], row["reason"]) for row in rows}


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"Do_Not_Contact": True}, "the operator set do-not-contact"),
    ({"Email": "grace.h@harbour1.com"}, "the address on the record was changed"),
    ({"Email": "nonsense"}, "nonsense"),
    ({"Attribution_Override": "mismatch"}, "the address was not verified: mismatch"),
]


@pytest.mark.rule("A10")
@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=[reason for _, reason in CHANGES])
async def test_what_the_operator_changed_since_the_plan_keeps_the_mail_back(
    office: Office, change: dict[str, Any], reason: str
) -> None:
    first, second = await ready(office, 2)
    office.change(first, **change)

    report = await office.send()

    assert office.accepted == ["grace@harbour2.com"]
    state, why = states(office)[first]
    assert (state, reason in (why or "")) == ("cancelled", True)
    assert states(office)[second][0] == "accepted"
    assert report.conserved


async def test_a_record_that_was_deleted_or_left_the_view_is_not_mailed(office: Office) -> None:
    first, _ = await ready(office, 2)
    office.remove(first)

    await office.send()

    assert office.accepted == ["grace@harbour2.com"]
    assert "no longer in the view" in str(states(office)[first][1])
    assert not office.ledger.records.find([first])[0].in_view


async def test_a_flag_holds_by_itself_until_the_plan_knows_it(office: Office) -> None:
    """The plan's own leads are an hour old: without this the mail would be written again every quarter of an hour."""
    first, *_ = await ready(office)
    office.change(first, Do_Not_Contact=True)
    await office.send()
    paid = office.paid

    await office.outreach()

    assert (office.accepted, office.paid) == ([], paid)


async def test_a_flag_counts_the_moment_the_intake_reads_it(office: Office) -> None:
    first, *_ = await ready(office)
    office.change(first, Do_Not_Contact=True)
    await office.receive()

    assert states(office)[first] == ("cancelled", "the operator set do-not-contact")


class Away:
    """A base that cannot be read."""

    async def records(self, **_: Any) -> Any:
        raise ServiceFailure.of(FailureKind.TRANSIENT, "airtable", "unreachable", "no answer")


@pytest.mark.rule("B2")
@pytest.mark.parametrize(("when_unread", "sent"), [(WhenUnread.DEFER, 0), (WhenUnread.SEND, 1)])
async def test_a_base_that_is_away_keeps_every_mail_back_unless_told_otherwise(
    office: Office, when_unread: WhenUnread, sent: int
) -> None:
    await ready(office)
    airtable = office.campaign.airtable.model_copy(update={"when_unread": when_unread})
    office.campaign = office.campaign.model_copy(update={"airtable": airtable})
    base: Any = Away()
    office.base = base

    report = await office.send()

    assert len(office.accepted) == sent
    assert (report.reasons == {}) is (sent == 1)
    stamp = office.ledger.flags.stamped(UNREAD_STAMP)
    assert stamp is not None
    assert "no answer" in stamp[1]


async def test_a_hundred_leads_cost_one_request(office: Office) -> None:
    await ready(office, 3)
    counted = Counting(office.base)
    base: Any = counted
    office.base = base

    await office.send()

    assert len(office.accepted) == 3
    assert counted.asked == [3]


class Counting:
    """A base that notes how many records it is asked for at once."""

    def __init__(self, base: LeadBase) -> None:
        self._base = base
        self.asked: list[int] = []

    async def records(self, **options: Any) -> Any:
        self.asked.append(len(options["record_ids"]))
        return await self._base.records(**options)
