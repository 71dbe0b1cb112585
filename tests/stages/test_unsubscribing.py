"""The link that ends it: whose token counts, and whom it stops."""

import pytest

from rules.addresses import normalise_address
from rules.hashing import address_hash, send_key
from stages.importing import import_rows
from stages.unsubscribing import read_token, token_of, unsubscribe, unsubscribe_link
from tests.builders import MONDAY, PEPPER, prepared, state_of
from tests.stages.office import Office, lead


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


@pytest.mark.rule("A10")
async def test_a_wish_is_kept_whose_mail_a_restored_ledger_has_forgotten(office: Office) -> None:
    await import_rows(office.base, [lead(number) for number in range(3)], key="Email")
    await office.receive()
    wanted = normalise_address(str(lead(2)["Email"]))
    token = token_of(send_key("spring", "opener", wanted), PEPPER)

    assert unsubscribe(token, ledger=office.ledger, pepper=PEPPER, now=office.now)

    (row,) = office.ledger.suppressions.all()
    assert (row["key"], row["reason"]) == (address_hash(wanted, PEPPER), "unsubscribed")
