"""The tables of docs/metrics.md that are made from code: rates, and the rules of the classifier by version."""

import re
from pathlib import Path
from typing import Final

from rules.classification.rulebook import CLASSIFIER_VERSION, HUMAN_TO, MACHINE_FROM, VERSIONS
from rules.rates import RATES

PAGE: Final = Path(__file__).parent / "metrics.md"


def with_tables(page: str) -> str:
    """The page with its two generated tables renewed; what stands between the marks is replaced."""
    for mark, table in (("rates", rates_table()), ("rules", rules_table())):
        begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
        page = re.sub(f"{begin}.*?{end}", lambda _, b=begin, t=table, e=end: f"{b}\n{t}\n{e}", page, flags=re.DOTALL)
    return page


def rates_table() -> str:
    """Each rate with its formula."""
    rows = [f"| `{rate.name}` | `{rate.part}` / `{rate.whole}` | {rate.says} |" for rate in RATES]
    return "\n".join(["| rate | formula | what it says |", "| --- | --- | --- |", *rows])


def rules_table() -> str:
    """Each rule with its weight in the versions that have it."""
    rules = {rule.id: rule for version in VERSIONS.values() for rule in version}
    weights = {version: {rule.id: rule.weight for rule in held} for version, held in VERSIONS.items()}
    head = f"| rule | {' | '.join(f'version {version}' for version in VERSIONS)} | holds when |"
    lines = [head, f"| --- | {' | '.join('---:' for _ in VERSIONS)} | --- |"]
    for name, rule in rules.items():
        cells = [f"{held[name]:+g}" if name in held else "" for held in weights.values()]
        lines.append(f"| `{name}` | {' | '.join(cells)} | {rule.says} |")
    bars = f"From {MACHINE_FROM:g} on a machine's, to {HUMAN_TO:g} a person's, between them unsure."
    return "\n".join([*lines, "", f"{bars} The newest version is {CLASSIFIER_VERSION}."])
