"""Bugs in hearing what happened, in the books, and in making the past again."""

from simulation.mutants.luck import LIES, LISTENING, PEOPLE, QUIET, WEEK
from simulation.mutants.mutant import mutant

_EARS = "stages/engagement.py"
_BOOKS = "stages/reconciliation.py"
_FACTS = "    facts = {row.event_key: _suppression(row) for row in rows if row.kind in STOPS}"
_ADDS = "        [*facts.values(), *(_blocked(contact, pepper) for contact in blocked)], now=now"

HEARING = (
    mutant(
        "an unsubscription suppresses nobody", "I6", PEOPLE,
        (_EARS, _ADDS, "        [], now=now"),
    ),
    mutant(
        "an answer stops nobody", "I6", PEOPLE,
        ("stages/replying.py", "    ledger.suppressions.add(facts, now=now)\n    return ledger.replies.receive(replies, now=now)",
         "    return ledger.replies.receive(replies, now=now)"),
    ),
    mutant(
        "events are stored before they are obeyed, and obeyed once", "I6", LISTENING,
        (_EARS, _FACTS, "    early = set(ledger.events.merge(rows, now=now).new)\n"
                        "    blocked = ()\n"
                        "    facts = {row.event_key: _suppression(row) for row in rows if row.kind in STOPS and row.event_key in early}"),
    ),
    mutant(
        "events that come late are not looked for", "I6", LISTENING,
        (_EARS, "    return heard.date() - timedelta(days=OVERLAP_DAYS)", "    return heard.date() + timedelta(days=1)"),
    ),
    mutant(
        "a listing that failed counts as read", "I6", LISTENING,
        (_EARS, "    now = clock.now()\n    first = unheard_since(ledger, EVENTS_STAMP, now=now)\n",
         "    now = clock.now()\n    first = unheard_since(ledger, EVENTS_STAMP, now=now)\n"
         "    ledger.flags.stamp(EVENTS_STAMP, at=now)\n"),
        (_EARS, "    return heard.date() - timedelta(days=OVERLAP_DAYS)", "    return heard.date()"),
    ),
    mutant(
        "half of the events are thrown away", "I6", QUIET,
        (_EARS, "    merged = ledger.events.merge(rows, now=now)", "    merged = ledger.events.merge(rows[::2], now=now)"),
    ),
    mutant(
        "reconciliation compares our count with itself", "I10", LIES,
        (_BOOKS, "        count = theirs.get(day, 0)", "        count = ours"),
    ),
    mutant(
        "a difference stops nothing", "I10", LIES,
        (_BOOKS, "        ledger.flags.raise_flag(FlagName.IMBALANCE, reason=reason, actor=\"reconciliation\", now=now)", "        del reason"),
    ),
    mutant(
        "the first day is never compared", "I10", WEEK,
        (_BOOKS, "begun = campaign.starts - timedelta(days=1)", "begun = campaign.starts + timedelta(days=2)"),
    ),
    mutant(
        "a past day comes back in another order", "I11", PEOPLE,
        ("resources/ledger/send_reads.py", "select(send).where(send.c.day == day).order_by(send.c.send_key)",
         "select(send).where(send.c.day == day).order_by(func.random())"),
        ("resources/ledger/send_reads.py", "from sqlalchemy import ", "from sqlalchemy import func, "),
    ),
)  # fmt: skip
