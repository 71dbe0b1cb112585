"""A campaign of some days, run as a process of its own: what the tests of whole runs start, stop and kill.

`python -m tests.assets.short_campaign HOME SANDBOX_URL MAILBOX_PORT DNS_PORT WHAT...` where WHAT is a list of
`job@day` words, each run through Dagster in this process, and checks that failed are told; `events@day` is the asset of
events alone, `reread@first..last` the same over a range in one run that also asks the provider. The word `environment`
alone shows what other processes of the home need to be told. The world's time is whatever the sandbox says.
"""

import json
import os
import sys
from pathlib import Path

OUTREACH = ("outreach_queue", "research_blobs", "drafts", "sends")
PARTITIONED = (
    "leads", "verification_results", *OUTREACH, "engagement_events", "replies", "campaign_metrics", "model_costs",
    "daily_digest",
)  # fmt: skip
ALONE = {"backfill": PARTITIONED, "events": ("engagement_events",), "reread": ("engagement_events",)}
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def main(home: str, url: str, mailbox_port: str, dns_port: str, *words: str) -> None:
    """Run what the words say."""
    inherited = dict(os.environ)
    os.environ["OUTBOUND_SANDBOX_URL"] = url
    os.environ["OUTBOUND_NAME_SERVER"] = f"127.0.0.1:{dns_port}"
    from outbound_cli.home import use_home  # noqa: PLC0415 - the environment comes first

    use_home(Path(home))
    os.environ["OUTBOUND_MAILBOX"] = f"replies@outreach.example@127.0.0.1:{mailbox_port}"
    if words == ("environment",):
        sys.stdout.write(
            json.dumps({name: value for name, value in os.environ.items() if inherited.get(name) != value})
        )
        return
    import dagster as dg  # noqa: PLC0415

    from outbound_assets.definitions import defs  # noqa: PLC0415
    from outbound_cli.ticking import QUIET  # noqa: PLC0415

    with dg.DagsterInstance.get() as instance:
        for word in words:
            job, _, day = word.partition("@")
            first, _, last = day.partition("..")
            selection = [dg.AssetKey(name) for name in ALONE[job]] if job in ALONE else None
            ops = {"ops": {"engagement_events": {"config": {"reread": True}}}} if job == "reread" else {}
            result = defs.resolve_job_def("__ASSET_JOB" if job in ALONE else job).execute_in_process(
                instance=instance,
                partition_key=None if last else first or None,
                tags={RANGE_START: first, RANGE_END: last} if last else None,
                run_config={**QUIET, **ops},
                asset_selection=selection,
            )
            assert result.success
            for check in result.get_asset_check_evaluations():
                if not check.passed:
                    sys.stdout.write(f"{check.asset_key.to_user_string()}.{check.check_name}: {check.description}\n")
            sys.stdout.write(f"{word} done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
