"""What a mutant is: a named bug, as exact replacements in product files, and the runs in which it has to show.

What must hold: a replacement whose text does not occur exactly once is an error, so that no mutant is ever the product.
"""

from dataclasses import dataclass
from pathlib import Path

from simulation.kinds import Kind
from simulation.profiles import Profile


class StaleMutantError(ValueError):
    """The product has changed where a mutant would change it; write the replacement anew."""


@dataclass(frozen=True, slots=True)
class Edit:
    """In the file at ``path`` (from the root of the project) ``old`` becomes ``new``."""

    path: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """The file's text with the bug.

        Raises:
            StaleMutantError: ``old`` is not there exactly once.
        """
        if text.count(self.old) != 1:
            raise StaleMutantError(f"{self.path} has {text.count(self.old)} times {self.old.strip()[:80]!r}, not once")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Luck:
    """The bad luck of the runs a mutant is looked for in.

    Attributes:
        name: As the table prints it.
        profile: What goes wrong.
        days: Days of a run, the calm ones at its end included.
        calm: Days on which nothing goes wrong any more.
        leads: People at the start.
        kind: How much of the product is at work.
    """

    name: str
    profile: Profile
    days: int = 5
    calm: int = 2
    leads: int = 10
    kind: Kind = Kind.ORDINARY


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug.

    Attributes:
        name: A few words, unique.
        breaks: Invariants it may break; a report of another one does not count.
        luck: Where it is looked for.
        edits: What is changed. More than one where a second line of defence would hide the first one's loss.
    """

    name: str
    breaks: frozenset[str]
    luck: Luck
    edits: tuple[Edit, ...]


def mutant(name: str, breaks: str, luck: Luck, *edits: tuple[str, str, str]) -> Mutant:
    """Write a mutant down.

    Args:
        name: A few words.
        breaks: Numbers of invariants, such as ``"I1 I5"``.
        luck: Where it is looked for.
        edits: Path, old text, new text.
    """
    return Mutant(name, frozenset(breaks.split()), luck, tuple(Edit(*edit) for edit in edits))


def mutated(root: Path, mutant: Mutant) -> dict[str, str]:
    """The text of each file that a mutant changes, by path.

    Raises:
        StaleMutantError: A replacement does not fit.
    """
    texts: dict[str, str] = {}
    for edit in mutant.edits:
        before = texts.get(edit.path) or (root / edit.path).read_text("utf-8")
        texts[edit.path] = edit.apply(before)
    return texts
