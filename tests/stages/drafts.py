"""Leads ready to be written to, and a writer that answers as told: with a good draft, or a wrong one."""

from typing import Any

from resources.models.gateway import ModelAnswer
from tests.stages.doubles import ScriptedModel
from tests.stages.office import Office, lead

WONDERED = "I wondered who keeps a promise when the harbour is closed and the team is asleep."
GOOD: dict[str, Any] = {
    "subject": "A question about the night shift",
    "body": f"Dear Grace,\n\n{WONDERED} Is it the same people?\n\nWith kind regards",
    "claims": [{"sentence": WONDERED, "facts": ["f1"]}],
}
PRICED = {**GOOD, "body": GOOD["body"] + " It costs only $ 500."}


async def ready_to_draft(office: Office, count: int = 1) -> list[dict[str, Any]]:
    office.add(*(lead(number) for number in range(1, count + 1)))
    await office.receive()
    rows = await office.picked()
    assert len(rows) == count
    await office.research(rows)
    return rows


def scripted(office: Office, *answers: ModelAnswer | BaseException) -> ScriptedModel:
    model = ScriptedModel(answers)
    office.writer = model
    return model
