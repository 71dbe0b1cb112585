"""Reading `campaign.toml`: every complaint names the key, the value and the fix."""

import os
import tomllib
from pathlib import Path

from pydantic import ValidationError

from rules.campaign import Campaign, Mode

LIVE_SWITCH = "OUTBOUND_LIVE"
"""Environment variable that must hold the campaign's id before anything is sent to people."""


class CampaignFileError(Exception):
    """The file cannot be used; the message lists every problem with its fix."""


def load_campaign(path: Path, *, acting: bool = True) -> Campaign:
    """Read and validate a campaign file.

    Args:
        path: The file.
        acting: Whether the campaign will be run; one that is only rehearsed needs no live switch.

    Raises:
        CampaignFileError: The file is missing, is no TOML, or holds unknown keys or bad values; or the mode is
            ``live`` and the switch in the environment does not name this campaign.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise CampaignFileError(
            f"{path} does not exist; `outbound init` writes one there, or name a file with OUTBOUND_CAMPAIGN"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CampaignFileError(f"{path} is no readable TOML: {error}") from error
    try:
        campaign = Campaign.model_validate(document)
    except ValidationError as error:
        raise CampaignFileError(explain(path, error)) from error
    if acting and campaign.mode is Mode.LIVE and os.environ.get(LIVE_SWITCH) != campaign.id:
        raise CampaignFileError(
            f"{path}: mode is live, but {LIVE_SWITCH} is not set to {campaign.id!r}; "
            f"run `outbound doctor`, then set {LIVE_SWITCH}={campaign.id} to let mails reach people"
        )
    return campaign


def explain(path: Path, error: ValidationError) -> str:
    """Every problem of a campaign with its key, its value and its fix."""
    lines = [f"{path} has {error.error_count()} problem(s):"]
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"]) or "(file)"
        if problem["type"] == "extra_forbidden":
            lines.append(f"  {key} = {problem['input']!r}: unknown key; remove it or correct its spelling{_near(key)}")
        elif problem["type"] == "missing":
            lines.append(f"  {key}: missing; add it (docs/configuration.md describes it)")
        else:
            lines.append(f"  {key} = {problem['input']!r}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def _near(key: str) -> str:
    """The known key closest in spelling, as a hint."""
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way to an error

    section: type = Campaign
    *parents, last = key.split(".")
    for parent in parents:
        field = getattr(section, "model_fields", {}).get(parent)
        if field is None or not isinstance(field.annotation, type):
            return ""
        section = field.annotation
    close = get_close_matches(last, list(getattr(section, "model_fields", {})), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
