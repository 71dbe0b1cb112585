"""The gate: one ordered list of checks, each with a name, a sentence and a file of its own (rules A4, B12; I4).

What must hold: a draft with any finding is never prepared for sending; the first finding is the reason that is
kept, all of them go to the writer for its one repair.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rules.draft_gate import claims, form, made_up, phrases, readability
from rules.draft_gate.draft import Context, Draft
from rules.draft_gate.language import language
from rules.draft_gate.orders import command_in
from rules.draft_gate.words import after_greeting
from rules.mail import Mail


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a draft; its sentence is the first line of the function's docstring."""

    name: str
    find: Callable[[Draft, Context], str | None]

    @property
    def says(self) -> str:
        """What must hold of a draft."""
        return (self.find.__doc__ or "").split("\n\n", 1)[0].replace("\n", " ").strip()


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that a draft did not pass, and why."""

    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The mail, or what keeps it from being one."""

    mail: Mail | None
    findings: tuple[Finding, ...]

    @property
    def reason(self) -> str | None:
        """The first finding, which is the reason that is kept."""
        return self.findings[0].reason if self.findings else None

    @property
    def advice(self) -> str:
        """Every finding, for the writer's repair."""
        return "; ".join(finding.reason for finding in self.findings)


def order(draft: Draft, _context: Context) -> str | None:
    """The reader is told to do nothing but answer: no click, call, payment, log-in, passing on."""
    found = command_in(draft.subject) or command_in(after_greeting(draft.text))
    return f"the text orders its reader about: {found!r}" if found else None


CHECKS: Final = (
    Check("whole", form.whole),
    Check("length", form.lengths),
    Check("greeting", form.greeting),
    Check("markup", form.markup),
    Check("link", made_up.link),
    Check("code", made_up.code),
    Check("figure", made_up.figure),
    Check("name", made_up.name),
    Check("order", order),
    Check("secrets", phrases.secrets),
    Check("machine", phrases.machine),
    Check("forbidden", phrases.forbidden),
    Check("spam", phrases.spam),
    Check("questions", form.questions),
    Check("signature", form.signature),
    Check("facts", claims.named_facts),
    Check("claim", claims.claim),
    Check("language", language),
    Check("readability", readability.readability),
)
"""In this order: what can never be repaired by chance comes first, what is a matter of taste last."""

BY_A_WRITER: Final = frozenset({"facts"})
"""Checks of what only a writer hands in; a person who edits names no fact ids."""


def judge(draft: Draft, context: Context, *, edited: bool = False) -> Judgement:
    """Hold a draft, without its footer, against every check.

    Args:
        draft: What was handed in.
        context: What it is held against.
        edited: Whether a person wrote it: everything holds but the naming of facts.
    """
    plain = Draft(draft.subject.strip(), draft.text.strip(), draft.claims)
    findings = []
    for check in CHECKS:
        if edited and check.name in BY_A_WRITER:
            continue
        if reason := check.find(plain, context):
            findings.append(Finding(check.name, reason))
            if check.name == "whole":
                break  # what is no mail cannot be asked anything else
    mail = None if findings else Mail(plain.subject, plain.text)
    return Judgement(mail, tuple(findings))
