"""The collector of cycles is as it was, whatever became of the work."""

import gc

import pytest

from resources.collecting import seldom_collected, uncollected


def test_work_that_fails_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    for keeper in (seldom_collected, uncollected):
        with pytest.raises(KeyError), keeper():
            raise KeyError
    assert gc.isenabled()
    assert gc.get_threshold() == before


def test_cycles_are_collected_seldom_and_not_never() -> None:
    with seldom_collected():
        assert gc.isenabled()
        assert gc.get_threshold()[0] > 10_000
    with uncollected():
        assert not gc.isenabled()
