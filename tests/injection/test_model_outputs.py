"""Whatever a model answers, what comes out is a whole mail without anything it smuggled, or a reason.

A bounded sample here; `make fuzz` judges 5,000 a run under a fresh seed and prints the table of docs/drafting.md.
"""

from collections import Counter
from collections.abc import Iterable

import pytest

from rules import drafting
from rules.draft_gate.judging import judge
from rules.facts import shown_facts
from tests.injection.model_outputs import Output, outputs
from tests.injection.test_injection import FOREIGN, HONEST, context, research

HELD = context(shown_facts(research([HONEST])))
SAMPLE = 600


def accepted(output: Output) -> str | None:
    """The mail that an output becomes, as one text; ``None`` where it is refused with a reason."""
    draft, refused = drafting.read_answer(output.text)
    if draft is None:
        assert refused
        return None
    judgement = judge(draft, HELD)
    assert (judgement.mail is None) == bool(judgement.reason)
    return None if judgement.mail is None else f"{judgement.mail.subject}\n{judgement.mail.text}"


def escapes(many: Iterable[Output]) -> tuple[list[Output], Counter[str], Counter[str]]:
    """Outputs that got something out; how many there were of each kind, and how many became mails."""
    found, seen, mails = [], Counter[str](), Counter[str]()
    for output in many:
        seen[output.kind] += 1
        text = accepted(output)
        if text is None:
            continue
        mails[output.kind] += 1
        subject, _, body = text.partition("\n")
        smuggled = any(mark.casefold() in text.casefold() for mark in output.marks)
        broken = (
            not subject.strip() or len(body.split()) < 10 or len(body.split()) > 130 or set(text) & set("{}<>\\\x00")
        )
        if smuggled or broken or FOREIGN.search(text):
            found.append(output)
    return found, seen, mails


@pytest.mark.rule("B1")
@pytest.mark.rule("B32")
def test_nothing_escapes_from_a_sample_of_wrong_answers() -> None:
    found, seen, mails = escapes(outputs(7, SAMPLE))
    assert [(output.kind, output.marks, output.text[:300]) for output in found] == []
    assert len(seen) == 16
    assert mails["good"] == seen["good"]


def test_the_stream_is_the_same_under_the_same_seed() -> None:
    assert list(outputs(3, 40)) == list(outputs(3, 40)) != list(outputs(4, 40))
