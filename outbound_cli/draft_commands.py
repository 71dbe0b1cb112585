"""`outbound drafts`: the drafts that wait for a person, shown and decided on.

Exit codes: 0 done, 2 the call was wrong or the decision could not be taken, 3 the configuration is wrong.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home, Json, show_json

if TYPE_CHECKING:  # a command loads what it needs when it is called
    from stages.approving import Decided

Code = Annotated[str, typer.Argument(help="The eight digits that `outbound drafts list` shows.")]
Codes = Annotated[
    list[str], typer.Argument(help="The eight digits that `outbound drafts list` shows; several at once.")
]
ACTOR = "operator"


def register(app: typer.Typer, console: Console) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Drafts that wait for your word: list, show, approve, edit, reject.")
    app.add_typer(group, name="drafts")

    @group.command("list")
    def list_drafts(home: Home = Path(".outbound"), as_json: Json = False) -> None:
        """Drafts that wait, oldest first, and why they wait."""
        with failing_well(console), at_desk(home) as desk:
            from stages.approving import as_document, waiting  # noqa: PLC0415 - each command loads what it needs

            held = waiting(desk.ledger)
            if as_json:
                show_json([as_document(one) for one in held])
                return
            for one in held:
                since = one.held_at.astimezone(desk.campaign.zone) if one.held_at else None
                Console().print(
                    f"{one.code}  {one.send.step:<8} {escape(one.send.to_name)} at {escape(one.send.company_key)}, "
                    f"since {since:%Y-%m-%d %H:%M}: {escape(one.because)}",
                    highlight=False,
                )
            console.print(f"{len(held)} drafts wait" if held else "No draft waits for you.")

    @group.command()
    def show(code: Code, home: Home = Path(".outbound"), as_json: Json = False) -> None:
        """One draft as it would go out."""
        with failing_well(console), at_desk(home) as desk:
            from stages.approving import as_document, find  # noqa: PLC0415

            held = find(code, desk.ledger)
            if as_json:
                show_json({**as_document(held), "mail": held.send.mail.text, "grounds": held.grounds})
                return
            body = f"[bold]{escape(held.send.mail.subject)}[/bold]\n\n{escape(held.send.mail.text.strip())}"
            title = f"{held.code}: {held.send.step} to {held.send.to_name}"
            Console().print(Panel(body, title=escape(title), title_align="left"))
            Console().print(f"waits because {escape(held.because)}; prompt {escape(held.prompt)}", highlight=False)

    @group.command()
    def approve(codes: Codes, home: Home = Path(".outbound"), as_json: Json = False) -> None:
        """Let drafts go out, to the letter as shown; every guard of sending still holds."""
        with failing_well(console), at_desk(home) as desk:
            from stages import approving  # noqa: PLC0415

            done = [
                approving.approve(code, ledger=desk.ledger, campaign=desk.campaign, clock=desk.clock, actor=ACTOR)
                for code in codes
            ]
            _tell(done, console, as_json=as_json)

    @group.command()
    def reject(
        codes: Codes,
        reason: Annotated[str, typer.Option(help="Why; kept with the draft and shown in `outbound why`.")],
        home: Home = Path(".outbound"),
        as_json: Json = False,
    ) -> None:
        """Refuse drafts; their step is not written again until the prompt changes."""
        with failing_well(console), at_desk(home) as desk:
            from stages import approving  # noqa: PLC0415

            done = [
                approving.reject(code, reason=reason, ledger=desk.ledger, clock=desk.clock, actor=ACTOR)
                for code in codes
            ]
            _tell(done, console, as_json=as_json)

    @group.command()
    def edit(
        code: Code,
        file: Annotated[Path, typer.Option(help="Text file with the new body, without signature and footer.")],
        subject: Annotated[str | None, typer.Option(help="A new subject; a follow-up keeps its thread's.")] = None,
        home: Home = Path(".outbound"),
        as_json: Json = False,
    ) -> None:
        """Replace a draft's text. The new text passes the same gate, and waits under a new code."""
        with failing_well(console), at_desk(home) as desk:
            from stages import approving  # noqa: PLC0415

            try:
                text = file.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                console.print(
                    f"[red]{escape(str(file))} cannot be read: {escape(str(error))}; give a UTF-8 text file[/red]"
                )
                raise typer.Exit(2) from error
            done = approving.edit(
                code, text=text, subject=subject, ledger=desk.ledger, campaign=desk.campaign, clock=desk.clock,
                actor=ACTOR,
            )  # fmt: skip
            _tell([done], console, as_json=as_json)


def _tell(done: list["Decided"], console: Console, *, as_json: bool) -> None:
    if as_json:
        from stages.approving import as_document  # noqa: PLC0415

        show_json([{**as_document(one.held), "said": one.said} for one in done])
        return
    for one in done:
        console.print(escape(one.said), highlight=False)
