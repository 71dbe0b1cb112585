"""What the chat answers from, what it can be asked, and what an answer is."""

from collections.abc import Mapping
from dataclasses import dataclass

from resources.clock.gateway import Clock
from resources.ledger.ledger import Ledger
from resources.telegram.gateway import Button
from rules.campaign import Campaign

COMMANDS: Mapping[str, str] = {
    "stats": "what was sent, what the caps leave, the fortnight as a picture",
    "recent": "the last mails and what became of them",
    "queue": "who is due today, and why others are not",
    "why": "the story of a lead: /why address, record id or name",
    "draft": "write the next N mails now: /draft 5",
    "send": "send up to N mails now, within every guard: /send 5",
    "approve": "drafts that wait for your word",
    "unknown": "mails whose outcome nobody knows",
    "pause": "stop all sending until /resume",
    "resume": "take off the pause and every breaker, on your word",
    "help": "this list",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the answers are made from."""

    ledger: Ledger
    campaign: Campaign
    clock: Clock
    pepper: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A message to the operator: words, buttons under them, a picture before them."""

    text: str
    buttons: tuple[Button, ...] = ()
    picture: bytes | None = None
