"""The small model: what sends twice is shown to, in the fewest steps; what we do holds in every state."""

from dataclasses import replace
from functools import cache

import pytest

from simulation.model.__main__ import main
from simulation.model.policies import OURS, OURS_RESTORED, POLICIES, Policy
from simulation.model.search import Result
from simulation.model.search import explore as search


@cache
def explore(policy: Policy) -> Result:
    """One lead and two workers, searched once for all tests."""
    return search(policy)


UNSAFE = [policy for policy in POLICIES if not policy.safe]
SAFE = [policy for policy in POLICIES if policy.safe]
RESTORED = {policy.name: policy for policy in POLICIES if policy.restore}


@pytest.mark.parametrize("policy", UNSAFE, ids=lambda policy: policy.name)
def test_the_tempting_ways_break_an_invariant(policy: Policy) -> None:
    result = explore(policy)
    assert result.stories
    assert all(2 <= len(story.steps) <= 12 for story in result.stories)


@pytest.mark.rule("A7")
@pytest.mark.parametrize("policy", SAFE, ids=lambda policy: policy.name)
def test_what_is_called_safe_holds_in_every_state_and_every_send_can_end(policy: Policy) -> None:
    result = explore(policy)
    assert result.stories == ()
    assert result.stuck == 0
    assert result.states > 900


@pytest.mark.rule("A7")
def test_ours_holds_for_three_workers_and_for_two_leads() -> None:
    assert search(OURS, workers=3, fold=True).stories == ()
    assert search(replace(OURS, claims=1), leads=2, workers=3, fold=True).stories == ()


def test_the_shortest_story_of_a_send_that_goes_back_to_ready() -> None:
    (story,) = explore(POLICIES[0]).stories
    assert story.invariant == "I1"
    assert story.steps[:6] == (
        "worker 1 claims it (epoch 1)",
        "worker 1 commits its intent (epoch 1)",
        "worker 1 makes its request",
        "the provider takes the mail of worker 1",
        "the lease runs out",
        "the reaper makes it ready",
    )
    assert story.steps[-1] == "the provider takes the mail of worker 2"


def test_a_look_up_is_fooled_by_its_lag_by_the_network_and_by_a_paused_holder() -> None:
    stories = {
        policy.resend: explore(policy).stories[0].steps
        for policy in POLICIES
        if policy.resend != "never" and not policy.safe
    }
    assert "the look-up shows the mail" not in stories[POLICIES[3].resend]
    assert stories[POLICIES[4].resend][-1] == "a request of the past arrives and is taken"
    resent = stories[POLICIES[5].resend].index("the look-up finds nothing: ready again")
    assert stories[POLICIES[5].resend][resent + 1] == "worker 1 makes its request"


def test_a_suppression_that_is_read_outside_comes_too_late() -> None:
    (story,) = explore(next(policy for policy in POLICIES if "outside" in policy.name)).stories
    assert story.invariant == "I2"
    assert story.steps[-2:] == ("the person objects, durably", "worker 1 commits its intent (epoch 1)")


def test_a_restored_ledger_sends_again_unless_it_waits_for_what_the_provider_has() -> None:
    assert explore(OURS_RESTORED).stories == ()
    for name, policy in RESTORED.items():
        if policy is not OURS_RESTORED:
            assert {story.invariant for story in explore(policy).stories} == {"I1", "I2"}, name


def test_folding_states_changes_no_verdict() -> None:
    for policy in POLICIES[3:9]:
        folded, whole = search(policy, fold=True), explore(policy)
        assert {story.invariant for story in folded.stories} == {story.invariant for story in whole.stories}
        assert folded.states < whole.states


def test_the_table_says_what_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(larger=((1, 3, 2),)) == 0
    printed = capsys.readouterr().out
    assert "| back to ready | 1 x 2 |" in printed
    assert " 0 not as described" in printed
