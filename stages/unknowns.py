"""Sends whose outcome nobody knows: looked for in what the provider told, shown to people, settled on their word.

What must hold: an outcome is presumed only after the provider was really asked, and a mail that may have been sent is
sent again only on an explicit word, a day after the request at the earliest (I1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.ledger.ledger import Ledger
from resources.ledger.resolutions import UNRESOLVED, Word
from resources.ledger.unknowns import CHECKS
from rules.sending import SendState

SHORT_KEY = 8
"""So many last characters of a key name a send, if they name only one."""
WARNING = "If the provider took the first mail after all, this person gets it twice. Nothing else can know."


class CannotResolve(ValueError):
    """The word does not fit the send; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A send whose outcome nobody knows.

    Attributes:
        intent_at: When its request was decided.
        state: ``unknown``, or ``presumed`` (sent) a day after the request.
        why: What went wrong.
        looked_up: How often the provider was asked about it.
        next_check_at: When it is asked next, ``None`` for never again.
    """

    send_key: str
    step: str
    lead_id: str
    to_name: str
    state: str
    intent_at: datetime
    why: str
    looked_up: int
    next_check_at: datetime | None


def unresolved(ledger: Ledger) -> Sequence[Unresolved]:
    """Every such send, oldest first."""
    return [
        Unresolved(
            send_key=row["send_key"],
            step=row["step"],
            lead_id=row["lead_id"],
            to_name=row["to_name"],
            state=row["state"],
            intent_at=row["intent_at"],
            why=row["reason"] or "",
            looked_up=row["checks"],
            next_check_at=row["next_check_at"],
        )
        for row in ledger.sends.unresolved()
    ]


def resolve_unknown(
    ledger: Ledger, asked: str, *, word: Word, actor: str, now: datetime, message_id: str | None = None
) -> str:
    """Settle one send on a person's word; the journal keeps whose.

    Args:
        ledger: The ledger.
        asked: The send's key, or its last characters where only one open send ends with them.
        word: What the person says.
        actor: Who says it.
        now: The moment.
        message_id: The provider's id of the mail, where the person found it.

    Returns:
        A sentence on what it is now.

    Raises:
        CannotResolve: There is no such send, its outcome is known, or it is too early to send it again.
    """
    row = _named(ledger, asked)
    key, state = row["send_key"], SendState(row["state"])
    if message_id is not None and word is not Word.ACCEPTED:
        raise CannotResolve("a message id proves that the mail was sent; it fits `accepted` only")
    if word is Word.AGAIN and (state is not SendState.PRESUMED or now - row["intent_at"] < CHECKS[-1]):
        raise CannotResolve(
            f"{key} may not be sent again yet: the provider's books lag, and it is looked for until "
            f"{row['intent_at'] + CHECKS[-1]:%Y-%m-%d %H:%M} UTC. Say it again after that look-up"
        )
    bracketed = f"<{message_id.strip().strip('<>')}>" if message_id and message_id.strip(" <>") else None
    if not ledger.sends.resolve(key, word=word, before=state, message_id=bracketed, actor=actor, now=now):
        raise CannotResolve(f"{key} was settled by somebody else just now; look again")
    told: Mapping[Word, str] = {
        Word.ACCEPTED: f"{key} counts as sent"
        + ("." if bracketed else "; an event of the provider may still name it."),
        Word.NOT_SENT: f"{key} counts as not sent and is never sent again; its lead gets no further step.",
        Word.AGAIN: f"{key} is ready and goes out within every guard. {WARNING}",
    }
    return told[word]


def _named(ledger: Ledger, asked: str) -> Mapping[str, Any]:
    wanted = asked.strip()
    open_sends = ledger.sends.unresolved()
    exact = ledger.questions.send_of(wanted)
    if exact is not None:
        if exact["state"] not in UNRESOLVED:
            raise CannotResolve(f"nothing is unknown about {wanted}: it is {exact['state']}")
        return exact
    ending = [row for row in open_sends if len(wanted) >= SHORT_KEY and row["send_key"].endswith(wanted)]
    if len(ending) == 1:
        return ending[0]
    raise CannotResolve(
        f"{len(ending)} open sends end with {wanted!r}; `outbound unknown` lists the keys of all {len(open_sends)}"
    )


def settle_unknowns(ledger: Ledger, *, now: datetime, asked: bool = True) -> int:
    """Look unknown outcomes up in the events the ledger has heard; never send one again.

    Args:
        ledger: The ledger.
        now: The moment.
        asked: Whether the provider was asked just now. If not, only what was heard otherwise is settled: silence says
            nothing then.

    Returns:
        How many were looked up.
    """
    due = ledger.sends.unknown_due(now=now)
    found = ledger.events.by_send_key([item.send_key for item in due])
    known = [item for item in due if asked or item.send_key in found]
    for item in known:
        ledger.sends.looked_up(item, message_id=found.get(item.send_key), now=now)
    return len(known)
