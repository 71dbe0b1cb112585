"""`outbound replay`: a day's drafts written again with another prompt, shown beside those of then; nothing is sent.

Exit codes: 0 done, 2 the call was wrong or there is nothing to replay, 3 the configuration is wrong, 4 a service is.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Home, Json, complain, show_json

if TYPE_CHECKING:  # a command loads what it needs when it is called
    from rules.campaign import Campaign
    from stages.replaying import Pair, Replay

HERE: Final = Path(__file__).parent
LONGEST_VERSION: Final = 40


def register(app: typer.Typer, console: Console) -> None:
    """Add the command."""

    @app.command("replay")
    def replay_command(
        prompt: Annotated[
            Path,
            typer.Option(help="Another prompt: a text with the manner of writing, or a whole campaign.toml (*.toml)."),
        ],
        day: Annotated[str, typer.Option("--on", help="The day whose drafts are written again, YYYY-MM-DD.")],
        home: Home = Path(".outbound"),
        limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many drafts.")] = 20,
        out: Annotated[
            Path | None, typer.Option(help="Where the page with the pairs side by side goes: one file, no network.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Try another prompt on a day's leads with the research of then. Costs a writer's call per draft, once."""
        with failing_well(console), at_desk(home) as desk:
            tried = tried_campaign(prompt, desk.campaign)
            from stages.replay_summary import as_document, worth_reading  # noqa: PLC0415 - as said
            from stages.replaying import NothingToReplay, ServiceIsOff  # noqa: PLC0415

            try:
                found = asyncio.run(_replay(day, tried, desk, limit, console))
            except NothingToReplay as error:
                complain(console, error)
                raise typer.Exit(2) from error
            except ServiceIsOff as error:
                complain(console, error)
                raise typer.Exit(4) from error
        told = as_document(found)
        if out is not None:
            out.write_text(page(told, worth_reading(found.pairs)), "utf-8")
        if as_json:
            show_json(told)
            return
        show(told, Console())
        if out is not None:
            console.print(f"the pairs side by side: {out}", highlight=False)
        else:
            console.print("--out page.html puts the pairs side by side.")


def tried_campaign(prompt: Path, now_used: "Campaign") -> "Campaign":
    """The campaign with the prompt that is tried.

    Args:
        prompt: A text file with the manner, named after its version; or a whole campaign file.
        now_used: The campaign as it is configured.

    Raises:
        CampaignFileError: There is no such file, it is empty, or it is a campaign file with mistakes.
    """
    from resources.campaign_file import CampaignFileError, load_campaign  # noqa: PLC0415

    if not prompt.is_file():
        raise CampaignFileError(f"there is no file {prompt}; write the new prompt into one, or name a campaign.toml")
    if prompt.suffix == ".toml":
        return load_campaign(prompt).model_copy(update={"id": now_used.id})
    manner = prompt.read_text("utf-8").strip()
    if not manner:
        raise CampaignFileError(f"{prompt} is empty; it holds the manner of writing, in words for the writer")
    version = prompt.stem[:LONGEST_VERSION]
    return now_used.model_copy(
        update={"drafting": now_used.drafting.model_copy(update={"manner": manner, "prompt_version": version})}
    )


async def _replay(day: str, tried: "Campaign", desk: Any, limit: int, console: Console) -> "Replay":
    from outbound_assets.wiring import resources  # noqa: PLC0415 - reads the home's campaign
    from stages.replaying import replay  # noqa: PLC0415

    def tell(done: int, total: int) -> None:
        if done == total or done % 10 == 0:
            console.print(f"written {done} of {total}", highlight=False)

    async with resources()["writer"].process_config_and_initialize().open() as model:
        return await replay(
            day, now_used=desk.campaign, tried=tried, ledger=desk.ledger, model=model, clock=desk.clock,
            pepper=desk.pepper, limit=limit, progress=tell,
        )  # fmt: skip


def page(told: dict[str, Any], pairs: "list[Pair]") -> str:
    """The comparison as one self-contained page: what models and people wrote is escaped."""
    from jinja2 import Environment, FileSystemLoader  # noqa: PLC0415

    from stages.replay_summary import rows  # noqa: PLC0415

    template = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("replay.html.jinja")
    return template.render(told=told, rows=rows(told), pairs=pairs)


def show(told: dict[str, Any], console: Console) -> None:
    """Both sides in numbers."""
    from stages.replay_summary import rows  # noqa: PLC0415

    table = Table(title=f"Drafts of {told['day']} written again", title_justify="left")
    table.add_column("")
    table.add_column(f"before ({told['prompt_before']})", justify="right")
    table.add_column(f"after ({told['prompt_after']})", justify="right")
    for row in rows(told):
        table.add_row(*row)
    console.print(table)
    for reason, number in told["left_out"].items():
        console.print(f"left out: {number} ({reason})", highlight=False)
    console.print(f"paid now: ${told['paid_now_usd']:.4f}; nothing was sent", highlight=False)
