"""Whether the database itself is whole, as far as it can tell: asked by the doctor, never on the way of a send."""

from sqlalchemy import func, select, text

from resources.ledger.schema import journal, journal_head
from resources.ledger.transactions import Transactions


def damage(transactions: Transactions, *, deep: bool) -> str:
    """What is wrong with the database, in a sentence; empty where nothing is.

    Args:
        transactions: The ledger's.
        deep: Read every page (SQLite); the cost grows with the file.
    """
    with transactions.read() as connection:
        if deep and not transactions.postgres:
            said = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check(3)"))]
            if said != ["ok"]:
                return f"the ledger's file is damaged: {'; '.join(said)}"
        head = connection.execute(select(journal_head.c.seq)).scalar_one()
        last = connection.execute(select(func.max(journal.c.seq))).scalar() or 0
    return "" if head == last else f"the journal ends at entry {last}, but its head says {head}"
