"""What an IMAP server says, in the spellings that servers use."""

import pytest

from resources.mailbox.account import Account, Security
from resources.mailbox.client import fetched
from resources.mailbox.errors import certificate_failure, folder_failure, login_failure, read_failure
from rules.failures import FailureKind, ServiceFailure

LETTER = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        [(b"1 (UID 5 BODY[] {25}", LETTER), b")"],
        [(b"1 (FLAGS (\\Seen) UID 5 BODY[] {25}", LETTER), b")"],
        [(b"1 (BODY[] {25}", LETTER), b" UID 5)"],
        [b"7 (FLAGS (\\Recent))", (b"1 (UID 5 BODY[] {25}", LETTER), b")"],
    ],
)
def test_a_message_is_read_wherever_the_server_puts_its_uid(parts: list[object]) -> None:
    assert list(fetched(parts)) == [(5, LETTER)]


def test_several_messages_keep_their_own_uids() -> None:
    parts = [(b"1 (UID 5 BODY[] {25}", LETTER), b")", (b"2 (BODY[] {1}", b"x"), b" UID 9)"]

    assert list(fetched(parts)) == [(5, LETTER), (9, b"x")]


@pytest.mark.parametrize("parts", [[None], [], [b")"]])
def test_a_message_deleted_meanwhile_is_simply_not_there(parts: list[object]) -> None:
    assert list(fetched(parts)) == []


def test_bytes_without_a_uid_are_an_error() -> None:
    with pytest.raises(ServiceFailure):
        list(fetched([(b"1 (BODY[] {25}", LETTER), b")"]))


@pytest.mark.rule("B3")
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", FailureKind.SYSTEMIC),
        ("LOGIN failed.", FailureKind.SYSTEMIC),
        ("[UNAVAILABLE] Temporary authentication failure", FailureKind.TRANSIENT),
        ("Too many simultaneous connections", FailureKind.TRANSIENT),
    ],
)
def test_a_refused_login_is_systemic_unless_the_server_says_later(words: str, kind: FailureKind) -> None:
    assert login_failure(words).kind is kind


def test_the_other_failures_have_their_meaning() -> None:
    assert folder_failure("Replies", "[NONEXISTENT] Unknown Mailbox").kind is FailureKind.SYSTEMIC
    assert "Replies" in folder_failure("Replies", "no").message
    assert folder_failure("Replies", "[INUSE] locked").kind is FailureKind.TRANSIENT
    assert read_failure("broken_off", "").kind is FailureKind.TRANSIENT
    assert certificate_failure("self-signed certificate").kind is FailureKind.SYSTEMIC


def test_an_account_hides_its_password_and_is_not_used_unprotected_elsewhere() -> None:
    account = Account("127.0.0.1", 143, "u", "very-secret", security=Security.NONE)

    assert "very-secret" not in repr(account)
    with pytest.raises(ValueError, match="unprotected"):
        Account("imap.firm.example", 143, "u", "very-secret", security=Security.NONE)
