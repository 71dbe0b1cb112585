"""The whole examination: every area at once, each for itself.

What must hold: one that fails, hangs or lacks its key keeps no other from being looked at (rule B21), and nothing is
bought, sent or changed by looking.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from resources.ledger.transactions import LedgerError
from rules.failures import classify
from stages.doctor import airtable, chat, domain, machine, mailbox, models, provider, settings, stores
from stages.doctor.findings import Finding, State, UnknownArea, fail, refused
from stages.doctor.practice import Practice

LONGEST_SECONDS: Final = 60.0
"""How long an area may take before it counts as unreachable."""


@dataclass(frozen=True, slots=True)
class Area:
    """One thing to look at.

    Attributes:
        first: The line that stands for the area where nothing else could be said.
        fix: What to do then.
    """

    first: str
    look: Callable[[Practice], AsyncGenerator[Finding, None]]
    fix: str

    @property
    def name(self) -> str:
        """The part before the dot."""
        return self.first.partition(".")[0]


AREAS: Final = (
    Area("settings.caps", settings.settings, "correct campaign.toml as docs/configuration.md says"),
    Area("airtable.token", airtable.airtable, airtable.GET_ONE),
    Area("provider.account", provider.provider, provider.KEY),
    Area("domain.records", domain.domain, domain.RESOLVER),
    Area(
        "way_out.page", domain.way_out, "set OUTBOUND_PEPPER: python -c 'import secrets; print(secrets.token_hex(32))'"
    ),
    Area("writer.key", models.writer, models.OPENAI_KEY),
    Area("researcher.key", models.researcher, models.RESEARCH_KEY),
    Area("mailbox.login", mailbox.mailbox, mailbox.LOGIN),
    Area("chat.bot", chat.chat, chat.GET_ONE),
    Area("ledger.durable", stores.ledger, stores.OPEN),
    Area("warehouse.agrees", stores.warehouse, stores.WAREHOUSE),
    Area("clock.skew", machine.clock, "look at this machine's way to the internet"),
    Area("machine.disk", machine.machine, "look at the home's permissions"),
    Area("dagster.storage", machine.dagster, "look at dagster.yaml and DAGSTER_HOME"),
)


async def examine(practice: Practice, *, only: str = "", seconds: float = LONGEST_SECONDS) -> Sequence[Finding]:
    """Look at everything, or at one area or line.

    Args:
        practice: What to look with.
        only: An area (``airtable``) or a line (``airtable.scopes``); everything where empty.
        seconds: How long each area may take.

    Raises:
        UnknownArea: There is no area of that name.
    """
    area = only.partition(".")[0]
    chosen = [each for each in AREAS if not only or each.name == area]
    if not chosen:
        raise UnknownArea(f"there is no {only!r}; there are {', '.join(each.name for each in AREAS)}")
    found: dict[str, list[Finding]] = {}
    async with asyncio.TaskGroup() as group:
        for each in chosen:
            group.create_task(_visit(each, practice, found.setdefault(each.name, []), seconds))
    lines = [finding for each in chosen for finding in found[each.name]]
    if "." not in only:
        return lines
    kept = [finding for finding in lines if finding.name == only]
    # A line that never came is not ok: what kept it from coming is the answer.
    return kept or [finding for finding in lines if finding.state is State.FAIL] or lines


async def _visit(area: Area, practice: Practice, found: list[Finding], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds), aclosing(area.look(practice)) as lines:
            async for finding in lines:
                found.append(finding)  # noqa: PERF401 - what was found before a failure stays
    except TimeoutError:
        found.append(fail(_name(area, found), f"no answer within {seconds:.0f} s", area.fix))
    except LedgerError as error:
        found.append(fail(_name(area, found), str(error), stores.OPEN))
    except Exception as error:  # noqa: BLE001 - the doctor reports whatever it meets
        found.append(refused(_name(area, found), classify(error), area.fix))


def _name(area: Area, found: Sequence[Finding]) -> str:
    """The line a failure stands on: the area's first, or its `rest` where that was said already."""
    return f"{area.name}.rest" if any(finding.name == area.first for finding in found) else area.first
