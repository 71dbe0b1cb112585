"""Trades that invented companies follow, with sentences for each.

The one thing that must hold: a claim says no more than its quote, and no sentence holds a price, a link, a phone number
or the name of another company.
"""

from dataclasses import dataclass
from typing import Final

FactPattern = tuple[str, str, str]
"""Claim, quote, path of the page."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One line of business. `signs` are parts of names that point to it; `{name}` and numbers are filled in."""

    signs: tuple[str, ...]
    does: str
    slogan: str
    facts: tuple[FactPattern, ...]
    news: tuple[str, ...]
    avoid: tuple[str, ...]
    filler: tuple[str, ...]


_COMMON: Final[tuple[FactPattern, ...]] = (
    (
        "{name} has been independent since {since}",
        "Founded in {since}, we are still run by the people who own it.",
        "/about",
    ),
    (
        "{name} employs {people} people at {sites} sites",
        "Our {people} colleagues work at {sites} sites, and most of them stay for more than ten years.",
        "/about",
    ),
    (
        "{name} answers every service request within one working day",
        "Every service request gets an answer within one working day, written by somebody who knows the case.",
        "/service",
    ),
    (
        "{name} trains its own apprentices in {town}",
        "Each {month} a new group of apprentices starts at our training centre in {town}.",
        "/careers",
    ),
)
_FILLER: Final = (
    "Our visitors' day takes place in spring, and registration opens a month before.",
    "The annual report can be read in the library of our head office.",
    "We publish a short letter to customers four times a year.",
)
_AVOID: Final = ("The restructuring of last year", "Comparisons with competitors", "The change of management")

TRADES: Final[tuple[Trade, ...]] = (
    Trade(
        ("instrument", "optic", "sensor", "lab", "precision", "metro"),
        "builds measuring instruments for laboratories and test benches",
        "Measured twice, delivered once.",
        (
            *_COMMON,
            (
                "{name} calibrates customers' instruments in {weeks} weeks at most",
                "Calibration takes {weeks} weeks at most, including the way there and back.",
                "/service",
            ),
            (
                "{name} opened a clean room in {town} in {year}",
                "In {year} our new clean room in {town} went into operation.",
                "/news-archive",
            ),
        ),
        ("{name} shows its new bench instrument in {month}", "{name} receives accreditation for its {town} laboratory"),
        _AVOID,
        _FILLER,
    ),
    Trade(
        ("logist", "freight", "ship", "cargo", "transport", "harbour", "haul"),
        "moves refrigerated and fragile goods for manufacturers",
        "It arrives as it left.",
        (
            *_COMMON,
            (
                "{name} runs {count} trucks of its own from {town}",
                "From our depot in {town} we run {count} trucks of our own, each with a named dispatcher.",
                "/fleet",
            ),
            (
                "{name} cut empty runs by {share} percent in {year}",
                "By planning return loads a week ahead we cut empty runs by {share} percent in {year}.",
                "/sustainability",
            ),
        ),
        ("{name} opens a night depot in {town}", "{name} adds {count} reefer trailers to its fleet"),
        _AVOID,
        _FILLER,
    ),
    Trade(
        ("soft", "data", "cloud", "digital", "analytic", "tech", "byte", "logic", "cyber", "code"),
        "makes planning software for workshops and field service teams",
        "Plans people can keep.",
        (
            *_COMMON,
            (
                "{name} releases a new version of its planner every {weeks} weeks",
                "A new version of the planner goes out every {weeks} weeks, with notes that anybody can read.",
                "/changelog",
            ),
            (
                "{name} lets customers export all of their data at any time",
                "All of your data can be exported at any time, in formats other programs can read.",
                "/product",
            ),
        ),
        ("{name} brings offline mode to its mobile planner", "{name} moves its support team to {town}"),
        _AVOID,
        _FILLER,
    ),
    Trade(
        ("food", "bak", "farm", "dairy", "mill", "brew", "tea", "coffee", "orchard", "organic"),
        "makes bakery ingredients from regional grain",
        "From the field next door.",
        (
            *_COMMON,
            (
                "{name} buys {share} percent of its grain from farms within an hour's drive",
                "We buy {share} percent of our grain from farms within an hour's drive of the mill in {town}.",
                "/sourcing",
            ),
            (
                "{name} delivers to {count} bakeries before six in the morning",
                "{count} bakeries get their delivery before six in the morning, every working day.",
                "/delivery",
            ),
        ),
        (
            "{name} starts a rye programme with growers near {town}",
            "{name} renews its mill after {weeks} weeks of work",
        ),
        _AVOID,
        _FILLER,
    ),
    Trade(
        ("energy", "solar", "power", "wind", "grid", "volt", "electric"),
        "plans and maintains solar roofs for commercial buildings",
        "Roofs that earn their keep.",
        (
            *_COMMON,
            (
                "{name} maintains {count} commercial roofs around {town}",
                "We look after {count} commercial roofs around {town}, each visited twice a year.",
                "/maintenance",
            ),
            (
                "{name} finishes most roofs within {weeks} weeks of the first visit",
                "Most roofs are finished within {weeks} weeks of our first visit.",
                "/projects",
            ),
        ),
        ("{name} completes its largest roof in {town}", "{name} offers battery checks from {month} on"),
        _AVOID,
        _FILLER,
    ),
    Trade(
        ("clinic", "health", "medic", "care", "pharma", "bio", "dental"),
        "supplies outpatient clinics with sterile kits",
        "Ready when the patient is.",
        (
            *_COMMON,
            (
                "{name} packs sterile kits for {count} outpatient clinics",
                "{count} outpatient clinics work with kits that we pack in {town}.",
                "/kits",
            ),
            (
                "{name} replaced {share} percent of its plastic packaging in {year}",
                "In {year} we replaced {share} percent of our plastic packaging with paper.",
                "/sustainability",
            ),
        ),
        ("{name} enlarges its packing hall in {town}", "{name} introduces a recall drill every {month}"),
        _AVOID,
        _FILLER,
    ),
    Trade(
        ("found", "steel", "metal", "forge", "cast", "machine", "tool", "works", "motor", "engineer", "robot"),
        "casts and machines small series of pump and valve parts",
        "Small series, no small talk.",
        (
            *_COMMON,
            (
                "{name} delivers first castings {weeks} weeks after the drawing",
                "First castings leave our foundry {weeks} weeks after we have your drawing.",
                "/small-series",
            ),
            (
                "{name} recovers {share} percent of its furnace heat for the offices in {town}",
                "We recover {share} percent of the furnace heat and warm our offices in {town} with it.",
                "/sustainability",
            ),
        ),
        ("{name} puts a second furnace into operation", "{name} opens its pattern archive to students from {town}"),
        _AVOID,
        _FILLER,
    ),
    Trade(
        ("studio", "design", "media", "architect", "press", "print", "brand", "paper"),
        "plans exhibitions and wayfinding for museums and stations",
        "People find their way.",
        (
            *_COMMON,
            (
                "{name} tests every sign with passers-by before it is built",
                "Every sign is tested with passers-by before it is built, in the rain as well.",
                "/method",
            ),
            (
                "{name} planned the wayfinding of {count} stations",
                "So far {count} stations have wayfinding that was planned at our tables in {town}.",
                "/projects",
            ),
        ),
        ("{name} plans the new museum quarter of {town}", "{name} publishes its handbook for readable signs"),
        _AVOID,
        _FILLER,
    ),
)
