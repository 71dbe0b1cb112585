"""Whatever is sent, the stand-ins answer in their own words: fuzzed parsers, and shapes held against public specs."""

import contextlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import keys
from sandbox.airtable.errors import AirtableRefusal
from sandbox.airtable.formula import bind
from sandbox.airtable.leads_base import leads_base
from sandbox.airtable.listing import RecordRow
from sandbox.airtable.schema import Record
from sandbox.imap.reading import BadCommandError, parse_command
from sandbox.minds.document import find_document
from sandbox.openai.errors import OpenAIRefusal
from sandbox.openai.schema_rules import check_format
from sandbox.serving import Running
from sandbox.telegram.errors import TelegramRefusal
from sandbox.telegram.markdown import parse_markdown_v2, parse_old_markdown
from sandbox.telegram.markup import parse_html, units
from sandbox.telegram.routes import METHODS
from tests.sandbox.conftest import MONDAY

SPECS = Path(__file__).parents[3] / "shared" / "specs"
PIECES = st.sampled_from(
    (
        "{Email}",
        "{Priority}",
        "'x'",
        '"y"',
        "3",
        "0",
        "(",
        ")",
        ",",
        "=",
        "!=",
        "<",
        "&",
        "+",
        "/",
        "\\",
        "AND(",
        "NOT(",
        "IF(",
        "FIND(",
        "REGEX_MATCH(",
        "DATEADD(",
        "NOW()",
        "LAST_MODIFIED_TIME(",
        "BLANK()",
        "{Nope}",
    )
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join)))
@settings(max_examples=150, deadline=None)
def test_a_formula_is_refused_or_has_a_verdict_for_every_record(text: str) -> None:
    table = leads_base().tables[0]
    ids = table.field_ids()
    record = Record("rec00000000000000", MONDAY, {ids["Email"]: "ann@alder.example", ids["Priority"]: 2})
    row = RecordRow({column.id: column for column in table.fields}, record)
    with contextlib.suppress(AirtableRefusal):
        assert bind(text, ids).passes(row, MONDAY) in (True, False)


def test_a_formula_nested_without_end_is_refused() -> None:
    with pytest.raises(AirtableRefusal):
        bind("(" * 5_000 + "1" + ")" * 5_000, {})


@given(st.text(alphabet="ab<>/&;*_~`|[]()\\!-.#'\"= \né😀", max_size=50))
@settings(max_examples=150, deadline=None)
def test_markup_is_refused_or_gives_entities_inside_the_text(source: str) -> None:
    for parse in (parse_html, parse_markdown_v2, parse_old_markdown):
        with contextlib.suppress(TelegramRefusal):
            text, entities = parse(source)
            for entity in entities:
                assert 0 <= entity["offset"] <= entity["offset"] + entity["length"] <= units(text)


@given(st.binary(max_size=80))
@settings(max_examples=120, deadline=None)
def test_an_imap_line_is_a_command_or_refused(raw: bytes) -> None:
    with contextlib.suppress(BadCommandError):
        _, name, _ = parse_command(raw)
        assert name == name.upper()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.text(max_size=20), JSON)
@settings(max_examples=80, deadline=None)
def test_any_document_is_found_or_none_is(before: str, value: Any) -> None:
    found = find_document(f"{before}\n```json\n{json.dumps(value)}\n```")
    assert isinstance(found, dict)


@given(st.dictionaries(st.sampled_from(["type", "properties", "required", "items", "anyOf", "enum"]), JSON, max_size=4))
@settings(max_examples=80, deadline=None)
def test_any_schema_is_taken_or_refused_with_400(schema: dict[str, Any]) -> None:
    with contextlib.suppress(OpenAIRefusal):
        check_format("x", schema, strict=True, param="response_format")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/airtable/v0/{keys.SANDBOX_BASE_ID}/Leads"),
        ("PATCH", f"/airtable/v0/{keys.SANDBOX_BASE_ID}/Leads"),
        ("POST", f"/airtable/v0/{keys.SANDBOX_BASE_ID}/Leads/listRecords"),
        ("POST", f"/airtable/v0/meta/bases/{keys.SANDBOX_BASE_ID}/tables"),
        ("POST", "/brevo/v3/smtp/email"),
        ("POST", "/brevo/v3/webhooks"),
        ("POST", "/brevo/v3/senders"),
        ("POST", "/openai/v1/responses"),
        ("POST", "/openai/v1/chat/completions"),
        ("POST", "/openai/v1/batches"),
        ("POST", "/perplexity/v1/agent"),
        ("POST", f"/telegram/bot{keys.SANDBOX_TELEGRAM_TOKEN}/sendMessage"),
        ("POST", f"/telegram/bot{keys.SANDBOX_TELEGRAM_TOKEN}/setMyCommands"),
        ("POST", "/control/script"),
        ("POST", "/control/telegram"),
    ],
)
def test_no_body_breaks_a_stand_in(http: httpx.Client, town: Running, method: str, path: str) -> None:
    del town
    key = {"/airtable": keys.SANDBOX_AIRTABLE_TOKEN, "/openai": keys.SANDBOX_OPENAI_KEY}
    token = next((value for prefix, value in key.items() if path.startswith(prefix)), keys.SANDBOX_PERPLEXITY_KEY)
    headers = {
        "authorization": f"Bearer {token}",
        "api-key": keys.SANDBOX_BREVO_KEY,
        "content-type": "application/json",
    }
    for body in BODIES:
        answer = http.request(method, path, content=body, headers=headers)
        harmless = answer.status_code == 200 and any(name in path for name in ("listRecords", "perplexity", "control"))
        assert 400 <= answer.status_code < 500 or harmless, (body, answer.text)
        assert answer.json(), body


BODIES = (
    "",
    "[]",
    "null",
    "3",
    '"x"',
    "{}",
    '{"records": 3}',
    '{"records": [3]}',
    '{"records": [{"id": 3, "fields": 3}]}',
    '{"records": [{"id": "rec1", "fields": {}}], "performUpsert": 3}',
    '{"fields": 3}',
    '{"fields": {"Email": {"a": 1}}}',
    '{"fields": [3], "name": 3}',
    '{"fields": [{"name": "x", "type": "singleSelect", "options": 3}], "name": "y"}',
    '{"sort": 3, "pageSize": "x", "filterByFormula": 3}',
    '{"sender": 3, "to": 3, "headers": 3, "tags": 3}',
    '{"sender": {"email": 3}, "to": [3]}',
    '{"sender": {"email": "a@b.example"}, "to": [{"email": "a@b.example", "name": 3}], "subject": "x", "params": 3}',
    '{"messageVersions": [3]}',
    '{"url": 3, "events": 3}',
    '{"url": "http://[", "events": ["click"]}',
    '{"model": "gpt-4o", "messages": [3]}',
    '{"model": "gpt-4o", "messages": [{"role": "user"}], "response_format": {"type": "json_schema", "json_schema": 3}}',
    '{"model": "gpt-6-luna", "input": [3], "text": 3}',
    '{"model": "gpt-6-luna", "input": "x", "text": {"format": 3}, "reasoning": 3}',
    '{"model": "gpt-6-luna", "input": "x", "metadata": 3}',
    '{"model": 3, "input": 3}',
    '{"model": "perplexity/sonar", "input": "x", "tools": [3]}',
    '{"model": "perplexity/sonar", "input": "x", "tools": [{"type": "web_search", "filters": 3}]}',
    '{"model": "perplexity/sonar", "input": "x", "response_format": 3}',
    '{"model": "perplexity/sonar", "input": "x", "metadata": 3, "reasoning": 3}',
    '{"input_file_id": [], "endpoint": [], "completion_window": []}',
    '{"chat_id": [], "text": {}}',
    '{"chat_id": 700100200, "text": "x", "reply_markup": 3, "entities": 3, "reply_parameters": 3}',
    '{"chat_id": 700100200, "text": "x", "reply_markup": {"inline_keyboard": [3]}}',
    '{"commands": [3], "scope": 3}',
    '{"address": 3, "fate": 3}',
    '{"address": "a@b.example", "fate": "open", "on_mail": "x"}',
    '{"press": 3, "message_id": "x"}',
)
"""Bodies that mean nothing, or nearly something."""


def _spec(*path: str) -> Any:
    file = SPECS.joinpath(*path)
    if not file.exists():
        pytest.skip("the public specs are not beside this checkout")
    return json.loads(file.read_text(encoding="utf-8"))


def test_bot_methods_and_messages_are_those_of_the_bot_api(http: httpx.Client) -> None:
    spec = _spec("telegram", "api.json")
    assert set(METHODS) <= {name.lower() for name in spec["methods"]}
    url = f"/telegram/bot{keys.SANDBOX_TELEGRAM_TOKEN}"
    body = {"chat_id": keys.SANDBOX_TELEGRAM_CHAT, "text": "<b>x</b>", "parse_mode": "HTML"}
    message = http.post(f"{url}/sendMessage", json=body).json()["result"]
    fields = {field["name"]: field["required"] for field in spec["types"]["Message"]["fields"]}
    assert set(message) <= set(fields)
    assert {name for name, required in fields.items() if required} <= set(message)
    info = http.get(f"{url}/getWebhookInfo").json()["result"]
    assert {f["name"] for f in spec["types"]["WebhookInfo"]["fields"] if f["required"]} <= set(info)


def test_tables_are_described_as_in_the_recorded_schema(http: httpx.Client) -> None:
    recorded = _spec("airtable", "pyairtable_sample_data", "BaseSchema.json")["tables"][0]
    url = f"/airtable/v0/meta/bases/{keys.SANDBOX_BASE_ID}/tables"
    headers = {"authorization": f"Bearer {keys.SANDBOX_AIRTABLE_TOKEN}"}
    table = http.get(url, headers=headers).json()["tables"][0]
    assert set(table) | {"description"} == set(recorded)
    assert set(table["views"][0]) == set(recorded["views"][0])
    folder = SPECS / "airtable" / "pyairtable_sample_data" / "field_schema"
    for field in table["fields"]:
        name = field["type"][0].upper() + field["type"][1:]
        sample = json.loads((folder / f"{name}FieldSchema.json").read_text(encoding="utf-8"))
        assert set(sample) == set(field)
        if field["type"] != "singleSelect":
            assert set(sample.get("options", {})) == set(field.get("options", {}))
