"""The commands of an operator's day: import, queue, why, stats, pause, resume, reconcile."""

import asyncio
import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from outbound_cli.desk import at_desk, failing_well
from outbound_cli.options import Columns, Home, Json, chosen_columns, complain, show_json

COUNTED = 15


def register(app: typer.Typer, console: Console) -> None:  # noqa: C901, PLR0915 - one command after the other
    """Add the commands."""

    @app.command("import")
    def import_file(
        file: Annotated[Path, typer.Argument(help="A CSV of leads; columns are guessed, shown and overridable.")],
        home: Home = Path(".outbound"),
        column: Columns = None,
        encoding: Annotated[str | None, typer.Option(help="Encoding of the file; UTF-8 when left out.")] = None,
        as_json: Json = False,
    ) -> None:
        """Put a lead file into the base. Safe to repeat: people are matched on their address."""
        with failing_well(console):
            from outbound_cli.home import use_home  # noqa: PLC0415
            from outbound_cli.lead_file import read_lead_file  # noqa: PLC0415
            from outbound_cli.showing import show_columns  # noqa: PLC0415

            found = read_lead_file(file, encoding=encoding, chosen=chosen_columns(column))
            if not as_json:
                show_columns(found, console)
            settings = use_home(home)
            from outbound_assets.wiring import resources  # noqa: PLC0415 - reads the home's campaign
            from stages.importing import import_rows, sort_rows  # noqa: PLC0415

            campaign = settings.campaign()
            sorted_rows = sort_rows(found.rows, found.columns, names=campaign.airtable.fields, source=file.name)

            async def write() -> tuple[int, Any]:
                async with resources()["lead_base"].process_config_and_initialize().open() as base:
                    return await import_rows(base, sorted_rows.accepted, key=campaign.airtable.fields.email)

            written, refused_by_base = asyncio.run(write())
            kept = settings.home / f"refused-{file.stem}.csv"
            _keep_refused(kept, sorted_rows.refused)
        told = {
            "rows": len(found.rows), "imported": written, "refused": len(sorted_rows.refused),
            "refused_by_base": list(refused_by_base), "refused_file": str(kept) if sorted_rows.refused else None,
        }  # fmt: skip
        if as_json:
            show_json(told)
        else:
            console.print(f"{written} of {len(found.rows)} rows imported, {len(sorted_rows.refused)} refused")
            for row in sorted_rows.refused[:COUNTED]:
                console.print(f"  line {row.line}: {row.reason[:140]}", highlight=False, markup=False)
            if sorted_rows.refused:
                console.print(f"refused rows with their reasons: {kept}", highlight=False)
        raise typer.Exit(1 if sorted_rows.refused or refused_by_base else 0)

    @app.command()
    def why(
        lead: Annotated[str, typer.Argument(help="Record id, address, full name, or the id in the imported file.")],
        home: Home = Path(".outbound"),
        as_json: Json = False,
    ) -> None:
        """Why this person, why now, with what, based on what, and what came back; or why not."""
        with failing_well(console), at_desk(home) as desk:
            from outbound_cli.telling import as_document, tell_story  # noqa: PLC0415
            from stages.days import day_of  # noqa: PLC0415
            from stages.obstacles import obstacles  # noqa: PLC0415
            from stages.story import find_lead, tell  # noqa: PLC0415

            person = find_lead(lead, ledger=desk.ledger, campaign=desk.campaign)
            today = day_of(desk.clock.now(), desk.campaign.zone)
            story = tell(person, ledger=desk.ledger, pepper=desk.pepper, today=today)
            keeping = obstacles(story, ledger=desk.ledger, campaign=desk.campaign, now=desk.clock.now())
            if as_json:
                show_json(as_document(story, keeping))
            else:
                tell_story(story, keeping, desk.campaign, Console())

    @app.command()
    def queue(
        home: Home = Path(".outbound"),
        day: Annotated[str | None, typer.Option(help="A day, YYYY-MM-DD; today when left out.")] = None,
        as_json: Json = False,
    ) -> None:
        """Who is due today for which step, and what keeps the others."""
        with failing_well(console), at_desk(home) as desk:
            from outbound_cli.telling import show_queue  # noqa: PLC0415
            from stages.days import day_of  # noqa: PLC0415
            from stages.queueing import kept_plan, reasons, summary  # noqa: PLC0415

            wanted = day or day_of(desk.clock.now(), desk.campaign.zone)
            plan = kept_plan(desk.ledger, wanted)
            if as_json:
                keep = ["excluded", "waiting"]
                show_json({
                    "day": wanted, "standings": summary(plan), "reasons": reasons(plan, keep), "rows": plan.to_dicts()
                })  # fmt: skip
            else:
                show_queue(plan, wanted, desk.campaign, Console())

    @app.command()
    def pause(
        reason: Annotated[str, typer.Argument(help="Why; shown wherever sending is asked about.")] = "asked for",
        home: Home = Path(".outbound"),
    ) -> None:
        """Stop all sending until `outbound resume`."""
        with failing_well(console), at_desk(home) as desk:
            from resources.ledger.flags import FlagName  # noqa: PLC0415
            from stages.waking import something_changed  # noqa: PLC0415

            now = desk.clock.now()
            new = desk.ledger.flags.raise_flag(FlagName.PAUSE, reason=reason, actor="operator", now=now)
            something_changed(desk.ledger, now=now)
        console.print("Paused: nothing is sent until `outbound resume`." if new else "It was paused already.")

    @app.command()
    def resume(home: Home = Path(".outbound")) -> None:
        """Take off the pause and every latched breaker but the gate, on your word."""
        with failing_well(console), at_desk(home) as desk:
            from stages.breakers import reopen  # noqa: PLC0415
            from stages.waking import something_changed  # noqa: PLC0415

            now = desk.clock.now()
            done = reopen(desk.ledger, actor="operator", now=now)
            something_changed(desk.ledger, now=now)
        for flag in done.taken_off:
            console.print(
                f"Taken off: {flag.name}, on since {flag.at:%Y-%m-%d %H:%M} UTC by {flag.actor}: {flag.reason}",
                markup=False,
            )
        if not done.taken_off:
            console.print("Nothing stood in the way.")
        for flag in done.kept:
            complain(console, f"Still closed: {flag.reason}")
        if done.kept:
            raise typer.Exit(1)

    @app.command()
    def reconcile(
        home: Home = Path(".outbound"),
        adopt: Annotated[bool, typer.Option("--adopt", help="Take over a restored or moved ledger.")] = False,
        incomplete: Annotated[
            bool, typer.Option("--incomplete", help="With --adopt: make do with fewer events than the provider counts.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Hold our counts against the provider's; with --adopt, take over a restored ledger."""
        with failing_well(console), at_desk(home) as desk:
            from outbound_assets.wiring import resources  # noqa: PLC0415
            from stages.matching import match_provider  # noqa: PLC0415
            from stages.reconciliation import adopt_ledger, reconcile_days  # noqa: PLC0415

            async def work() -> dict[str, Any]:
                async with resources()["mail_provider"].process_config_and_initialize().open() as provider:
                    told: dict[str, Any] = {}
                    if adopt:
                        told["settled"] = await adopt_ledger(
                            provider, ledger=desk.ledger, campaign=desk.campaign, clock=desk.clock,
                            pepper=desk.pepper, actor="operator", incomplete=incomplete,
                        )  # fmt: skip
                    tallies = await reconcile_days(
                        provider, ledger=desk.ledger, campaign=desk.campaign, clock=desk.clock
                    )
                    told["days"] = [
                        {"day": one.day, "ours": one.ours, "provider": one.provider, "verdict": one.verdict}
                        for one in tallies
                    ]
                    return told

            told = asyncio.run(work())
            now = desk.clock.now()
            told["mails"] = [asdict(item) for item in match_provider(desk.ledger, desk.campaign, now=now)]
        if as_json:
            show_json(told)
        else:
            if adopt:
                console.print(f"adopted; {told['settled']} sends that the ledger had forgotten are settled")
                console.print("Sending begins in a day, once events, answers and leads were read again.")
            for row in told["days"]:
                console.print(f"{row['day']}  ours {row['ours']:>5}  provider {row['provider']:>5}  {row['verdict']}")
            for row in told["mails"]:
                console.print(
                    f"{row['day']}  {row['verdict']}: {row['send_key'] or row['message_id']}", highlight=False
                )
        different = told["mails"] or any(row["verdict"] != "equal" for row in told["days"])
        raise typer.Exit(1 if different else 0)


def _keep_refused(path: Path, refused: Any) -> None:
    if not refused:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["line", "reason", "row"])
        for row in refused:
            writer.writerow([row.line, row.reason, json.dumps(row.row, ensure_ascii=False)[:2000]])
