"""The rules that tell machines from people, by version: each a condition, a weight and a sentence.

What must hold: a version that was ever trusted is not edited; a better idea is a new version, compared with the old one
over the whole history before anybody believes it. Weights are halves, so that sums are exact and free of order.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from rules.classification.features import ON_ARRIVAL_SECONDS

MACHINE_FROM: Final = 2.0
"""A score from here on is a machine's."""
HUMAN_TO: Final = -1.0
"""A score down to here is a person's; between the two nobody can tell."""

EARLY_SECONDS: Final = 60.0
LATE_SECONDS: Final = 120.0
GATEWAY_SECONDS: Final = 600.0
READING_SECONDS: Final = 3.0
MANY_LINKS: Final = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign.

    Attributes:
        id: How a judgement names it.
        weight: Added to the score where it holds: positive for a machine, negative for a person.
        when: The condition, over the columns of `features`; null counts as no.
        says: What it means, in a sentence.
    """

    id: str
    weight: float
    when: pl.Expr
    says: str


_SINCE: Final = pl.col("since")
_CLICK: Final = pl.col("kind") == "clicked"
_NOT_PROXY: Final = ~pl.col("proxy")

PROXY: Final = Rule("proxy", 4.0, pl.col("proxy"), "an image proxy fetched it, whether anybody read the mail or not")
ON_ARRIVAL: Final = Rule(
    "on-arrival", 3.0, _NOT_PROXY & (_SINCE <= ON_ARRIVAL_SECONDS), "it came within ten seconds of delivery"
)
LATE: Final = Rule("late", -2.0, _NOT_PROXY & (_SINCE > LATE_SECONDS), "it came more than two minutes after delivery")

VERSIONS: Final[dict[str, tuple[Rule, ...]]] = {
    "1": (PROXY, ON_ARRIVAL, LATE),
    "2": (
        PROXY,
        ON_ARRIVAL,
        Rule("early", 1.0, _NOT_PROXY & _SINCE.is_between(ON_ARRIVAL_SECONDS, EARLY_SECONDS, closed="right"),
             "it came within a minute of delivery"),
        LATE,
        Rule("burst", 3.0, pl.col("burst_links") >= MANY_LINKS, "three or more links were clicked within two seconds"),
        Rule("pair", 1.5, pl.col("burst_links") == MANY_LINKS - 1, "two links were clicked within two seconds"),
        Rule("all-links", 2.0, pl.col("all_links"), "every link of the mail was clicked at once"),
        Rule("in-step", 2.0, pl.col("in_step"), "somebody else of the company did the same within two seconds"),
        Rule("gateway", 2.0, pl.col("scanned_elsewhere") & (_SINCE <= GATEWAY_SECONDS),
             "another mail to the company was scanned on arrival, and this came within ten minutes"),
        Rule("scanner", 5.0, pl.col("scanner"), "the user agent is a scanner's, a robot's or a program's"),
        Rule("bare-agent", 2.0, pl.col("bare"), "the user agent is the bare `Mozilla/5.0` of a privacy proxy"),
        Rule("no-open", 0.5, _CLICK & pl.col("after_open").is_null(), "nobody had opened the mail before"),
        Rule("read-first", -1.0, _CLICK & (pl.col("after_open") >= READING_SECONDS),
             "the link was clicked three seconds or more after the mail was opened"),
        Rule("came-back", -2.0, pl.col("came_back"), "the same mail was touched again more than ten minutes apart"),
    ),
}  # fmt: skip
"""The rules of each version that can be asked for."""

CLASSIFIER_VERSION: Final = "2"
"""The newest version: trusted by a ledger that begins with it, a candidate for one that trusts an older one."""
