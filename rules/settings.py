"""What every setting is made of: the kinds of values, and a section that takes nothing it does not know.

What must hold: an unknown key or an empty text never becomes a setting.
"""

from typing import Annotated
from zoneinfo import ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from rules.timezones import zone

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")]
MailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+$")
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Dollars = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


def _known_zone(name: str) -> str:
    try:
        zone(name)
    except ZoneInfoNotFoundError as unknown:
        raise ValueError(f"{name!r} is no IANA time zone; write one such as 'Europe/Berlin'") from unknown
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """Frozen; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
