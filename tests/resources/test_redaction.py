"""Secrets and addresses in logs (rule B37)."""

from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from resources.redaction import ADDRESS, SECRET, redact, redact_value, redacting_processor

LETTERS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=24, max_size=48)
SECRETS = st.one_of(
    st.builds("sk-proj-{}".format, LETTERS),
    st.builds("sk-{}".format, LETTERS),
    st.builds("pplx-{}".format, LETTERS),
    st.builds("xkeysib-{}-{}".format, LETTERS, LETTERS),
    st.builds("xsmtpsib-{}".format, LETTERS),
    st.builds("patAbCdEfGhIjKl.{}".format, LETTERS),
    st.builds("{}:{}".format, st.integers(10**8, 10**10), st.text("abcXYZ019_-", min_size=35, max_size=35)),
)
ADDRESSES = st.builds(
    "{}@{}.{}".format,
    st.text("abcxyz019.+_-", min_size=1, max_size=20),
    st.text("abcxyz019-", min_size=1, max_size=20),
    st.sampled_from(["example", "co.uk", "test"]),
)
AROUND = st.sampled_from(["", " ", "Bearer ", "key=", '"', "(", "https://host.example/?k=", "\n", "<", "to: "])
PROSE = st.text(max_size=40)


@pytest.mark.rule("B37")
@given(before=PROSE, around=AROUND, secret=SECRETS, after=st.sampled_from(["", " ", "/getMe", '"', ".", "\n", ")"]))
def test_no_key_survives_wherever_it_stands(before: str, around: str, secret: str, after: str) -> None:
    assert secret not in redact(f"{before} {around}{secret}{after}")


@pytest.mark.rule("B37")
@given(before=PROSE, around=AROUND, address=ADDRESSES, after=st.sampled_from(["", " ", ">", ",", "\n", ";"]))
def test_no_address_survives_wherever_it_stands(before: str, around: str, address: str, after: str) -> None:
    assert address not in redact(f"{before} {around}{address}{after}")


@given(text=st.text(max_size=200) | SECRETS | ADDRESSES)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "harmless",
    [
        "The bearer token was refused; check AIRTABLE_TOKEN",
        "Rate limit reached for gpt-6-luna on tokens per min (TPM): Limit 30000",
        "https://help.openai.com/docs/guides/error-codes/api-errors.",
        "task-risk-desk and pathfinder patterns, pattern-matching.in.practice",
        "2026-11-23T09:36:46.364+08:00",
        "spring/opener/0001",
    ],
)
def test_ordinary_words_stay(harmless: str) -> None:
    assert redact(harmless) == harmless


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Incorrect API key provided: sk-ab***********wxyz.", f"Incorrect API key provided: {SECRET}"),
        ("authorization: Bearer abc.def.ghi", f"authorization: Bearer {SECRET}"),
        ("password='hunter two'", f"password='{SECRET} two'"),
        ("postgresql://user:pass@db.example/x", f"postgresql://{SECRET}@db.example/x"),
        (
            "GET https://api.telegram.org/bot7000000001:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr/getMe",
            f"GET https://api.telegram.org/bot{SECRET}/getMe",
        ),
        ("mail to bob@firm.example failed", f"mail to {ADDRESS} failed"),
    ],
)
def test_known_shapes(text: str, expected: str) -> None:
    assert redact(text).rstrip(".") == expected.rstrip(".")


@pytest.mark.parametrize(
    "key", ["api_key", "apiKey", "brevo.api-key", "token", "Authorization", "password", "bot_token"]
)
def test_a_secrets_name_hides_whatever_it_names(key: str) -> None:
    assert redact_value({"service": {key: "plain words"}}) == {"service": {key: SECRET}}
    assert redact_value({key: 12345}) == {key: SECRET}
    assert redact_value({key: None}) == {key: None}


@pytest.mark.parametrize("key", ["send_key", "company_key", "partition_key", "cache_key"])
def test_our_own_keys_are_no_secrets(key: str) -> None:
    assert redact_value({key: "spring/opener/0001"}) == {key: "spring/opener/0001"}


class Stubborn:
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_values_of_any_shape_come_out_and_nothing_raises() -> None:
    event: dict[str, Any] = {
        "event": "sent to bob@firm.example",
        "to_email": "bob@firm.example",
        "mails": [{"body": "hello"}, ("pplx-0123456789abcdef",)],
        "error": ValueError("xkeysib-0123456789 is wrong"),
        "raw": b"secret bytes",
        "odd": Stubborn(),
        "count": 3,
        "share": 0.5,
        "ok": True,
    }

    assert redacting_processor(None, "info", event) == {
        "event": f"sent to {ADDRESS}",
        "to_email": ADDRESS,
        "mails": [{"body": "hello"}, [SECRET]],
        "error": f"{SECRET} is wrong",
        "raw": "[12 bytes]",
        "odd": "[Stubborn]",
        "count": 3,
        "share": 0.5,
        "ok": True,
    }


def test_a_value_that_holds_itself_or_has_a_stubborn_name_ends() -> None:
    knot: dict[Any, Any] = {"plain": 1}
    knot["self"] = knot
    knot[Stubborn()] = [knot]

    assert "plain" in repr(redact_value(knot))


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | ADDRESSES | SECRETS | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@pytest.mark.rule("B37")
@given(value=JSONISH, secret=SECRETS, address=ADDRESSES)
def test_a_log_line_of_any_shape_holds_neither(value: Any, secret: str, address: str) -> None:
    line = repr(redact_value({"event": "x", "value": [value, {"a": secret}, {address: f"<{address}>"}]}))

    assert secret not in line
    assert address not in line


def test_it_works_as_a_structlog_processor(capsys: pytest.CaptureFixture[str]) -> None:
    logger = structlog.wrap_logger(
        structlog.PrintLogger(), processors=[redacting_processor, structlog.processors.JSONRenderer()]
    )

    logger.info("reply", sender="Bob <bob@firm.example>", api_key="x")

    printed = capsys.readouterr().out
    assert "bob@" not in printed
    assert f'"api_key": "{SECRET}"' in printed
