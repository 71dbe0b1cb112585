"""Whether the database itself is whole, as far as it can tell: asked by the doctor, never on the way of a send."""

from typing import Final

from sqlalchemy import exists, func, select, text

from resources.ledger.schema import journal, journal_head, provider_event, send
from resources.ledger.transactions import Transactions
from rules.sending import SendState

_LOST: Final = select(func.count()).where(
    provider_event.c.send_key.is_not(None),
    provider_event.c.tag.is_(None),
    ~exists().where(
        send.c.message_id == provider_event.c.message_id,
        send.c.state == SendState.ACCEPTED,
        send.c.send_key == provider_event.c.send_key,
    ),
)
"""Events that neither a message id nor a tag leads to: the mail they prove would look as if it had never left (I1)."""


def damage(transactions: Transactions, *, deep: bool) -> str:
    """What is wrong with the database, in a sentence; empty where nothing is.

    Args:
        transactions: The ledger's.
        deep: Read every page (SQLite) and every event; the cost grows with the ledger.
    """
    with transactions.read() as connection:
        if deep and not transactions.postgres:
            said = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check(3)"))]
            if said != ["ok"]:
                return f"the ledger's file is damaged: {'; '.join(said)}"
        if deep and (lost := connection.execute(_LOST).scalar_one()):
            return f"{lost} events lead to no mail: their tags are missing, and a mail they prove may look unsent"
        head = connection.execute(select(journal_head.c.seq)).scalar_one()
        last = connection.execute(select(func.max(journal.c.seq))).scalar() or 0
    return "" if head == last else f"the journal ends at entry {last}, but its head says {head}"
