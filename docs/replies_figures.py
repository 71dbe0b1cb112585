"""The figures on the page of replies: what the rules make of each corpus, counted anew whenever the page is written.

What must hold: the page shows what the committed rules do with the committed messages, wrong ones included.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from rules.inbound import read_message
from rules.quoting import own_words
from rules.replies import HUMAN, ReplyClass, classify_reply
from tests.replies import DATA, TODAY, as_raw, corpus, real_messages

PAGE: Final = Path(__file__).parent / "replies.md"
_FIGURES: Final = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.DOTALL)
PARTS: Final = {
    "tuned": "what the rules were written against",
    "held_out": "written before the rules, by the same hand, only counted",
    "later": "written after the rules, to break them, only counted",
}


def with_figures(page: str) -> str:
    """The page with its figures counted anew."""
    return _FIGURES.sub(lambda _: figures(), page)


def figures() -> str:
    """Every table of the page."""
    rows = ["| corpus | messages | right class | person taken for machine | machine taken for person | right day |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    rows += [_part(name, words) for name, words in PARTS.items()]
    asked = [json.loads(line) for line in (DATA / "quoted.jsonl").read_text("utf-8").splitlines()]
    right = sum(own_words(item["text"]).split() == item["own"].split() for item in asked)
    quoted = f"Quotation cut off at the right place: {right} of {len(asked)} messages (`quoted.jsonl`)."
    confusion = Counter((sample.label, sample.verdict.label.value) for name in PARTS for sample in corpus(name))
    real = Counter(
        (message["label"].replace("_", " "), _today(as_raw(message)).value.replace("_", " "))
        for message in real_messages()
    )
    return "\n".join([
        "### Written for the tests, twelve languages\n", *rows, "", quoted, "",
        "### All three together: what each is, and what it is taken for\n", _matrix(confusion), "",
        "### Collected: bounces, abuse reports, automatic replies and people's answers\n", _matrix(real), "",
    ])  # fmt: skip


def _today(raw: bytes, today: date = TODAY) -> ReplyClass:
    return classify_reply(read_message(raw), today=today).label


def _part(name: str, words: str) -> str:
    samples = corpus(name)
    told = [(sample, sample.verdict) for sample in samples]
    right = sum(verdict.label == sample.label for sample, verdict in told)
    person = sum(sample.label in HUMAN and verdict.label not in HUMAN for sample, verdict in told)
    machine = sum(sample.label not in HUMAN and verdict.label in HUMAN for sample, verdict in told)
    away = [(sample, verdict) for sample, verdict in told if sample.label == ReplyClass.OUT_OF_OFFICE]
    days = sum(verdict.back_on == sample.back_on for sample, verdict in away)
    return f"| `{name}`: {words} | {len(samples)} | {right} | {person} | {machine} | {days} of {len(away)} |"


def _matrix(counted: Mapping[tuple[str, str], int]) -> str:
    truths = list(dict.fromkeys(truth for truth, _ in counted))
    heard = sorted({label for _, label in counted})
    rows = [f"| is \\ taken for | {' | '.join(name.replace('_', ' ') for name in heard)} |"]
    rows.append("| --- |" + " ---: |" * len(heard))
    for truth in truths:
        cells = " | ".join(str(counted.get((truth, label), 0) or "") for label in heard)
        rows.append(f"| {truth.replace('_', ' ')} | {cells} |")
    return "\n".join(rows)
