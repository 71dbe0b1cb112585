"""`make fuzz`: the whole attack corpus and 5,000 wrong answers under a fresh seed, with the tables of docs/drafting.md.

Exit code 1 where anything got out; the seed that is printed makes the same run again: `python -m tests.injection SEED`.
"""

import random
import sys

from rules.facts import shown_facts
from tests.injection.model_outputs import outputs
from tests.injection.test_injection import ATTACKS, accepted, carries, context, places, research, table
from tests.injection.test_model_outputs import escapes

ANSWERS = 5_000


def main() -> int:
    """Run both and print what got out."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(10**9)
    attacks = table()
    print(attacks)
    held = context(shown_facts(research(["We answer every service request within one working day"])))
    tried = [(attack, draft) for attack in ATTACKS for draft in accepted(places(attack.payload), held)]
    turned = sum(carries(draft, attack) for attack, draft in tried)
    print(f"\nA writer that was turned: {len(ATTACKS)} payloads in 5 places each, {turned} in an accepted mail.\n")
    found, seen, mails = escapes(outputs(seed, ANSWERS))
    print("| kind of answer | answers | became a mail |\n| --- | ---: | ---: |")
    for kind in sorted(seen):
        print(f"| {kind} | {seen[kind]} | {mails[kind]} |")
    print(f"| all | {sum(seen.values())} | {sum(mails.values())} |")
    print(f"\nseed {seed}: {len(found)} escapes among {ANSWERS} answers")
    for output in found[:10]:
        print(output)
    return 1 if found or turned or not attacks.endswith("| 0 |") else 0


if __name__ == "__main__":
    sys.exit(main())
