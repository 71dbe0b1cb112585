"""`outbound drafts`: what waits, a person's word on it, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from resources.ledger.approvals import Held
from resources.ledger.gate import machine_id
from resources.ledger.ledger import Ledger, Place
from rules.mail import Mail
from tests.builders import MONDAY, new_send
from tests.cli.homes import campaign_in, outbound_here


@pytest.mark.rule("A11")
def test_drafts_are_listed_shown_and_decided_by_their_code(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    ledger = Ledger.open(Place(f"sqlite:///{home / 'ledger.db'}", home / "witness.json", "acme-spring", machine_id()))
    text = "Hello Grace,\n\nhow do ships find you?"
    send = replace(new_send(), mail=Mail("A question", f"{text}\n\nAda\n"))
    held = Held(send=send, written=text, prompt="1-abc", because="on trial", grounds={}, first_hash=send.mail.digest)
    ledger.approvals.hold(held, now=MONDAY)

    (listed,) = json.loads(outbound_here(home, "drafts", "list", "--json").stdout)
    assert (listed["code"], listed["text"], listed["because"]) == (held.code, text, "on trial")
    assert "how do ships find you?" in outbound_here(home, "drafts", "show", held.code).stdout
    unknown = outbound_here(home, "drafts", "approve", "00000000")
    assert (unknown.exit_code, "`outbound drafts list`" in unknown.stderr) == (2, True)
    missing = outbound_here(home, "drafts", "edit", held.code, "--file", str(tmp_path / "no.txt"))
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)

    said = outbound_here(home, "drafts", "reject", held.code, "--reason", "too long")
    assert (said.exit_code, "not written again" in said.stderr) == (0, True)
    assert "No draft waits" in outbound_here(home, "drafts", "list").stderr
    assert ledger.approvals.of_lead("rec1")[0].reason == "too long"
    ledger.close()
