"""Every fault that the catalogue names is honoured by the stand-in it belongs to."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import keys
from sandbox.serving import Running
from sandbox.world.fault_catalogue import FAULTS

AIRTABLE = {"authorization": f"Bearer {keys.SANDBOX_AIRTABLE_TOKEN}"}
BREVO = {"api-key": keys.SANDBOX_BREVO_KEY}
OPENAI = {"authorization": f"Bearer {keys.SANDBOX_OPENAI_KEY}"}
PERPLEXITY = {"authorization": f"Bearer {keys.SANDBOX_PERPLEXITY_KEY}"}
LEADS = f"/airtable/v0/{keys.SANDBOX_BASE_ID}/Leads"
BOT = f"/telegram/bot{keys.SANDBOX_TELEGRAM_TOKEN}"
MAIL: dict[str, Any] = {
    "sender": {"email": keys.SANDBOX_SENDER_EMAIL},
    "to": [{"email": "ann@alder.example", "name": "Ann"}],
    "subject": "Hi",
    "htmlContent": "<p>Hi</p>",
    "tags": ["spring"],
}
LASTING = {
    "airtable.renamed_field", "airtable.renamed_view", "airtable.wrong_type", "airtable.missing_scope",
    "brevo.ids_without_brackets", "brevo.sender_inactive", "brevo.domain_unauthenticated", "openai.model_missing",
    "openai.model_ending",
}  # fmt: skip
"""Faults that describe a state; they have tests of their own and are not counted as strikes."""


def order(http: httpx.Client, room: str, **body: Any) -> None:
    assert http.post(f"/control/{room}", json=body).status_code == 200


class _Tour:
    """Asks every stand-in for everything, and does not mind being refused."""

    def __init__(self, http: httpx.Client, town: Running) -> None:
        self.http = http
        self.town = town

    def ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = self.http.request(method, path, **more)
            return answer.json()
        except (httpx.TransportError, ValueError):
            return {}

    def airtable(self) -> None:
        self.ask("POST", LEADS, json={"records": [{"fields": {"Name": str(n)}} for n in range(9)]}, headers=AIRTABLE)
        page = self.ask("GET", LEADS, params={"pageSize": 2}, headers=AIRTABLE)
        self.ask("GET", LEADS, params={"offset": page.get("offset", "")}, headers=AIRTABLE)
        first = next(iter(page.get("records", [])), {"id": "rec00000000000000"})["id"]
        self.ask("PATCH", LEADS, json={"records": [{"id": first, "fields": {"Name": "x"}}]}, headers=AIRTABLE)

    def brevo(self) -> None:
        for _ in range(5):
            self.ask("POST", "/brevo/v3/smtp/email", json=MAIL, headers=BREVO)
        self.town.call(lambda world: world.advance(timedelta(hours=4)))
        self.ask("GET", "/brevo/v3/smtp/statistics/events", headers=BREVO)

    def openai(self) -> None:
        line = {
            "custom_id": "1",
            "method": "POST",
            "url": "/v1/responses",
            "body": {"model": "gpt-6-luna", "input": "x"},
        }
        for _ in range(2):
            self.ask("POST", "/openai/v1/responses", json={"model": "gpt-6-luna", "input": "x"}, headers=OPENAI)
        files = {"file": ("a.jsonl", json.dumps(line).encode())}
        file = self.ask("POST", "/openai/v1/files", data={"purpose": "batch"}, files=files, headers=OPENAI)
        body = {"input_file_id": file.get("id"), "endpoint": "/v1/responses", "completion_window": "24h"}
        self.ask("POST", "/openai/v1/batches", json=body, headers=OPENAI)

    def perplexity(self) -> None:
        schema = {"type": "object", "properties": {"facts": {"type": "array", "items": {"type": "object"}}}}
        body = {
            "model": "perplexity/sonar",
            "input": '{"company": {"name": "Alder", "site": "alder.example"}}',
            "tools": [{"type": "web_search"}],
            "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        }
        for _ in range(2):
            self.ask("POST", "/perplexity/v1/agent", json=body, headers=PERPLEXITY)

    def telegram(self) -> None:
        order(self.http, "telegram", text="hello")
        self.ask("GET", f"{BOT}/getUpdates")
        self.ask("GET", f"{BOT}/getUpdates", params={"offset": 500_000_009})
        for _ in range(2):
            self.ask("POST", f"{BOT}/sendMessage", json={"chat_id": keys.SANDBOX_TELEGRAM_CHAT, "text": "x"})

    def heartbeat(self) -> None:
        self.ask("GET", f"/heartbeat/{keys.SANDBOX_HEARTBEAT}")


@pytest.mark.parametrize("service", ["airtable", "brevo", "openai", "perplexity", "telegram", "heartbeat"])
def test_every_fault_of_the_catalogue_strikes_somewhere(http: httpx.Client, town: Running, service: str) -> None:
    tour = _Tour(http, town)
    silent = []
    for name in FAULTS:
        if not name.startswith(f"{service}.") or name in LASTING:
            continue
        value = 0.01 if "slow" in name else None
        order(http, "faults", name=name, count=1, value=value)
        getattr(tour, service)()
        if not town.world.faults.struck.get(name):
            silent.append(name)
        town.call(lambda world: world.faults.disarm())
        town.house.forget()
    assert silent == []


def test_the_mailbox_faults_are_in_the_catalogue_and_have_tests_of_their_own() -> None:
    mailbox = {name for name in FAULTS if name.startswith("mailbox.")}
    text = (Path(__file__).parent / "test_mailbox_contract.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in text for name in mailbox)
