"""What the model is asked about the residue, and what its answer means (tier 3).

One thing must hold: one question per pair of company and mail domain, and an answer counts only for the question it
names. Asking and storing are the stage's business; here are values only.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from rules.attribution.verdicts import CONFIDENT_AT, Learned, Verdict

QUESTION_VERSION = 1
"""Raised when questions are put differently; old answers then no longer count."""

MAX_NAMES, MAX_SAMPLES = 3, 3


@dataclass(frozen=True, slots=True)
class Question:
    """One pair of company and mail domain.

    Attributes:
        id: Hash of what is asked; the key its answer is stored under.
        company: The company's name; further spellings after a semicolon.
        company_domains: Domains the record calls the company's site.
        mail_domain: Where its leads write from.
        evidence: What tiers 1 and 2 saw, in one sentence.
        samples: Some leads' names, to be seen by operators; never sent to the model.
        leads: How many leads wait for the answer.
    """

    id: str
    company: str
    company_domains: tuple[str, ...]
    mail_domain: str
    evidence: str
    samples: tuple[str, ...]
    leads: int


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What the model said to one question; confidence from 0 to 1."""

    id: str
    verdict: Verdict
    confidence: float
    reason: str

    @property
    def confident(self) -> bool:
        """Whether the answer decides."""
        return self.confidence >= CONFIDENT_AT and self.verdict in {Verdict.MATCH, Verdict.MISMATCH}


class AnswerError(ValueError):
    """The model's text is no answer to what was asked; nothing of it is used (rule B32)."""


ANSWER_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["answers"],
    "properties": {
        "answers": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "verdict", "confidence", "reason"],
                "properties": {
                    "id": {"type": "string"},
                    "verdict": {"type": "string", "enum": ["match", "mismatch", "unverifiable"]},
                    "confidence": {"type": "number"},
                    "reason": {"type": "string"},
                },
            },
        }
    },
}
"""Strict JSON schema of an answer: every property required, nothing besides."""


def question_id(company_domain: str, mail_domain: str) -> str:
    """The key of a pair: the same whatever the spelling of the name and the number of leads."""
    asked = f"{QUESTION_VERSION}\x1f{company_domain}\x1f{mail_domain}"
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def questions(leads: pl.DataFrame, judged: pl.DataFrame) -> list[Question]:
    """The open questions of a judged list, those of one company together.

    Args:
        leads: As given to `judge`.
        judged: As it returned them; rows in the same order.
    """
    named = judged.with_columns(
        _column(leads, "full_name"), _column(leads, "company_name"), pl.col("evidence").fill_null("")
    ).filter(pl.col("verdict") == Verdict.PENDING.value)
    grouped = named.group_by("question_id", "company_domain", "mail_domain").agg(
        pl.col("company_name").drop_nulls().unique().sort().head(MAX_NAMES),
        pl.col("evidence").sort().first(),
        pl.col("full_name").drop_nulls().unique(maintain_order=True).head(MAX_SAMPLES),
        pl.len(),
    )
    return [
        Question(
            id=row["question_id"],
            company="; ".join(row["company_name"]),
            company_domains=(row["company_domain"],),
            mail_domain=row["mail_domain"],
            evidence=row["evidence"],
            samples=tuple(row["full_name"]),
            leads=row["len"],
        )
        for row in grouped.sort("company_domain", "mail_domain").iter_rows(named=True)
    ]


def _column(leads: pl.DataFrame, name: str) -> pl.Series:
    if name in leads.columns:
        return leads[name].cast(pl.String)
    return pl.Series(name, [None] * leads.height, dtype=pl.String)


def prompt_document(asked: Iterable[Question]) -> dict[str, Any]:
    """What goes to the model, JSON-able: companies and domains, no person."""
    return {
        "questions": [
            {
                "id": question.id,
                "company": question.company,
                "company_domains": list(question.company_domains),
                "mail_domain": question.mail_domain,
                "evidence": question.evidence,
            }
            for question in asked
        ]
    }


def interpret(raw: str, asked: Sequence[Question]) -> list[ModelAnswer]:
    """Read the model's text against what was asked.

    Raises:
        AnswerError: not JSON, not the schema, an id that was not asked, one asked and not answered, or one twice.
    """
    try:
        items = json.loads(raw)["answers"]
        answers = [_answer(item) for item in items]
    except (ValueError, KeyError, TypeError) as malformed:
        raise AnswerError(f"not an answer by the schema: {malformed}") from malformed
    expected, got = {question.id for question in asked}, [answer.id for answer in answers]
    if len(set(got)) != len(got):
        raise AnswerError("a question is answered twice")
    if stray := set(got) - expected:
        raise AnswerError(f"answers to questions that were not asked: {sorted(stray)[:3]}")
    if missing := expected - set(got):
        raise AnswerError(f"{len(missing)} of {len(expected)} questions are not answered")
    return answers


def _answer(item: Mapping[str, Any]) -> ModelAnswer:
    confidence, reason = item["confidence"], item["reason"]
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise ValueError(f"a confidence is a number from 0 to 1, not {confidence!r}")
    if not isinstance(reason, str) or not isinstance(item["id"], str):
        raise TypeError("id and reason are texts")
    verdict = Verdict(item["verdict"])
    if verdict not in {Verdict.MATCH, Verdict.MISMATCH, Verdict.UNVERIFIABLE}:
        raise ValueError(f"a model does not say {verdict}")
    return ModelAnswer(id=item["id"], verdict=verdict, confidence=float(confidence), reason=reason.strip())


def learn_answers(asked: Iterable[Question], answers: Mapping[str, ModelAnswer]) -> Learned:
    """What confident answers teach about pairs of domains; the unsure ones teach nothing."""
    return Learned(
        pairs={
            (company_domain, question.mail_domain): answer.verdict
            for question in asked
            if (answer := answers.get(question.id)) is not None and answer.confident
            for company_domain in question.company_domains
        }
    )
