"""Which parameters a task is run with: one table for all models (rule B33).

What must hold: nothing here caps the length of an answer (rule B32), and no parameter is sent that the model refuses.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from resources.models.gateway import Task

_TEMPERATURES: Final[Mapping[Task, float]] = MappingProxyType(
    {
        Task.RESEARCH: 0.0,  # extraction: what the page says, nothing else
        Task.JUDGEMENT: 0.0,  # the same question gets the same verdict
        Task.WRITING: 0.7,  # mails that differ from one another
    }
)
_EFFORTS: Final[Mapping[Task, str]] = MappingProxyType(
    {Task.RESEARCH: "low", Task.JUDGEMENT: "low", Task.WRITING: "medium"}
)
_REASONING_FAMILIES: Final = ("gpt-5", "gpt-6", "o1", "o3", "o4")


def reasons(model: str) -> bool:
    """Whether a model is a reasoning model: it takes an effort and refuses any temperature but 1.

    Names nobody knows yet count as reasoning models: the newer families all are, and an effort too many is refused
    with an error that names it.
    """
    name = model.rpartition("/")[2]
    return name.startswith(_REASONING_FAMILIES) or not name.startswith(("gpt-4", "gpt-3.5", "sonar"))


def parameters(task: Task, model: str) -> Mapping[str, Any]:
    """Return the request parameters of a task for a model, in the Responses API's spelling."""
    if reasons(model):
        return {"reasoning": {"effort": _EFFORTS[task]}}
    return {"temperature": _TEMPERATURES[task]}
