"""Real processes, killed: a bounded sample of `make crash`, on both engines of the ledger."""

import pytest

from rules.sending import SendState
from tests.processes.crew import Crew
from tests.processes.kills import run_kills


@pytest.mark.slow
@pytest.mark.rule("A7")
@pytest.mark.rule("B5")
def test_senders_killed_again_and_again_send_nothing_twice_and_lose_nothing(crew: Crew) -> None:
    """Invariants I1, I5 and I8 against the provider's own outbox, while it lies."""
    toll = run_kills(crew, kills=5, seed=1)

    assert toll.doubles == 0
    assert toll.ended[SendState.ACCEPTED] + toll.ended[SendState.PRESUMED] == toll.mails
    assert toll.ended[SendState.ACCEPTED] > 0.5 * toll.mails
