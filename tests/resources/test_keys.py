"""Keys that are missing, placeholders, or somebody else's."""

import pytest

from resources.keys import KeySource, require_key
from rules.failures import FailureKind, ServiceFailure

BREVO = KeySource(
    service="Brevo",
    variable="BREVO_API_KEY",
    page="https://app.brevo.com/settings/keys/api",
    refused=(("xsmtpsib-", "that is an SMTP key"),),
)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "missing_key"),
        ("   ", "missing_key"),
        ("changeme", "placeholder_key"),
        ("CHANGE-ME", "placeholder_key"),
        ("your-api-key", "placeholder_key"),
        ("your key here", "placeholder_key"),
        ("<your key>", "placeholder_key"),
        ("${BREVO_API_KEY}", "placeholder_key"),
        ("xkeysib-...", "placeholder_key"),
        ("xxxx", "placeholder_key"),
        ("todo", "placeholder_key"),
        ("xsmtpsib-0123456789", "wrong_kind_of_key"),
        ("xkeysib 0123456789", "wrong_kind_of_key"),
        ("xkeysib-\N{EN DASH}0123456789", "wrong_kind_of_key"),
    ],
)
def test_the_error_names_service_variable_and_page_and_never_the_value(value: str, code: str) -> None:
    with pytest.raises(ServiceFailure) as refused:
        require_key(value, BREVO)

    failure = refused.value.failure
    assert failure.kind is FailureKind.SYSTEMIC
    assert failure.code == code
    assert "Brevo" in failure.message
    assert "BREVO_API_KEY" in failure.message
    assert BREVO.page in failure.message
    assert "0123456789" not in failure.message


def test_a_key_is_returned_without_the_white_space_around_it() -> None:
    assert require_key(" xkeysib-0123456789\n", BREVO) == "xkeysib-0123456789"


def test_a_chosen_password_may_hold_anything() -> None:
    mailbox = KeySource(service="Mailbox", variable="MAILBOX_PASSWORD", page="the host's settings", chosen=True)

    assert require_key("abcd efgh ijkl mnöp", mailbox) == "abcd efgh ijkl mnöp"
