"""What a failure of the mailbox means (rule B3): one table over what the server or the connection said, no I/O.

What must hold: a refused password or a missing folder stops the stage; everything else of a read may be tried again.
"""

import re
from typing import Final

from resources.redaction import redact
from rules.failures import Failure, FailureKind

SERVICE: Final = "mailbox"

# Response codes of RFC 5530 that say "later" although the command was refused.
_LATER: Final = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|temporar|try again|too many", re.IGNORECASE)
_LONGEST_TEXT: Final = 200


def login_failure(words: str) -> Failure:
    """Classify a refused login."""
    if _LATER.search(words):
        return _failure(FailureKind.TRANSIENT, "login_unavailable", words)
    return _failure(FailureKind.SYSTEMIC, "login_refused", f"check OUTBOUND_MAILBOX and MAILBOX_PASSWORD ({words})")


def folder_failure(folder: str, words: str) -> Failure:
    """Classify a folder that cannot be opened."""
    if _LATER.search(words):
        return _failure(FailureKind.TRANSIENT, "folder_unavailable", words)
    remark = f"the folder {folder!r} cannot be opened; set mailbox_folder under [ears] in campaign.toml ({words})"
    return _failure(FailureKind.SYSTEMIC, "unknown_folder", remark)


def read_failure(code: str, words: str) -> Failure:
    """Classify a read that broke: the server hung up, did not answer, or refused a command."""
    return _failure(FailureKind.TRANSIENT, code, words or "the mailbox could not be read")


def certificate_failure(words: str) -> Failure:
    """Classify a server that cannot prove who it is: nobody's password is sent there."""
    return _failure(FailureKind.SYSTEMIC, "untrusted_server", words)


def _failure(kind: FailureKind, code: str, words: str) -> Failure:
    return Failure(kind, SERVICE, code, redact(" ".join(words.split()))[:_LONGEST_TEXT])
