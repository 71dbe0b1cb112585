"""The steps of `outbound init`, in order: the file, the secrets' names, the table; each safe to repeat."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.table import Table

from outbound_cli.campaign_writing import QUESTIONS, UnknownKey, sample, value_at, written
from outbound_cli.home import sandbox_url
from outbound_cli.init import Told
from resources.airtable.builder import BaseBuilder
from resources.airtable.lead_base import LIVE_URL, REQUESTS_PER_SECOND, Place
from resources.campaign_file import load_campaign
from rules.airtable_fields import AirtableFields
from rules.campaign import Campaign, Mode
from rules.failures import ServiceFailure
from rules.field_mapping import Mapped, UnknownFieldError
from stages.office_hours import LONGEST_HOLIDAY
from stages.setup.table import TablePlan, carry_out, plan_table, views_to_click

ENVIRONMENT: Final = "secrets.env.template"
VARIABLES: Final[Mapping[str, str]] = {
    "AIRTABLE_TOKEN": "personal access token for the one base: https://airtable.com/create/tokens",
    "BREVO_API_KEY": "API key, not the SMTP one: https://app.brevo.com/settings/keys/api",
    "OPENAI_API_KEY": "writes and judges: https://platform.openai.com/api-keys",
    "PERPLEXITY_API_KEY": "researches: https://www.perplexity.ai/account/api/keys",
    "TELEGRAM_BOT_TOKEN": "the bot you talk to: @BotFather",
    "MAILBOX_PASSWORD": "IMAP password of the reply address",
    "OUTBOUND_MAILBOX": "user@host:port of that mailbox",
    "OUTBOUND_PEPPER": "python -c 'import secrets; print(secrets.token_hex(32))', once; keep it with the backups",
    "OUTBOUND_LIVE": "the campaign's id, on the day mails shall reach people",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said on the command line.

    Attributes:
        answers: Dotted keys of the configuration.
        mapped: Fields and their columns.
        asks: Whether somebody can be asked.
        force: Whether an existing file is written anew.
    """

    answers: Mapping[str, str]
    mapped: Mapping[str, str]
    asks: bool
    force: bool


def set_up(home: Path, wishes: Wishes, console: Console) -> Told:
    """Do all of it.

    Raises:
        resources.campaign_file.CampaignFileError: The answers, or the file that is there, make no campaign.
        ServiceFailure: Airtable refused.
    """
    told = Told()
    file = home / "campaign.toml"
    fresh = wishes.force or not file.exists()
    answers = _asked(wishes, console) if fresh else dict(wishes.answers)
    before = _before(file, fresh=fresh, answers=answers)
    plan = _look_and_make(home, before, wishes, told, console, fresh=fresh)
    names = plan.names() if plan is not None else before.airtable.fields
    if fresh:
        _write(file, answers, names, told)
    else:
        told.there.append(f"{file} (nothing in it was changed; --force writes it anew)")
    _environment(home, told)
    _what_is_left(home, before, plan, told)
    return told


def _asked(wishes: Wishes, console: Console) -> dict[str, str]:
    """The answers, with questions for what nobody said; the sample's values are offered in the sandbox."""
    answers = dict(wishes.answers)
    if not wishes.asks:
        return answers
    console.print("A few questions; everything else has a sensible default in campaign.toml.\n")
    known = sample()
    for key, question in QUESTIONS.items():
        if key not in answers:
            offered = value_at(known, key) if answers.get("mode") == Mode.SANDBOX else None
            answers[key] = str(typer.prompt(question, default=offered))
    return answers


def _before(file: Path, *, fresh: bool, answers: Mapping[str, str]) -> Campaign:
    """The campaign as it is, or as it will be before its table is known."""
    if not fresh:
        return load_campaign(file)
    import tomllib  # noqa: PLC0415 - only where a file is written

    text = _text(answers, AirtableFields())
    return Campaign.model_validate(tomllib.loads(text))


def _text(answers: Mapping[str, str], names: AirtableFields) -> str:
    try:
        return written(answers, fields=names, starts=_first_day(answers))
    except UnknownKey as error:
        raise typer.BadParameter(str(error), param_hint="--set") from error


def _first_day(answers: Mapping[str, str]) -> date:
    """Today; in the sandbox earlier, so that its time may begin in office hours that are over (`up --office-hours`)."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=LONGEST_HOLIDAY) if answers.get("mode") == Mode.SANDBOX else today


def _write(file: Path, answers: Mapping[str, str], names: AirtableFields, told: Told) -> None:
    text = _text(answers, names)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        if file.read_text("utf-8") == text:
            told.there.append(str(file))
            return
        kept = file.with_name(f"campaign.{datetime.now(UTC):%Y%m%d-%H%M%S}.toml")
        file.rename(kept)
        told.done.append(f"the old file is kept as {kept}")
    file.write_text(text, "utf-8")
    told.done.append(f"{file} written")
    if open_questions := [key for key in QUESTIONS if key not in answers and key != "id"]:
        told.left.append(f"still the sample's in campaign.toml: {', '.join(open_questions)}")


def _environment(home: Path, told: Told) -> None:
    """The secrets' names, never a value."""
    file = home / ENVIRONMENT
    if file.exists():
        told.there.append(str(file))
        return
    home.mkdir(parents=True, exist_ok=True)
    lines = ["# Copy to secrets.env (chmod 600), fill in, and load it with: set -a; . secrets.env; set +a"]
    for name, where in VARIABLES.items():
        lines += ["", f"# {where}", f"{name}="]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    told.done.append(f"{file} written: the secrets' names, and where each comes from")


def _look_and_make(
    home: Path, campaign: Campaign, wishes: Wishes, told: Told, console: Console, *, fresh: bool
) -> TablePlan | None:
    """The table: looked at, shown, asked about, made. ``None`` where there is no way to Airtable yet."""
    if campaign.mode is not Mode.SANDBOX and not os.environ.get("AIRTABLE_TOKEN", "").strip():
        told.left.append("set AIRTABLE_TOKEN and run `outbound init` again: the table was not looked at")
        return None
    connect = _connection(home, campaign)

    async def work() -> TablePlan:
        from resources.airtable.client import connect as opened  # noqa: PLC0415 - loads pyairtable

        token, place, endpoint, pace = connect
        async with opened(token, place, endpoint_url=endpoint, requests_per_second=pace) as base:
            plan = await _agreed(base.builder(), campaign, wishes, console)
            if plan.guessed and not fresh:
                told.left.append(_to_map(plan))
                return plan
            made = await carry_out(base.builder(), plan)
            told.done.extend(f"{what} made in Airtable" for what in made)
            if not made:
                told.there.append(f"table {plan.table} with all {len(plan.fields)} fields")
            return plan

    try:
        return asyncio.run(work())
    except UnknownFieldError as error:
        raise typer.BadParameter(str(error), param_hint="--map") from error
    except ServiceFailure as failure:
        if campaign.mode is Mode.SANDBOX and failure.failure.code == "ConnectionError":
            told.left.append(
                f"`outbound up{_at(home)} --office-hours` starts the sandbox; then `outbound init{_at(home)}` again: "
                "the table was not looked at"
            )
            return None
        raise


def _connection(home: Path, campaign: Campaign) -> tuple[str, Place, str, float]:
    """How Airtable is reached: in the sandbox with its published key, else with the environment's."""
    place = Place(campaign.airtable.base, campaign.airtable.table)
    if campaign.mode is not Mode.SANDBOX:
        return os.environ["AIRTABLE_TOKEN"], place, LIVE_URL, REQUESTS_PER_SECOND
    url = sandbox_url(home)
    from sandbox.keys import SANDBOX_AIRTABLE_TOKEN  # noqa: PLC0415 - the front door may

    return SANDBOX_AIRTABLE_TOKEN, place, f"{url}/airtable", 0.0


def _to_map(plan: TablePlan) -> str:
    """Columns that look like ours while the file that is there names others: making new ones would be wrong."""
    lines = ", ".join(f'{key} = "{column}"' for key, column in plan.guessed.items())
    return f"nothing was made: put {lines} under [airtable.fields] in campaign.toml, or run this again with --force"


async def _agreed(builder: BaseBuilder, campaign: Campaign, wishes: Wishes, console: Console) -> TablePlan:
    """A plan that a person has seen, or nobody can be asked about."""
    settings, chosen = campaign.airtable, dict(wishes.mapped)
    while True:
        plan = await plan_table(builder, settings.table, named=settings.fields, chosen=chosen)
        if plan.missing or plan.guessed:
            show_plan(plan, console)
        if not wishes.asks or not (plan.missing or plan.guessed) or typer.confirm("Is that right?", default=True):
            return plan
        key = str(typer.prompt("Which field (the left column)"))
        chosen[key] = str(typer.prompt(f"Which column of the base is {key}"))


def show_plan(plan: TablePlan, console: Console) -> None:
    """Each field with its column: found, guessed, or to be made."""
    shown = Table(title=f"{plan.table}: our fields and the base's columns", box=None, pad_edge=False)
    for name in ("field", "column", ""):
        shown.add_column(name)
    for key, mapped in plan.fields.items():
        shown.add_row(key, mapped.column, _how(mapped))
    console.print(shown)


def _how(mapped: Mapped) -> str:
    if not mapped.there:
        return "will be made"
    return "guessed" if mapped.guessed else ""


def _at(home: Path) -> str:
    """How a command that is named finds this home."""
    return "" if home == Path(".outbound") else f" --home {home}"


def _what_is_left(home: Path, campaign: Campaign, plan: TablePlan | None, told: Told) -> None:
    there = _at(home)
    if plan is not None:
        told.left.extend(views_to_click(plan, campaign.airtable.view))
    if campaign.mode is not Mode.SANDBOX:
        told.left.append(f"fill in the secrets ({home / ENVIRONMENT} names them)")
    told.left.append(f"`outbound doctor{there}` says what would not work yet, and how to mend it")
    if campaign.mode is not Mode.SANDBOX:
        told.left.append(f"`outbound import leads.csv{there}` (or fill the table yourself), then `outbound up{there}`")
    elif plan is not None:
        told.left.append(f"`outbound import leads.csv{there}`, then `outbound run intake outreach{there}`")
