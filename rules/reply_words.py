"""The words by which inbound mail is told apart: `rules/reference/reply_words.toml`, one pattern per class.

What must hold: a class is asked before those that its words may contain: "not interested" is heard before "interested".
"""

import re
import tomllib
from functools import cache
from typing import Final

from rules.plain_text import any_of
from rules.reference import reference_text

TABLE: Final = "reply_words.toml"
HEARD_IN_ORDER: Final = {
    "unsubscribe": "asks not to be written to again",
    "wrong_person": "says this is the wrong person or company",
    "refusal": "declines",
    "positive": "shows interest",
}
"""What a person may say, in the order in which it is asked, and what it means."""
SERVERS: Final = ("mailer-daemon@", "postmaster@", "mail-daemon@", "mailerdaemon@", "bounce@", "bounces@")
"""Senders that write notices of delivery only."""


@cache
def words(name: str) -> re.Pattern[str]:
    """The pattern of a class over all languages, to be held against plain text.

    Raises:
        KeyError: The table has no such class.
    """
    languages = tomllib.loads(reference_text(TABLE))[name]
    return any_of(*(alternative for alternatives in languages.values() for alternative in alternatives))


@cache
def transport() -> re.Pattern[str]:
    """Headers of transport in a text: a mail that a program shows, since nobody types or quotes them."""
    return any_of(r"^\s*received: from [^ ]+", r"^\s*return-path: <", r"^\s*delivered-to: ")
