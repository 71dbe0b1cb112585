"""`python -m sandbox`: the local world on one port of this machine.

The one thing that must hold: it never listens anywhere but on the loopback interface.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from sandbox import keys
from sandbox.clock import WorldClock, wall_clock
from sandbox.house import SERVICES, House
from sandbox.leads_file import load_leads
from sandbox.server import create_app
from sandbox.serving import EPOCH, LOOPBACK, Server, refuse_open_doors
from sandbox.world.world import World


def options() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="a loopback address; any other is refused")
    parser.add_argument("--port", type=int, default=8765, help="port of every stand-in and of the page (default 8765)")
    parser.add_argument("--imap-port", type=int, default=0, help="port of the mailbox (default: a free one)")
    parser.add_argument("--dns-port", type=int, default=0, help="port of the name server (default: a free one)")
    parser.add_argument("--seed", type=int, default=1, help="names the world; the same seed holds the same people")
    parser.add_argument("--start", type=_instant, help="first instant of the world, ISO 8601")
    parser.add_argument(
        "--clock",
        choices=("virtual", "real"),
        default="virtual",
        help="virtual: time stands still until told otherwise; real: time runs from now on (or from --start), "
        "or from where a loaded world had come to if that is later",
    )
    parser.add_argument("--state", type=Path, help="file to load the world from if it exists, and to save it to")
    parser.add_argument("--leads", type=Path, help="CSV file to fill the leads table with, if the table is empty")
    parser.add_argument(
        "--unpaced",
        action="store_true",
        help="leave out per-second limits and the 30 second lock, so that a virtual month passes in a minute; "
        "hourly, daily and monthly limits stay",
    )
    parser.add_argument(
        "--latency",
        type=_latency,
        default={},
        help='seconds a service takes to answer, for example "airtable=0.2,brevo=0.2,openai=1.5,perplexity=2"',
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted; return the exit code."""
    parser = options()
    chosen = parser.parse_args(arguments)
    try:
        refuse_open_doors(chosen.host)
        house = _house(chosen)
    except (OSError, ValueError) as failure:
        parser.error(str(failure))
    _announce(house, chosen.host, chosen.port)
    application = create_app(house.world, house=house)
    Server(
        uvicorn.Config(application, host=chosen.host, port=chosen.port, log_level="warning", date_header=False), house
    ).run()
    return 0


def _house(chosen: argparse.Namespace) -> House:
    start = chosen.start or (wall_clock() if chosen.clock == "real" else EPOCH)
    if chosen.state is not None and chosen.state.exists():
        world = World.load(chosen.state)
    else:
        world = World(chosen.seed, start=start)
    if chosen.clock == "real" and world.now < start:
        world.advance_to(start)
    clock = WorldClock(world, "running" if chosen.clock == "real" else "manual")
    if chosen.leads is not None and not any(t.records for b in world.airtable.bases.values() for t in b.tables):
        load_leads(world, chosen.leads)
    return House(
        world,
        clock,
        paced=not chosen.unpaced,
        latency=chosen.latency,
        state=chosen.state,
        keeps=chosen.state is not None,
        imap_port=chosen.imap_port,
        dns_port=chosen.dns_port,
    )


def _announce(house: House, host: str, port: int) -> None:
    root = f"http://{host}:{port}"
    lines = [
        f"sandbox        {root}/  (world {house.world.seed}, {house.world.now.isoformat()}, clock {house.clock.mode})",
        f"Airtable       {root}/airtable      {keys.SANDBOX_AIRTABLE_TOKEN}",
        f"Brevo          {root}/brevo/v3      {keys.SANDBOX_BREVO_KEY}",
        f"OpenAI         {root}/openai/v1     {keys.SANDBOX_OPENAI_KEY}",
        f"Perplexity     {root}/perplexity/v1 {keys.SANDBOX_PERPLEXITY_KEY}",
        f"Telegram       {root}/telegram/bot  {keys.SANDBOX_TELEGRAM_TOKEN} (chat {keys.SANDBOX_TELEGRAM_CHAT})",
        f"IMAP           {keys.SANDBOX_MAILBOX_USER} / {keys.SANDBOX_MAILBOX_PASSWORD}, port: GET /control/clock",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _latency(text: str) -> dict[str, float]:
    pairs = dict(part.split("=", 1) for part in text.split(",") if part)
    unknown = set(pairs) - set(SERVICES)
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no service {', '.join(sorted(unknown))}")
    return {service: float(seconds) for service, seconds in pairs.items()}


if __name__ == "__main__":
    raise SystemExit(main())
