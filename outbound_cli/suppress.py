"""`outbound suppress`: who must not be mailed, on an operator's word."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home, Json, complain, show_json


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def suppress(
        who: Annotated[str | None, typer.Argument(help="An address, or a company's domain; none lists counts.")] = None,
        home: Home = Path(".outbound"),
        reason: Annotated[str | None, typer.Option(help="Why; needed to add and to lift.")] = None,
        lift: Annotated[bool, typer.Option("--lift", help="Take back what stops them. Never done by itself.")] = False,
        as_json: Json = False,
    ) -> None:
        """Never mail an address or a company again; without a reason, show what stops them."""
        with failing_well(console), at_desk(home) as desk:
            from stages.suppressing import NobodyMeant, meant_by, standing  # noqa: PLC0415 - loaded when called
            from stages.suppressing import lift as lift_all  # noqa: PLC0415
            from stages.suppressing import suppress as suppress_one  # noqa: PLC0415
            from stages.waking import something_changed  # noqa: PLC0415

            now = desk.clock.now()
            if who is None:
                counts = desk.ledger.suppressions.counts(now=now)
                if as_json:
                    show_json({"in_force": counts})
                for name, number in counts.items() if not as_json else ():
                    console.print(f"{number:>7}  {name}", highlight=False)
                return
            try:
                meant = meant_by(who, desk.pepper)
            except NobodyMeant as error:
                complain(console, error)
                raise typer.Exit(2) from error
            if lift and not reason:
                raise typer.BadParameter("say why with --reason; it stands in the journal")
            if lift:
                rows = lift_all(meant, reason=str(reason), ledger=desk.ledger, actor="operator", now=now)
                told = f"{len(rows)} suppressions of {meant.shown} taken back."
            elif reason:
                new = suppress_one(meant, reason=reason, ledger=desk.ledger, actor="operator", now=now)
                rows = standing(meant, ledger=desk.ledger, now=now)
                told = f"Nobody writes to {meant.shown} again." if new else f"{meant.shown} was suppressed already."
            else:
                rows = standing(meant, ledger=desk.ledger, now=now)
                told = f"{len(rows)} suppressions of {meant.shown} are in force."
            if lift or reason:
                something_changed(desk.ledger, now=now)
        if as_json:
            show_json({"told": told, "rows": [{name: row[name] for name in _SHOWN} for row in rows]})
            return
        console.print(told, highlight=False)
        for row in rows:
            until = f" until {row['until']:%Y-%m-%d}" if row["until"] else ""
            console.print(f"  {row['at']:%Y-%m-%d} {row['reason']}{until}, by {row['source']}", highlight=False)


_SHOWN = ("kind", "reason", "at", "until", "source", "evidence")
