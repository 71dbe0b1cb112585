"""Turning a prompt into an answer with its usage, for every endpoint that does so.

The one thing that must hold: a call is counted as paid when it is answered, whether or not the answer reaches anybody.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sandbox.minds.answering import answer, question
from sandbox.minds.document import item_key
from sandbox.minds.researching import NOTHING, Research
from sandbox.openai import errors
from sandbox.openai.models import BATCH_DISCOUNT, Model, find_model
from sandbox.openai.state import CHARACTERS_PER_TOKEN, tokens_in
from sandbox.world.world import World

SEARCH_USD: Final = 0.01
_EFFORT: Final = {"none": 0, "minimal": 16, "low": 64, "medium": 192, "high": 512, "xhigh": 1_024, "max": 2_048}
_REFUSAL: Final = "I'm sorry, but I can't help with that."
_PROSE: Final = "Sure, here is what I would write, in my own words and without any particular format."


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked: the whole text in order (for tokens and caching), and the last message of the person asking."""

    model: str
    whole: str
    last: str
    schema: dict[str, Any] | None = None
    wants_json: bool = False
    most_tokens: int | None = None
    effort: str | None = None
    item: str = ""
    discounted: bool = False
    found: Research | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer: text or a refusal, how it ended (stop or length), and its tokens."""

    model: Model
    text: str
    refusal: str | None
    ended: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int


def usable_model(world: World, name: Any) -> Model:
    """Return a model that still answers today.

    Raises:
        OpenAIRefusal: 400 without a name, 404 for an unknown model or one past its shutdown date.
    """
    if not isinstance(name, str) or not name:
        raise errors.bad_request("you must provide a model parameter")
    model = find_model(name)
    if model is None:
        raise errors.model_not_found(name)
    gone = model.shutdown is not None and world.now.date() >= model.shutdown
    if gone or world.faults.strikes("openai.model_gone", name):
        raise errors.model_gone(name)
    return model


def generate(world: World, prompt: Prompt, subject: str) -> Generated:
    """Answer a prompt and charge for it; `subject` is what faults match against."""
    model = usable_model(world, prompt.model)
    read = "".join(str(result) for result in prompt.found.results) if prompt.found else ""
    tokens = tokens_in(prompt.whole) + (tokens_in(read) if read else 0)
    if tokens > model.context or world.faults.strikes("openai.context_exceeded", subject):
        raise errors.context_exceeded(model.context, max(tokens, model.context + 1))
    life = timedelta(minutes=world.switches.openai_cache_minutes)
    cached = min(world.openai.cache.hit(model.id, prompt.whole, now=world.now, life=life), tokens)
    asked = question(prompt.last, prompt.schema)
    text, refusal = _text(world, prompt, subject)
    reasoning = _EFFORT.get(prompt.effort or "medium", 0) if model.reasons else 0
    text, ended = _capped(text, reasoning, prompt.most_tokens)
    if text and world.faults.strikes("openai.cut_short", subject):
        text, ended = text[: max(1, len(text) * 2 // 3)], "length"
    reasoning = min(reasoning, prompt.most_tokens) if prompt.most_tokens else reasoning
    output = reasoning + (tokens_in(text or refusal or "") if text or refusal else 0)
    share = BATCH_DISCOUNT if prompt.discounted else 1.0
    usd = model.cost(input_tokens=tokens, cached_tokens=cached, output_tokens=output, share=share)
    usd += SEARCH_USD if prompt.found else 0.0
    world.tally.paid_call("openai", prompt.item or item_key(asked.document, asked.digest), usd)
    return Generated(model, text, refusal, ended, tokens, cached, output, reasoning)


def _text(world: World, prompt: Prompt, subject: str) -> tuple[str, str | None]:
    faults = world.faults
    if faults.strikes("openai.refusal", subject):
        return "", _REFUSAL
    if faults.strikes("openai.empty_answer", subject):
        return "", None
    if faults.strikes("openai.prose", subject):
        return _PROSE, None
    asked = question(prompt.last, prompt.schema)
    if prompt.wants_json and prompt.schema is None:
        return '{"answer":"yes"}', None
    return answer(world, asked, known=prompt.found or NOTHING), None


def _capped(text: str, reasoning: int, most: int | None) -> tuple[str, str]:
    """Reasoning counts into the cap first; what is left over cuts the text."""
    if most is None or reasoning + tokens_in(text) <= most:
        return text, "stop"
    return text[: max(0, most - reasoning) * CHARACTERS_PER_TOKEN], "length"
