"""`outbound bot`: answers the operator's chat at once by long polling, until it is ended.

What must hold: one listener at a time. While this one polls it says so in the ledger, and the sensor leaves the chat to
it; when it dies, the sensor takes over within two minutes.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home

if TYPE_CHECKING:  # a command loads what it needs when it is called
    from resources.telegram.gateway import Bot
    from stages.chat.desk import Desk

WAIT: Final = 45
LONGEST_PAUSE: Final = 60.0


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def bot(
        home: Home = Path(".outbound"),
        wait: Annotated[int, typer.Option(help="Seconds one request waits for an update.", min=0, max=50)] = WAIT,
        once: Annotated[bool, typer.Option("--once", help="Answer what is there and end.")] = False,
    ) -> None:
        """Answer the chat at once, until Ctrl-C. Without it the daemon's sensor answers every 15 seconds."""
        with failing_well(console), at_desk(home) as desk:
            from outbound_assets.wiring import resources  # noqa: PLC0415 - reads the home's campaign

            async def listen() -> None:
                async with resources()["bot"].process_config_and_initialize().open() as chat:
                    console.print(f"@{await chat.name()} listens; Ctrl-C ends it.", highlight=False)
                    await poll(chat, desk, console, wait=0 if once else wait, once=once)

            try:
                asyncio.run(listen())
            except KeyboardInterrupt:
                console.print("ended; the daemon's sensor answers from now on")


async def poll(chat: "Bot", desk: "Desk", console: Console, *, wait: int, once: bool) -> None:
    """Ask for updates and answer them, again and again; a failure is waited out, longer each time."""
    from outbound_assets.sensors import POLLING  # noqa: PLC0415 - each command loads what it needs
    from rules.failures import FailureKind, ServiceFailure  # noqa: PLC0415
    from stages.operator_chat import answer_updates  # noqa: PLC0415

    pause = 1.0
    while True:
        desk.ledger.flags.stamp(POLLING, at=datetime.now(UTC))
        try:
            report = await answer_updates(chat, desk, wait_seconds=wait)
        except ServiceFailure as error:
            if once or error.failure.kind is FailureKind.SYSTEMIC:
                raise
            console.print(f"[yellow]{error}[/yellow]; again in {pause:.0f} s", highlight=False)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        pause = 1.0
        if report.answered or report.dropped:
            console.print(f"{report.answered} answered, {report.dropped} strangers dropped", highlight=False)
        if once:
            return
