"""A draft as the writer hands it in, and everything it is held against.

What must hold: a draft is judged against stored facts and settings only, so that the same draft gets the same verdict;
what it is compared with from the same day (other people, other mails) is named apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from rules.campaign import Offer, Sender
from rules.draft_gate.others import NOBODY_ELSE, Others
from rules.draft_gate.words import stem, stems, words
from rules.facts import Fact


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft and the ids of the facts its writer says it rests on."""

    sentence: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer answered: one subject, one text without signature and footer, and what it rests on."""

    subject: str
    text: str
    claims: tuple[Claim, ...] = ()

    @property
    def whole(self) -> str:
        """Subject and text."""
        return f"{self.subject}\n{self.text}"


@dataclass(frozen=True)
class Context:
    """What a draft is held against.

    Attributes:
        step: The step of the sequence.
        brief: What the step asks for.
        language: What the mail must be written in, as a BCP 47 tag.
        recipient: ``first_name``, ``full_name`` and ``role`` as the record has them.
        company: The recipient's company.
        facts: What the writer was shown.
        about: What the company does, as the writer was shown it.
        thread: Texts of the earlier mails of the thread.
        secrets: Words that stand in the prompt for no other purpose than to be found in an answer.
        others: Names of everybody else whose mails are written in the same run.
        unsaid: Names that facts hold and this mail must not: the research was made for another name of the site.
    """

    step: str
    brief: str
    language: str
    recipient: Mapping[str, str]
    company: str
    offer: Offer
    sender: Sender
    facts: Sequence[Fact] = ()
    about: str = ""
    thread: Sequence[str] = ()
    secrets: Sequence[str] = ()
    others: Others = field(default=NOBODY_ELSE)
    unsaid: Sequence[str] = ()

    @property
    def tongue(self) -> str:
        """The language without its region."""
        return self.language.partition("-")[0].casefold()

    @cached_property
    def ours(self) -> str:
        """Everything we may say of ourselves and of the letter: offer, sender, step, earlier mails."""
        offer = self.offer
        said = (
            offer.what,
            offer.reason,
            offer.for_whom,
            self.brief,
            self.sender.name,
            self.sender.company,
            *self.thread,
        )
        return "\n".join(said)

    @cached_property
    def theirs(self) -> str:
        """Everything we were told of the reader and the company."""
        told = (*self.recipient.values(), self.company, self.about, *(fact.words for fact in self.facts))
        return "\n".join(told)

    @cached_property
    def known_stems(self) -> frozenset[str]:
        """Stems of everything the writer was told."""
        return frozenset(stems(self.ours) | stems(self.theirs))

    @cached_property
    def names(self) -> frozenset[str]:
        """Stems of the reader's and the company's names."""
        return frozenset(
            stems(f"{self.company} {self.recipient.get('full_name', '')} {self.recipient.get('first_name', '')}")
        )

    @cached_property
    def company_stem(self) -> str:
        """The first word of the company's name, by which it is spoken of."""
        found = words(self.company)
        return stem(found[0].casefold()) if found else ""

    def grounds(self) -> dict[str, Any]:
        """The part that is kept with a draft, as a JSON-able mapping."""
        return {
            "step": self.step, "brief": self.brief, "language": self.language, "recipient": dict(self.recipient),
            "company": self.company, "facts": [asdict(fact) for fact in self.facts], "about": self.about,
            "thread": list(self.thread), "unsaid": list(self.unsaid),
        }  # fmt: skip

    @classmethod
    def of(cls, grounds: Mapping[str, Any], *, offer: Offer, sender: Sender) -> "Context":
        """The context of kept grounds: for a text that a person edited later."""
        facts = tuple(Fact(**fact) for fact in grounds["facts"])
        return cls(**{**grounds, "facts": facts, "offer": offer, "sender": sender})
