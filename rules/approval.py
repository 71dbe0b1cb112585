"""Which drafts wait for a person before they may go out: the first ones of a new prompt, then a daily sample.

What must hold: until enough drafts of a prompt were approved, not one of it goes out unseen.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from rules.campaign import Approval, Campaign, Mode
from rules.hashing import draw

CODE_LENGTH = 8
"""Hex digits of a draft's content hash: what a person types to say which text is meant."""
_PERCENT = 100


class ApprovalState(StrEnum):
    """Where a draft that was held for a person stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """Its slot passed, its prompt changed, or the lead must not be mailed any more."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a prompt stands with its readers: drafts of it that were approved, and that wait."""

    approved: int
    waiting: int


def readers_wanted(campaign: Campaign) -> Approval:
    """The rules in force: in the sandbox nothing waits, unless it is asked for."""
    if campaign.mode is Mode.SANDBOX and not campaign.approval.in_sandbox:
        return Approval(first=0, daily_percent=0)
    return campaign.approval


def trial_room(wanted: Approval, trial: Trial) -> int | None:
    """How many more drafts of a prompt may be written for its readers; ``None`` once it is trusted."""
    if trial.approved >= wanted.first:
        return None
    return max(0, wanted.first - trial.approved - trial.waiting)


def must_wait(wanted: Approval, trial: Trial, *, held_today: int, lead_id: str, day: str) -> str | None:
    """Why a draft that passed the gate waits for a person, or ``None``.

    The daily sample takes the first draft of the day, so that a small day has one too, and then a share drawn by the
    lead, so that nobody knows beforehand whose draft is read.
    """
    if trial.approved < wanted.first:
        return f"the first {wanted.first} drafts of a prompt are read by a person"
    if wanted.daily_percent and (
        held_today == 0 or draw(seed=f"{day}\x1f{lead_id}", options=_PERCENT) < wanted.daily_percent
    ):
        return "it is in the day's sample"
    return None


_WORD = re.compile(
    r"^\s*(?P<word>approve|ok|yes|reject|no)\s+(?P<code>[0-9a-f]{8})\b[\s:,-]*(?P<reason>.*)$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said about one draft."""

    approve: bool
    code: str
    reason: str


def read_word(text: str) -> Word | None:
    """Read ``approve 3f2a9c01`` or ``reject 3f2a9c01: too long`` from a cell or a chat; ``None`` for anything else.

    The code names the exact text (invariant I4): a word that stays in its cell says nothing about a later draft.
    """
    found = _WORD.match(text)
    if found is None:
        return None
    approve = found["word"].casefold() in ("approve", "ok", "yes")
    return Word(approve, found["code"].casefold(), found["reason"].strip())
