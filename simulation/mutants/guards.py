"""Bugs in what is looked at inside the intent: suppressions, switches, content."""

from simulation.mutants.luck import BARE, INTERRUPTED, PEOPLE, QUIET
from simulation.mutants.mutant import mutant

_FACTS = "resources/ledger/send_facts.py"
_SEND = "stages/sending.py"
_PLAN = "stages/queueing.py"
_BARRED = "if theirs.barred:"
_KEYS = 'suppression.c.key.in_((bindparam("address"), bindparam("company")))'
_KNOWN = "        if facts and (known := strongest(facts, self.now)) is not None:"

GUARDS = (
    mutant(
        "suppressions are read from three days ago", "I2", PEOPLE,
        (
            _FACTS, f"{_KEYS}, suppression.c.lifted_at.is_(None)\n",
            f'{_KEYS}, suppression.c.lifted_at.is_(None), suppression.c.at < bindparam("before")\n',
        ),
        (_FACTS, '"company": company_key}).all()', '"company": company_key, "before": now - 72 * HOUR}).all()'),
        (_PLAN, _KNOWN, "        if (known := strongest([], self.now)) is not None:"),
    ),
    mutant(
        "suppressions are looked at in the plan only", "I2", BARE,
        (_FACTS, "        suppressed=fact.reason if fact else None,", "        suppressed=None,"),
    ),
    mutant(
        "the company is forgotten", "I2", BARE,
        (_FACTS, _KEYS, 'suppression.c.key == bindparam("address")'),
        (_PLAN, 'self._suppressed.get(lead["company_key"], ())', "()"),
    ),
    mutant(
        "a click lifts a suppression", "I2", PEOPLE,
        (
            "resources/ledger/suppressions.py", "    def all(self)",
            "    def forget(self, keys: Sequence[str]) -> None:\n"
            "        with self._transactions.write() as (connection, _):\n"
            "            connection.execute(suppression.delete().where(suppression.c.key.in_(keys)))\n\n"
            "    def all(self)",
        ),
        (
            "stages/engagement.py", "    named: dict[str, set[str]] = {}\n",
            '    ledger.suppressions.forget([row.address_hash for row in rows if row.kind in ("opened", "clicked")])\n'
            "    named: dict[str, set[str]] = {}\n",
        ),
    ),
    mutant(
        "do-not-contact is not looked at", "I2", PEOPLE,
        (_FACTS, _BARRED, "if False:"), (_PLAN, '        if lead["do_not_contact"]:', "        if False:"),
        ("stages/rereading.py", "    if lead.do_not_contact:", "    if False:"),
    ),
    mutant(
        "switches are looked at before the stage only", "I7 I10", INTERRUPTED,
        (_FACTS, "        halted=switches.halted,", "        halted=None,"),
    ),
    mutant(
        "the pause is not obeyed", "I7 I10", PEOPLE,
        (_FACTS, "        halted=switches.halted,", "        halted=None,"),
        (_SEND, "ledger.flags.stops() or ", ""),
    ),
    mutant(
        "the wire carries another text than was approved", "I4", QUIET,
        (_SEND, "        text=claim.mail.text,", '        text=claim.mail.text + "PS: only this week.",'),
    ),
    mutant(
        "the subject of another mail", "I4", QUIET,
        (_SEND, "        subject=claim.mail.subject,", '        subject="Re: " + claim.mail.subject,'),
    ),
    mutant(
        "the hash is not checked and the text is cut", "I4", QUIET,
        (_FACTS, 'content_matches=stored == row["content_hash"] == approved', "content_matches=True"),
        ("resources/ledger/send_protocol.py", 'mail=Mail(row["subject"], row["body"]),', 'mail=Mail(row["subject"], row["body"][:80]),'),
    ),
    mutant(
        "a foreign link is added to the html", "I4", QUIET,
        (_SEND, "        html=as_html(claim.mail.text),", '        html=as_html(claim.mail.text + "\\n\\nhttps://track.example/o"),'),
    ),
    mutant(
        "a gap in the mail is let", "I4", QUIET,
        (
            "rules/rendering.py", '    return (\n        f"{body.strip()}',
            '    return (\n        f"Dear {{{{first_name}}}},\\n{body.strip()}',
        ),
        ("rules/mail.py", "            if found := PLACEHOLDER.search(content):", "            if found := CONTROL.search(content):"),
    ),
)  # fmt: skip
