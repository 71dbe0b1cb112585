"""`outbound unknown`: the list, a person's word, and what it refuses."""

import json
from pathlib import Path

import pytest

from resources.ledger.gate import machine_id
from resources.ledger.ledger import Ledger, Place
from tests.builders import MONDAY, sending, state_of
from tests.cli.homes import campaign_in, outbound_here


@pytest.mark.rule("A11")
def test_an_unknown_send_is_listed_and_settled_only_on_an_explicit_word(tmp_path: Path) -> None:
    home = campaign_in(tmp_path / "home")
    ledger = Ledger.open(Place(f"sqlite:///{home / 'ledger.db'}", home / "witness.json", "acme-spring", machine_id()))
    claim = sending(ledger)
    ledger.sends.unknown(claim, reason="the connection broke", now=MONDAY)

    (listed,) = json.loads(outbound_here(home, "unknown", "--json").stdout)["unknown"]
    assert (listed["send_key"], listed["why"]) == (claim.send_key, "the connection broke")
    hesitating = outbound_here(home, "unknown", claim.send_key, "--not-sent")
    assert (hesitating.exit_code, "--yes" in hesitating.stderr) == (2, True)
    assert "gets it twice" in outbound_here(home, "unknown", claim.send_key, "--not-sent", "--again").stderr
    assert outbound_here(home, "unknown", claim.send_key).exit_code == 2
    assert state_of(ledger, claim.send_key) == "unknown"

    settled = outbound_here(home, "unknown", claim.send_key[-8:], "--not-sent", "--yes")
    assert (settled.exit_code, "never sent again" in settled.stderr) == (0, True)
    assert state_of(ledger, claim.send_key) == "rejected"
    ledger.close()
    assert "Nothing is unknown" in outbound_here(home, "unknown").stdout
