"""Freeing runs that a dead machine left behind: nobody else will (Dagster's launcher has no health check).

What must hold: called only before this home's daemon and webserver start, when no run of it can be alive (rule B5).
"""

import dagster as dg

UNFINISHED = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING)


def reap_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark unfinished runs failed, so that their slots are free and their operator hears of them.

    Returns:
        The ids of the runs.
    """
    left = instance.get_runs(filters=dg.RunsFilter(statuses=list(UNFINISHED)))
    for run in left:
        instance.report_run_failed(run, "the machine or its processes ended while this run was under way")
    return [run.run_id for run in left]
