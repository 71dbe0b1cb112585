"""The bad luck that mutants are looked for in: more of it than in any profile, so that few seeds are needed.

What must hold: the product itself is never reported under any of these.
"""

from simulation.kinds import Kind
from simulation.mutants.mutant import Luck
from simulation.profiles import NONE, Profile

SENDING = Luck(
    "sending", Profile(crash=0.4, overlap=0.9, pause=0.15, refused=0.05, lost=0.1, storm=0.03), days=4, calm=1, leads=40
)
"""Processes that die, stand still past their lease and overlap, with more to send than the caps let out at once."""
LIES = Luck(
    "lies",
    Profile(cut=0.1, lost=0.15, gateway=0.15, late=0.1, wrong_id=0.05, empty=0.15, server=0.1, overlap=0.3, events=0.4),
    days=5,
    leads=20,
)
"""A provider that takes mails and does not say so, neither at once nor in its events."""
BUSY = Luck("busy", Profile(overlap=0.9), days=4, calm=1, leads=120)
"""More to send than the caps let out, all day long, and two who do it."""
BACKLOG = Luck("backlog", Profile(overlap=0.9, crash=0.5, storm=0.25), days=4, calm=1, leads=60)
"""Mails that are written and could not go, so that more are ready than the hour lets out."""
INTERRUPTED = Luck(
    "interrupted", Profile(operators=1.0, overlap=0.8, pause=0.1, storm=0.1, crash=0.2, events=0.1), days=8, leads=60
)
"""Senders that stand still with mails in hand, while operators act and answers come."""
ROLLBACK = Luck(
    "rollback", Profile(rollback=0.9, overlap=0.3, events=0.3, lost=0.1, crash=0.4), days=7, calm=2, leads=24
)
"""Ledgers that are restored and cloned."""
PEOPLE = Luck("people", Profile(operators=1.0, overlap=0.8, crash=0.05, events=0.1), days=10, leads=40)
"""Operators at work, and long enough for answers and follow-ups."""
QUIET = Luck("quiet", NONE, days=3, calm=1, leads=16)
"""Nothing goes wrong: what is still reported is wrong by itself."""
WEEK = Luck("week", NONE, days=7, calm=1, leads=16)
"""The same for longer: what is noticed days later."""
LISTENING = Luck("listening", Profile(events=0.5, reads=0.1, crash=0.6), days=7, calm=3, leads=40)
"""Events that are late, repeated and shuffled, read by processes that die."""
CROWD = Luck(
    "crowd",
    Profile(overlap=0.9, pause=0.1, crash=0.3, events=0.1, lost=0.05),
    days=3,
    calm=1,
    leads=500,
    kind=Kind.DENSE,
)
"""Hundreds of mails an hour and two who send them, so that there is always one in hand when something comes."""
BARE = Luck(
    "bare", Profile(overlap=0.5, crash=0.2, pause=0.05, lost=0.05, storm=0.03, suspend=0.0005, operators=1.0),
    days=4, calm=1, leads=500, kind=Kind.BARE,
)  # fmt: skip
"""Mails nobody planned, given again and at any hour, and operators at work: only the guards of the intent are there."""
EVERY = (SENDING, LIES, BUSY, BACKLOG, INTERRUPTED, ROLLBACK, PEOPLE, QUIET, WEEK, LISTENING, CROWD, BARE)
