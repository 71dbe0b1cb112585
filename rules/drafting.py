"""What the writer is told and how its answer is read: the static part first (rule B35), then typed facts as material.

What must hold: the writer sees facts under ids, never a page or an address; an answer is whole and of the asked shape,
or it is none (rule B32).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rules.campaign import Campaign, Step
from rules.draft_gate.draft import Claim, Draft
from rules.facts import Shown
from rules.hashing import content_hash
from rules.prompt import MANNER

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "body", "claims"],
    "properties": {
        "subject": {"type": "string"},
        "body": {"type": "string"},
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["sentence", "facts"],
                "properties": {
                    "sentence": {"type": "string"},
                    "facts": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


def instructions(campaign: Campaign) -> str:
    """The static part: byte-identical for every mail of a campaign, so that it is cached."""
    offer = campaign.offer
    forbidden = "; ".join(offer.forbidden) or "nothing in particular"
    steps = "\n".join(f"- {step.name}: {step.brief}" for step in campaign.cadence.steps)
    variants = "\n".join(f"- {name}: {brief}" for name, brief in sorted(campaign.drafting.variants.items()))
    return (
        f"{campaign.drafting.manner or MANNER}\n\nTHIS CAMPAIGN\nWho writes: {campaign.sender.name}, "
        f"{campaign.sender.company}.\nWhat we offer: {offer.what}.\nFor whom: {offer.for_whom}.\n"
        f"The one honest reason why we write: {offer.reason}.\nTone: {offer.tone}.\nNever say: {forbidden}.\n"
        f"What each step asks for:\n{steps}\n"
        + (f"What each variant does differently:\n{variants}\n" if variants else "")
        + f"The word {secret(campaign)} stands here for no purpose; never write it.\n"
        f"Prompt version {campaign.drafting.prompt_version}."
    )


def secret(campaign: Campaign) -> str:
    """A word of the prompt that no honest mail holds: seen in an answer, the prompt leaked."""
    return f"zq{content_hash([campaign.id, campaign.drafting.prompt_version])[:10]}"


def prompt_id(campaign: Campaign) -> str:
    """The prompt's name: its version and a digest of every word of it, so that a changed prompt is another one."""
    return f"{campaign.drafting.prompt_version[:40]}-{content_hash(instructions(campaign))[:8]}"


def document(
    *,
    step: Step,
    variant: str,
    language: str,
    recipient: Mapping[str, str],
    company: str,
    shown: Shown,
    campaign: Campaign,
    thread: Sequence[Mapping[str, str]],
    repair: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The variable part: who reads it, what is known, what was said before, and what was wrong with the last try."""
    parts: dict[str, Any] = {
        "step": step.name,
        "variant": variant,
        "language": language,
        "max_words": campaign.offer.max_words - 20,
        "recipient": {name: value for name, value in recipient.items() if value},
        "company": {"name": company, "what_they_do": shown.about},
        "facts": [{"id": fact.id, "claim": fact.claim, "quote": fact.quote} for fact in shown.facts],
        "avoid": list(shown.avoid),
        "offer": campaign.offer.what,
        "sender": {"name": campaign.sender.name, "company": campaign.sender.company},
        "thread": [dict(mail) for mail in thread],
    }
    if repair:
        parts["repair"] = dict(repair)
    return parts


def read_answer(text: str) -> tuple[Draft | None, str | None]:
    """Read an answer at once and hold it against its schema (rule B32).

    Returns:
        The draft and ``None``, or ``None`` and what is wrong with the answer.
    """
    try:
        parts = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None, "the answer is no whole JSON document"
    if not isinstance(parts, dict) or set(parts) != set(SCHEMA["required"]):
        return None, "the answer does not have exactly subject, body and claims"
    if not isinstance(parts["subject"], str) or not isinstance(parts["body"], str):
        return None, "subject and body are not both text"
    claims = parts["claims"]
    if not isinstance(claims, list) or not all(_is_claim(one) for one in claims):
        return None, "the claims are not sentences with ids of facts"
    return (
        Draft(parts["subject"], parts["body"], tuple(Claim(one["sentence"], tuple(one["facts"])) for one in claims)),
        None,
    )


def _is_claim(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and set(one) == {"sentence", "facts"}
        and isinstance(one["sentence"], str)
        and isinstance(one["facts"], list)
        and all(isinstance(name, str) for name in one["facts"])
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand in it once: of two bodies nobody knows which one was meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
