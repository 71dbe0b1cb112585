"""The base of the leads: token, scopes, table, fields with their types, view."""

from collections.abc import AsyncGenerator, Collection
from typing import Final

from resources.airtable.gateway import LeadBase
from rules.failures import ServiceFailure
from rules.lead_fields import LEAD_FIELDS
from stages.doctor.findings import Finding, fail, ok, refused
from stages.doctor.practice import Practice

SCOPES: Final = ("data.records:read", "data.records:write", "schema.bases:read")
GET_ONE: Final = (
    f"make a token with the scopes {', '.join(SCOPES)} on this base at https://airtable.com/create/tokens and set "
    "AIRTABLE_TOKEN"
)
WRITES: Final = frozenset({"owner", "create", "edit"})


async def airtable(practice: Practice) -> AsyncGenerator[Finding, None]:
    """Lines on the base, as far as the token lets one look."""
    settings = practice.campaign.airtable
    async with practice.base() as base:
        access = await base.access()
        yield ok("airtable.token", "the token is known")
        lacking = sorted(set(SCOPES) - access.scopes) if access.scopes is not None else []
        if lacking:
            yield fail("airtable.scopes", f"the token lacks {', '.join(lacking)}", f"add what is missing: {GET_ONE}")
        elif access.scopes is None:
            yield ok(
                "airtable.scopes", "Airtable does not tell this token's scopes; what is read below proves the reading"
            )
        else:
            yield ok("airtable.scopes", f"the token has {', '.join(SCOPES)}")
        if access.level is None:
            fix = (
                "correct airtable.base in campaign.toml (app... in the base's address), or give the token access to it"
            )
            yield fail("airtable.base", f"the token does not see the base {settings.base}", fix)
        elif access.level not in WRITES:
            fix = "ask the base's owner for the permission to edit"
            yield fail("airtable.base", f"the token may only {access.level} the base {settings.base}", fix)
        else:
            yield ok("airtable.base", f"the base {settings.base} may be written")
        async for finding in _table(base, practice):
            yield finding


async def _table(base: LeadBase, practice: Practice) -> AsyncGenerator[Finding, None]:
    settings = practice.campaign.airtable
    try:
        shape = await base.shape()
    except ServiceFailure as failure:
        fix = "make it with `outbound init`, or correct airtable.table in campaign.toml"
        yield refused("airtable.table", failure.failure, fix)
        return
    yield ok("airtable.table", f"the table {shape.table} is there with {len(shape.fields)} fields")
    names = settings.fields.model_dump()
    missing = {key: name for key, name in names.items() if name not in shape.fields}
    if missing:
        told = ", ".join(f"{name} (airtable.fields.{key})" for key, name in missing.items())
        fix = (
            "add them with `outbound init`, rename them back in the base, or write their names under [airtable.fields]"
        )
        yield fail("airtable.fields", f"the table has no field {told}", fix)
    else:
        yield ok("airtable.fields", f"all {len(names)} mapped fields are there")
    wrong = {key: shape.fields[name] for key, name in names.items() if unfit(key, shape.fields.get(name))}
    if wrong:
        told = ", ".join(f"{names[key]} is {kind}" for key, kind in wrong.items())
        wanted = ", ".join(f"{names[key]}: {' or '.join(LEAD_FIELDS[key].fits)}" for key in wrong)
        yield fail("airtable.types", f"fields of a wrong type: {told}", f"change the type in the base ({wanted})")
    else:
        yield ok("airtable.types", "every field has a type that can be read or written")
    yield _view(settings.view, shape.views)


def _view(wanted: str, views: Collection[str]) -> Finding:
    if wanted in views:
        return ok("airtable.view", f"the view {wanted} is there")
    fix = f"make a grid view {wanted!r} with the filter of docs/airtable.md, or set airtable.view to one of these"
    return fail("airtable.view", f"there is no view {wanted!r}, only {', '.join(views) or 'none'}", fix)


def unfit(key: str, kind: str | None) -> bool:
    """Whether a field that is there has a type that its key cannot live with."""
    return kind is not None and kind not in LEAD_FIELDS[key].fits
