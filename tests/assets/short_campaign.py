"""A campaign of some days, run as a process of its own: what the tests of whole runs start, stop and kill.

`python -m tests.assets.short_campaign HOME SANDBOX_URL MAILBOX_PORT DNS_PORT WHAT...` where WHAT is a list of
`job@day` words, each run through Dagster in this process; the word `environment` alone shows what other processes of
the home need to be told. The world's time is whatever the sandbox says.
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
            selection = [dg.AssetKey(name) for name in PARTITIONED] if job == "backfill" else None
            name = "__ASSET_JOB" if job == "backfill" else job
            result = defs.resolve_job_def(name).execute_in_process(
                instance=instance, partition_key=day or None, run_config=QUIET, asset_selection=selection
            )
            assert result.success
            sys.stdout.write(f"{word} done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
