"""What the fake ledger does not keep says so, instead of answering wrongly."""

from typing import Any, NoReturn, cast

from resources.ledger.transactions import LedgerError, Transactions


class _NotKept:
    """In place of transactions: whatever is asked of it has no fake."""

    def __getattr__(self, name: str) -> NoReturn:
        raise LedgerError(f"the fake ledger keeps nothing that needs {name!r}: use a ledger in memory (`sqlite://`)")


def refuse(name: str) -> NoReturn:
    """Say that a part of the ledger has no fake.

    Raises:
        LedgerError: Always.
        AttributeError: For names that only the language itself asks for.
    """
    if name.startswith("_"):
        raise AttributeError(name)
    raise LedgerError(f"the fake ledger keeps no {name}: use a ledger in memory (`sqlite://`)")


_MISSING: Any = _NotKept()
NOT_KEPT = cast("Transactions", _MISSING)
