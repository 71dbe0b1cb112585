"""The words the gate speaks: verdicts, reasons, and what operators and models have said before.

One thing must hold: no state is free text (rule B41); a reason can be counted, the sentence beside it can be checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ATTRIBUTION_VERSION = "2026.11.1"
"""Part of every verdict; raise it when a rule changes, and the whole history can be judged again."""

CONFIDENT_AT = 0.8
"""Confidence from which a model's answer decides and becomes knowledge about the corpus."""


class Verdict(StrEnum):
    """Whether the address belongs to the company on the record."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNVERIFIABLE = "unverifiable"
    INVALID = "invalid"
    PENDING = "pending"
    """Left for the model; nobody is written to before it has answered."""


class Reason(StrEnum):
    """Why the verdict is what it is."""

    SAME_DOMAIN = "same_domain"
    OWN_DOMAIN = "own_domain"
    """Tier 2 shows the mail domain to be a second domain of the company."""
    LEARNED_DOMAIN = "learned_domain"
    FREE_MAIL = "free_mail"
    DISPOSABLE_MAIL = "disposable_mail"
    BAD_ADDRESS = "bad_address"
    BAD_SITE = "bad_site"
    NO_SITE = "no_site"
    SITE_OF_ANOTHER = "site_of_another"
    UNKNOWN_DOMAIN = "unknown_domain"
    MODEL = "model"
    MODEL_UNSURE = "model_unsure"
    RECIPIENT = "recipient"
    """The person who was written to says that the company is not theirs."""
    OPERATOR_LEAD = "operator_lead"
    OPERATOR_DOMAIN = "operator_domain"


DomainPair = tuple[str, str]
"""Company domain (`*` for any company) and mail domain."""

ANY_COMPANY = "*"


@dataclass(frozen=True, slots=True)
class Overrulings:
    """What operators decided against or ahead of the gate.

    Attributes:
        leads: Lead id to verdict; match or mismatch.
        domains: Company domain (or `ANY_COMPANY`) and mail domain to verdict.
        recipients: Leads who answered that the company is not theirs; operators' words come before.
    """

    leads: Mapping[str, Verdict] = field(default_factory=dict)
    domains: Mapping[DomainPair, Verdict] = field(default_factory=dict)
    recipients: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for verdict in (*self.leads.values(), *self.domains.values()):
            if verdict not in {Verdict.MATCH, Verdict.MISMATCH}:
                raise ValueError(f"an operator says match or mismatch, not {verdict}")


NO_OVERRULINGS = Overrulings()


@dataclass(frozen=True, slots=True)
class Learned:
    """Pairs of company and mail domain that a confident answer has settled, whatever the spelling on the record."""

    pairs: Mapping[DomainPair, Verdict] = field(default_factory=dict)


NOTHING_LEARNED = Learned()
