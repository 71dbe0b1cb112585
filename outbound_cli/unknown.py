"""`outbound unknown`: the sends whose outcome nobody knows, and a person's word on one of them."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home, Json, complain, show_json

if TYPE_CHECKING:  # a command loads what it needs when it is called
    from collections.abc import Sequence

    from rules.campaign import Campaign
    from stages.unknowns import Unresolved


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command()
    def unknown(
        send: Annotated[str | None, typer.Argument(help="Key of a send, or its last eight characters.")] = None,
        home: Home = Path(".outbound"),
        accepted: Annotated[bool, typer.Option("--accepted", help="The provider took it.")] = False,
        message_id: Annotated[str | None, typer.Option(help="The provider's id of the mail, with --accepted.")] = None,
        not_sent: Annotated[bool, typer.Option("--not-sent", help="It never left; it is not sent any more.")] = False,
        again: Annotated[bool, typer.Option("--again", help="With --not-sent: send it again after all.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Needed with --not-sent: I looked into the account.")] = False,
        as_json: Json = False,
    ) -> None:
        """List sends whose outcome nobody knows, or settle one on your word. Nothing is ever settled by itself."""
        with failing_well(console), at_desk(home) as desk:
            from resources.ledger.resolutions import Word  # noqa: PLC0415 - each command loads what it needs
            from stages.unknowns import WARNING, CannotResolve, resolve_unknown, unresolved  # noqa: PLC0415
            from stages.waking import something_changed  # noqa: PLC0415

            if send is None:
                rows = unresolved(desk.ledger)
                if as_json:
                    show_json({"unknown": [asdict(row) for row in rows]})
                else:
                    _show(rows, desk.campaign, Console())
                return
            if accepted == not_sent or (again and not not_sent):
                raise typer.BadParameter("say one of --accepted, --not-sent, or --not-sent --again")
            if not_sent and not yes:
                warning = f" {WARNING}" if again else ""
                console.print(f"Look for it in the provider's log first, then repeat with --yes.{warning}")
                raise typer.Exit(2)
            word = Word.ACCEPTED if accepted else Word.AGAIN if again else Word.NOT_SENT
            now = desk.clock.now()
            try:
                told = resolve_unknown(
                    desk.ledger, send, word=word, actor="operator", now=now, message_id=message_id
                )  # fmt: skip
            except CannotResolve as error:
                complain(console, error)
                raise typer.Exit(2) from error
            something_changed(desk.ledger, now=now)
        if as_json:
            show_json({"send": send, "word": word, "told": told})
        else:
            console.print(told, highlight=False)


def _show(rows: "Sequence[Unresolved]", campaign: "Campaign", console: Console) -> None:
    if not rows:
        console.print("Nothing is unknown: every request has an answer.")
        return
    table = Table(title="Nobody knows whether these were sent; none of them is sent again")
    for name in ("send", "to", "state", "asked", "looked up", "next look", "why"):
        table.add_column(name, overflow="fold")
    for row in rows:
        following = f"{row.next_check_at.astimezone(campaign.zone):%d %b %H:%M}" if row.next_check_at else "none"
        asked = f"{row.intent_at.astimezone(campaign.zone):%d %b %H:%M}"
        table.add_row(row.send_key, row.to_name, row.state, asked, str(row.looked_up), following, row.why)
    console.print(table)
    console.print(
        "Found in the provider's log: outbound unknown SEND --accepted --message-id ID\n"
        "Surely not there: outbound unknown SEND --not-sent --yes"
    )
