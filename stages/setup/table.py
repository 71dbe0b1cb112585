"""The lead table as it should be: what is there, what has to be made, and what only a person can click.

What must hold: doing it twice changes nothing the second time, and nothing that a person made is changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from resources.airtable.builder import BaseBuilder, NewField
from resources.airtable.gateway import TableShape
from rules.airtable_fields import AirtableFields
from rules.failures import ServiceFailure
from rules.field_mapping import Mapped, map_fields
from rules.lead_fields import LEAD_FIELDS

USEFUL_VIEWS: Final[Mapping[str, str]] = {
    "Answered": "{status} contains 'repl', sorted by {last_event_at}, newest first",
    "Today": "{next_action_at} is today, sorted by {next_action_at}",
    "Waiting for approval": "{draft} is not empty",
    "Refused and bounced": "{status} is any of refused, bounced, unsubscribed",
}
"""Views worth having, each with its filter; nothing reads them."""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What to do to a base.

    Attributes:
        table: The table's name.
        table_id: Its id; ``None`` where it has to be made.
        fields: Each field of ours with its column.
        views: Names of the views that are there.
    """

    table: str
    table_id: str | None
    fields: Mapping[str, Mapped]
    views: tuple[str, ...]

    @property
    def missing(self) -> dict[str, str]:
        """Fields that have to be made: ours to the column's name."""
        return {key: mapped.column for key, mapped in self.fields.items() if not mapped.there}

    @property
    def guessed(self) -> dict[str, str]:
        """Fields whose column was guessed."""
        return {key: mapped.column for key, mapped in self.fields.items() if mapped.guessed}

    def names(self) -> AirtableFields:
        """The mapping as it stands in the configuration."""
        return AirtableFields(**{key: mapped.column for key, mapped in self.fields.items()})


async def plan_table(
    builder: BaseBuilder,
    wanted: str,
    *,
    named: AirtableFields,
    chosen: Mapping[str, str] | None = None,
) -> TablePlan:
    """Look at a base and say what it lacks; changes nothing.

    Raises:
        ServiceFailure: The base cannot be looked at.
        rules.field_mapping.UnknownFieldError: ``chosen`` names what there is not.
    """
    found = next(
        ((number, shape) for number, shape in (await builder.tables()).items() if wanted in (number, shape.table)),
        (None, TableShape(table=wanted, fields={}, views=())),
    )
    number, shape = found
    mapped = map_fields(shape.fields, named=named, chosen=chosen)
    return TablePlan(shape.table, number, mapped, shape.views)


async def carry_out(builder: BaseBuilder, plan: TablePlan) -> list[str]:
    """Make what is missing.

    Returns:
        What was made, in words.

    Raises:
        ServiceFailure: Airtable refused; what was made before stays, and the next run goes on from there.
    """
    new = [_new_field(key, name) for key, name in plan.missing.items()]
    if plan.table_id is None:
        await builder.create_table(plan.table, _primary_first(new))
        return [f"table {plan.table} with {len(new)} fields"]
    made = []
    for field in new:
        try:
            await builder.create_field(plan.table_id, field)
        except ServiceFailure as refused:
            if refused.failure.code != "DUPLICATE_OR_EMPTY_FIELD_NAME":
                raise
            continue  # somebody was faster, or an answer was lost: it is there
        made.append(f"field {field.name} ({field.type})")
    return made


def views_to_click(plan: TablePlan, view: str) -> list[str]:
    """What only a person can do: Airtable's API makes no views. The one that is read comes first."""
    steps = []
    names = plan.names().model_dump()
    if view not in plan.views:
        steps.append(
            f"open the table {plan.table}, Create > Grid, name it {view!r}, Filter: {names['email']} is not empty "
            f"and {names['do_not_contact']} is not ticked. Its records are the leads."
        )
    for name, shown in USEFUL_VIEWS.items():
        if name not in plan.views:
            steps.append(f"worth having: a grid view {name!r}, Filter: {shown.format(**names)}")
    return steps


def _new_field(key: str, name: str) -> NewField:
    made = LEAD_FIELDS[key]
    return NewField(name, made.made, made.purpose, made.options)


def _primary_first(fields: Sequence[NewField]) -> list[NewField]:
    """A primary field is text: the name goes first."""
    return sorted(fields, key=lambda each: each.type != "singleLineText")
