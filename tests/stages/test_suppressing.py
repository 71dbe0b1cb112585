"""An operator's word on who must not be mailed: at once, for good, and taken back only by name."""

import pytest

from resources.ledger.suppressions import Suppression, SuppressionReason
from stages.suppressing import NobodyMeant, lift, meant_by, standing, suppress
from tests.builders import PEPPER, prepared, state_of
from tests.stages.office import Office


@pytest.mark.rule("A10")
@pytest.mark.parametrize("who", ["Person1@firm1.com", "firm1.com", "www.firm1.com"])
async def test_a_suppressed_address_or_company_is_not_mailed(office: Office, who: str) -> None:
    key = meant_by("person1@firm1.com", PEPPER).key
    send = prepared(office.ledger, 1, address="person1@firm1.com", address_hash=key, company_key="firm1.com")
    meant = meant_by(who, PEPPER)

    assert suppress(meant, reason="asked by phone", ledger=office.ledger, actor="operator", now=office.now)
    assert not suppress(meant, reason="asked again", ledger=office.ledger, actor="operator", now=office.now)

    await office.send()
    assert (office.accepted, state_of(office.ledger, send.send_key)) == ([], "cancelled")


def test_a_lift_is_a_persons_word_in_the_journal_and_the_row_stays(office: Office) -> None:
    meant = meant_by("firm1.com", PEPPER)
    suppress(meant, reason="a mistake", ledger=office.ledger, actor="operator", now=office.now)

    lifted = lift(meant, reason="it was firm2", ledger=office.ledger, actor="operator", now=office.now)

    assert [row["reason"] for row in lifted] == ["do_not_contact"]
    assert list(standing(meant, ledger=office.ledger, now=office.now)) == []
    assert len(office.ledger.suppressions.all()) == 1
    assert lift(meant, reason="again", ledger=office.ledger, actor="operator", now=office.now) == []
    with office.ledger.transactions.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM journal ORDER BY seq").scalars().all()
    assert kinds[-2:] == ["suppressed", "suppression.lifted"]
    assert office.ledger.verify()


def test_what_was_lifted_does_not_come_back_by_the_same_fact_and_does_by_a_new_one(office: Office) -> None:
    """The events of the last days are read again at every look."""
    key = meant_by("a@firm1.com", PEPPER).key
    fact = Suppression("address", key, SuppressionReason.HARD_BOUNCE, office.now, "provider_event", "e1")
    office.ledger.suppressions.add([fact], now=office.now)
    meant = meant_by("a@firm1.com", PEPPER)
    lift(meant, reason="the mailbox is back", ledger=office.ledger, actor="operator", now=office.now)

    assert office.ledger.suppressions.add([fact], now=office.now) == 0
    assert list(standing(meant, ledger=office.ledger, now=office.now)) == []
    later = Suppression("address", key, SuppressionReason.HARD_BOUNCE, office.now, "provider_event", "e2")
    assert office.ledger.suppressions.add([later], now=office.now) == 1


@pytest.mark.parametrize("who", ["", "nobody", "a@", "no such.thing"])
def test_what_is_neither_address_nor_domain_is_said_so(who: str) -> None:
    with pytest.raises(NobodyMeant):
        meant_by(who, PEPPER)
