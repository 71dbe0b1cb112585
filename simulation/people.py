"""The people of a simulated run: made from the seed, with where they really sit, which the product has to find out.

What must hold: the zones of a person are written down here by hand, so that the code which places people is not its own
judge.
"""

import random
from dataclasses import dataclass
from typing import Any, Final

_UNITED_STATES: Final = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip
_FIRST: Final = ("Grace", "Omar", "Lena", "Yuki", "Priya", "Jonas", "Maria", "Tomas", "Aisha", "Noah", "Ines", "Karl")
_LAST: Final = ("Hopper", "Brandt", "Silva", "Tanaka", "Rao", "Novak", "Olsen", "Moreau", "Haddad", "Reyes", "Kim")
_WORDS: Final = ("Harbour", "Lantern", "Cedar", "Granite", "Orchard", "Beacon", "Willow", "Copper", "Meadow", "Falcon")
_TRADES: Final = ("Works", "Logistics", "Instruments", "Foods", "Systems", "Textiles", "Labs", "Marine")
_TITLES: Final = ("Head of Support", "Operations Manager", "Managing Director", "Customer Care Lead")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a company sits: as its record says it, and where that is."""

    country: str
    state: str
    city: str
    code: str
    zones: tuple[str, ...]
    subdivision: str | None = None


SEATS: Final = (
    Seat("Germany", "", "Berlin", "DE", ("Europe/Berlin",), "BE"),
    Seat("Germany", "", "", "DE", ("Europe/Berlin",)),
    Seat("United Kingdom", "", "Leeds", "GB", ("Europe/London",)),
    Seat("France", "", "Lyon", "FR", ("Europe/Paris",)),
    Seat("Spain", "", "Madrid", "ES", ("Europe/Madrid",), "MD"),
    Seat("Poland", "", "Warsaw", "PL", ("Europe/Warsaw",)),
    Seat("United States", "New York", "New York", "US", ("America/New_York",), "NY"),
    Seat("United States", "California", "", "US", ("America/Los_Angeles",), "CA"),
    Seat("United States", "", "", "US", _UNITED_STATES),
    Seat("Japan", "", "Osaka", "JP", ("Asia/Tokyo",)),
    Seat("India", "", "Pune", "IN", ("Asia/Kolkata",)),
    Seat("Saudi Arabia", "", "Riyadh", "SA", ("Asia/Riyadh",)),
    Seat("Israel", "", "Haifa", "IL", ("Asia/Jerusalem",)),
    Seat("United Arab Emirates", "", "Dubai", "AE", ("Asia/Dubai",)),
    Seat("New Zealand", "", "Auckland", "NZ", ("Pacific/Auckland",), "AUK"),
    Seat("Chile", "", "Santiago", "CL", ("America/Santiago",), "RM"),
    Seat("Brazil", "", "São Paulo", "BR", ("America/Sao_Paulo",), "SP"),
    Seat("South Africa", "", "Cape Town", "ZA", ("Africa/Johannesburg",)),
    Seat("Atlantis", "", "", "", ()),
)
"""Weekends that are not ours, half hours, both hemispheres and a country that does not exist are among them."""
_WEIGHTS: Final = (8, 3, 4, 3, 2, 2, 5, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """A lead as its record says it, and the truth beside it."""

    address: str
    fields: dict[str, Any]
    seat: Seat

    @property
    def company(self) -> str:
        """Its domain: the address of its site without ``https://www.``."""
        return str(self.fields["Website"])[12:]


def some_people(stream: random.Random, count: int) -> list[Person]:
    """Draw companies of one to four people; a few records are worth nothing, twice there, or name another's domain."""
    people: list[Person] = []
    firm = 0
    while len(people) < count:
        firm += 1
        seat = stream.choices(SEATS, _WEIGHTS)[0]
        name = f"{stream.choice(_WORDS)} {firm} {stream.choice(_TRADES)}"
        domain = f"{name.split(' ', 1)[0].lower()}{firm}.com"
        staff = stream.choice((1, 1, 2, 2, 3, 4))
        people += [one_person(stream, name, domain, seat, number) for number in range(staff)]
    return people[:count]


def one_person(stream: random.Random, company: str, domain: str, seat: Seat, number: int) -> Person:
    """Draw somebody at a company."""
    first, last = stream.choice(_FIRST), f"{stream.choice(_LAST)}{number or ''}"
    address = f"{first}.{last}@{domain}".lower()
    written, flaw = address, stream.random()
    if flaw < 0.02:  # noqa: PLR2004 - shares of flawed records
        written = f"{first}.{last} at {domain}"
    elif flaw < 0.04:  # noqa: PLR2004
        written = f"{first}.{last}@unrelated-{number}{len(domain)}.net"
    elif flaw < 0.08:  # noqa: PLR2004
        written = f"  {address.upper()}"
    cells = {
        "Name": f"{first} {last}", "First Name": first, "Last Name": last, "Title": stream.choice(_TITLES),
        "Email": written, "Company": company, "Website": f"https://www.{domain}", "Country": seat.country,
        "State": seat.state, "City": seat.city,
    }  # fmt: skip
    return Person(written.strip().lower(), {name: value for name, value in cells.items() if value}, seat)
