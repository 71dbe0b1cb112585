"""The whole way of a lead at the providers' real latencies: list, verify, research, write, send, write back.

Research answers in 2 s, a draft in 1.5 s, Airtable and the mail provider in 0.2 s. The product runs as it does in
production, through Dagster and with the campaign's own concurrency; only the caps are raised. The baseline is the
script everybody writes first: the same calls for one lead after the other, measured on a few leads and multiplied.

Usage: `python -m bench.loop [LEADS]`.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import httpx

from bench.measuring import alone, measured, show, tell
from bench.worlds import World, spent, world
from outbound_cli.home import use_home
from sandbox import keys

LEADS = 500
FEW = 5
BAR = 3.25
"""Requests per mailed lead that are enough: three calls, a tenth of a write-back, pages, and a reservation."""

LATENCY = "airtable=0.2,brevo=0.2,openai=1.5,perplexity=2"
TUESDAY = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
"""Ten in the morning where the leads are; a day gone by, because Dagster knows no partition of a day to come."""


def script(port: int) -> Mapping[str, Any]:
    """One lead after the other, each service asked once per lead, nothing kept."""
    root = f"http://127.0.0.1:{port}"

    def bearer(key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"}

    def work() -> Mapping[str, Any]:
        leads = f"{root}/airtable/v0/{keys.SANDBOX_BASE_ID}/Leads"
        ask = {"model": "gpt-6.1-sol", "input": "Write two sentences to Ada Marsh.", "store": False}
        look = {"model": "perplexity/sonar", "input": "What does Nordhafen1 Mills GmbH do?"}
        with httpx.Client(timeout=30) as client:
            page = client.get(leads, params={"pageSize": FEW}, headers=bearer(keys.SANDBOX_AIRTABLE_TOKEN))
            for record in page.raise_for_status().json()["records"]:
                mail = {
                    "sender": {"email": keys.SANDBOX_SENDER_EMAIL, "name": keys.SANDBOX_SENDER_NAME},
                    "to": [{"email": record["fields"]["Email"]}],
                    "subject": "A question", "htmlContent": "<p>Hello, one small question.</p>",
                }  # fmt: skip
                status = {"records": [{"id": record["id"], "fields": {"Status": "contacted"}}]}
                for method, url, headers, body in (
                    ("POST", f"{root}/perplexity/v1/responses", bearer(keys.SANDBOX_PERPLEXITY_KEY), look),
                    ("POST", f"{root}/openai/v1/responses", bearer(keys.SANDBOX_OPENAI_KEY), ask),
                    ("POST", f"{root}/brevo/v3/smtp/email", {"api-key": keys.SANDBOX_BREVO_KEY}, mail),
                    ("PATCH", leads, bearer(keys.SANDBOX_AIRTABLE_TOKEN), status),
                ):
                    client.request(method, url, headers=headers, json=body).raise_for_status()
        return {"mailed": FEW}

    return measured(work)


def product(home: Path, port: int) -> Mapping[str, Any]:
    """The jobs `intake`, `outreach` and `mirror`, once each."""
    use_home(home, sandbox_port=port)
    from outbound_assets.partitions import CAMPAIGN  # noqa: PLC0415 - reads the home's campaign
    from outbound_cli.ticking import Runner, open_ledger  # noqa: PLC0415
    from stages.days import day_of  # noqa: PLC0415

    day = day_of(TUESDAY, CAMPAIGN.zone)

    def work() -> Mapping[str, Any]:
        walls = {}
        with dg.DagsterInstance.get() as instance:
            runner = Runner(instance, say=lambda _: None)
            for job in ("intake", "outreach", "mirror"):
                began = time.perf_counter()
                runner.run(job, day=None if job == "mirror" else day)
                walls[job] = time.perf_counter() - began
        ledger = open_ledger()
        states = [row["state"] for row in ledger.sends.of_day(day)]
        ledger.close()
        return {"mailed": states.count("accepted"), "walls": walls}

    return measured(work)


def main() -> None:
    """Measure and print; with a part's name, do that part and print its result for the process that asked."""
    match sys.argv[1:]:
        case ["script", port]:
            tell(script(int(port)))
        case ["product", home, port]:
            tell(product(Path(home), int(port)))
        case [*count]:
            compare(int(count[0]) if count else LEADS)


def compare(leads: int) -> None:
    """Both against a sandbox of their own."""
    options = ["--clock", "real", "--start", TUESDAY.isoformat(), "--latency", LATENCY]
    with tempfile.TemporaryDirectory() as name, world(Path(name), FEW, options) as place:
        plain = _counted(place, ["script", str(place.port)])
    with tempfile.TemporaryDirectory() as name, world(Path(name), leads, options, caps=leads + 1) as place:
        ours = _counted(place, ["product", str(place.home), str(place.port)])
    mailed = max(ours["mailed"], 1)
    slow = plain["seconds"] / FEW * mailed
    show(
        f"From the list to the mail and back, {leads:,} leads; the baseline did {FEW} and is multiplied",
        ["what", "mailed", "wall s", "to baseline", "requests", "a mailed lead", "peak MB"],
        [
            ["one lead after the other (baseline)", FEW, slow, "1.00 x", plain["requests"],
             plain["requests"] / FEW, round(plain["peak_mb"])],
            ["intake, outreach, mirror", ours["mailed"], ours["seconds"], f"{ours['seconds'] / slow:.3f} x",
             ours["requests"], ours["requests"] / mailed, round(ours["peak_mb"])],
        ],
    )  # fmt: skip
    show("Where the time goes", ["job", "wall s"], [[job, seconds] for job, seconds in ours["walls"].items()])
    show("Requests", ["service", "number"], [[service, count] for service, count in ours["by_service"].items()])
    verdict = "within" if ours["requests"] / mailed <= BAR else "OVER"
    print(f"{ours['requests'] / mailed:.2f} requests a mailed lead: {verdict} the bar of {BAR}")


def _counted(place: World, arguments: list[str]) -> dict[str, Any]:
    before = place.requests()
    told = alone("bench.loop", *arguments)
    after = place.requests()
    by_service = {service: count - before.get(service, 0) for service, count in after.items()}
    return {**told, "requests": spent(before, after), "by_service": by_service}


if __name__ == "__main__":
    main()
