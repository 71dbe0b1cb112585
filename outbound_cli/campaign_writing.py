"""Writing `campaign.toml`: the repository's file with a person's answers in it, its comments kept.

What must hold: what is written loads, and nothing that is not asked for is changed.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import tomlkit
from pydantic import ValidationError

from resources.campaign_file import CampaignFileError, explain
from rules.airtable_fields import AirtableFields
from rules.campaign import Campaign

TEMPLATE: Final = Path(__file__).parent.parent / "campaign.toml"

QUESTIONS: Final[Mapping[str, str]] = {
    "id": "A short name of the campaign (lower case and dashes; never changed afterwards)",
    "sender.name": "Name in the From line",
    "sender.email": "From address; the provider must know it as an active sender",
    "sender.reply_to": "Address that answers go to",
    "sender.company": "Company under the mail",
    "sender.postal_address": "Postal address under the mail",
    "sender.unsubscribe_url": "https address of the unsubscribe page",
    "offer.what": "What is offered, in one phrase",
    "offer.for_whom": "Whom it is meant for",
    "offer.reason": "One honest sentence on why you write at all",
    "operator.email": "Where the digest goes",
    "operator.timezone": "Your time zone, e.g. Europe/Berlin",
    "operator.telegram_chat": "Numeric id of your chat with the bot (@userinfobot tells it)",
}
"""What nobody can guess, in the order of the file."""


class UnknownKey(ValueError):
    """Somebody set a key that the configuration does not have."""


def sample() -> dict[str, Any]:
    """The repository's own campaign, which the sandbox knows."""
    return tomllib.loads(TEMPLATE.read_text("utf-8"))


def value_at(document: Mapping[str, Any], key: str) -> Any:
    """The value of a dotted key, ``None`` where it is not there."""
    found: Any = document
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def written(answers: Mapping[str, str], *, fields: AirtableFields, starts: date) -> str:
    """The text of a campaign file.

    Args:
        answers: Dotted key to what was said, as text; everything else is the repository's.
        fields: The base's names; those that are the default are left out.
        starts: The first day.

    Raises:
        UnknownKey: An answer to a key there is not.
        CampaignFileError: The answers make no campaign; every problem with its fix.
    """
    document = tomlkit.parse(TEMPLATE.read_text("utf-8"))
    document["starts"] = starts
    for key, said in answers.items():
        _put(document, key, said)
    if "operator.telegram_chat" in answers and "operator.telegram_users" not in answers:
        document["operator"]["telegram_users"] = [int(answers["operator.telegram_chat"])]
    other = {key: name for key, name in fields.model_dump().items() if name != AirtableFields.model_fields[key].default}
    if other:
        base = document.setdefault("airtable", tomlkit.table())
        names = tomlkit.table()
        names.comment("our name of a field = its name in your base; the others have their default names")
        names.update(other)
        base["fields"] = names
    text = tomlkit.dumps(document)
    try:
        Campaign.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise CampaignFileError(explain(Path("these answers"), error)) from error
    return text


def _put(document: tomlkit.TOMLDocument, key: str, said: str) -> None:
    *above, last = key.split(".")
    place: Any = document
    model: Any = Campaign
    for part in above:
        model = _inner(model, part, key)
        if part not in place:
            place[part] = tomlkit.table()
        place = place[part]
    if last not in model.model_fields:
        raise UnknownKey(f"there is no key {key!r}; docs/configuration.md lists them all")
    place[last] = _typed(said, model.model_fields[last].annotation)


def _inner(model: Any, part: str, key: str) -> Any:
    field = model.model_fields.get(part)
    if field is None or not hasattr(field.annotation, "model_fields"):
        raise UnknownKey(f"there is no key {key!r}; docs/configuration.md lists them all")
    return field.annotation


def _typed(said: str, annotation: Any) -> Any:
    """A value as TOML would read it, where the key is no text; else the text itself."""
    if annotation is str:
        return said
    try:
        return tomllib.loads(f"value = {said}")["value"]
    except tomllib.TOMLDecodeError:
        return said
