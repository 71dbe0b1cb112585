"""Many runs together: what is kept of them, and of a series that somebody ends."""

import pytest

from simulation.series import Series, run_all, scripts


@pytest.mark.parametrize("workers", [1, 2])
def test_a_series_that_is_ended_tells_what_its_runs_have_shown(workers: int) -> None:
    wanted = scripts(1, days=1, seeds=6, faults="none", leads=5)

    def end_after_two(series: Series, runs: int) -> None:
        assert runs == len(wanted)
        if series.runs == 2:
            raise KeyboardInterrupt

    series = run_all(wanted, workers=workers, progress=end_after_two)

    assert (series.runs, series.days, series.stopped) == (2, 2, True)
    assert series.seconds > 0


def test_a_series_is_the_same_in_one_process_and_in_two() -> None:
    wanted = scripts(1, days=1, seeds=3, faults="rough", leads=10)
    alone, together = run_all(wanted), run_all(wanted, workers=2)
    for name in ("runs", "days", "sends", "crashes", "unknowns", "processes", "facts", "violations", "stopped"):
        assert getattr(alone, name) == getattr(together, name)
