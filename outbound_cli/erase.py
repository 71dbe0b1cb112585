"""`outbound erase`: forget a person, keep them suppressed, and say what is out of reach."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home, Json, complain, show_json


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def erase(
        address: Annotated[str, typer.Argument(help="The address of the person who asked to be forgotten.")],
        home: Home = Path(".outbound"),
        yes: Annotated[bool, typer.Option("--yes", help="Needed: this cannot be taken back.")] = False,
        as_json: Json = False,
    ) -> None:
        """Take a person's words out of every store of ours; they stay suppressed by a keyed hash."""
        with failing_well(console), at_desk(home) as desk:
            from outbound_assets import tables  # noqa: PLC0415 - loaded when called
            from outbound_assets.wiring import resources  # noqa: PLC0415
            from rules.addresses import AddressProblem, parse_address  # noqa: PLC0415
            from rules.failures import ServiceFailure  # noqa: PLC0415
            from stages.erasing import OUT_OF_REACH, empty_mirror, frames_of  # noqa: PLC0415
            from stages.erasing import erase as forget  # noqa: PLC0415

            parsed = parse_address(address)
            if isinstance(parsed, AddressProblem):
                console.print(f"[red]That is no address: {parsed.sentence}[/red]", highlight=False)
                raise typer.Exit(2)
            if not yes:
                console.print("This cannot be taken back; repeat with --yes. The person stays suppressed.")
                raise typer.Exit(2)
            built = resources()
            done = forget(
                parsed.text, ledger=desk.ledger, campaign=desk.campaign, pepper=desk.pepper, actor="operator",
                now=desk.clock.now(),
            )  # fmt: skip
            store = built["warehouse"].process_config_and_initialize().store()
            rows = store.erase(tables.ALL, lead_ids=done.lead_ids, words=done.words)
            for name, day, frame in frames_of(done.days, ledger=desk.ledger, campaign=desk.campaign):
                store.replace(next(table for table in tables.ALL if table.name == name), frame, partition=day)

            async def mirror() -> int:
                async with built["lead_base"].process_config_and_initialize().open() as base:
                    return await empty_mirror(base, done.lead_ids, campaign=desk.campaign)

            problem = ""
            emptied = 0
            try:
                emptied = asyncio.run(mirror()) if done.lead_ids else 0
            except ServiceFailure as failure:
                problem = f"Airtable could not be written ({failure.failure}); run this again."
            chain = desk.ledger.verify()
        told = {
            "leads": list(done.lead_ids), "ledger_rows": done.rows, "warehouse_rows": rows,
            "mirror_records": emptied, "journal_entries_verified": chain, "out_of_reach": list(OUT_OF_REACH),
            "problem": problem or None,
        }  # fmt: skip
        if as_json:
            show_json(told)
        else:
            console.print(f"{len(done.lead_ids)} leads forgotten, the address stays suppressed.")
            console.print("ledger: " + ", ".join(f"{count} {name}" for name, count in done.rows.items() if count))
            console.print(f"warehouse: {rows} rows; Airtable: the machine's fields of {emptied} records")
            console.print(f"the journal's {chain} entries verify")
            console.print("Out of reach from here:")
            for place in OUT_OF_REACH:
                console.print(f"  - {place}", highlight=False)
            if problem:
                complain(console, problem)
        raise typer.Exit(4 if problem else 0)
