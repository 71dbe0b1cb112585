"""The research request that the Perplexity tests make, and reading its answer."""

import json
from typing import Any

import httpx

from sandbox.keys import SANDBOX_PERPLEXITY_KEY

KEY = {"authorization": f"Bearer {SANDBOX_PERPLEXITY_KEY}"}
RESEARCH: dict[str, Any] = {
    "type": "object",
    "properties": {
        "what_they_do": {"type": "string"},
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("claim", "quote", "source_url")},
                "required": ["claim", "quote", "source_url"],
            },
        },
        "recent_news": {
            "type": "array",
            "items": {"type": "object", "properties": {name: {"type": "string"} for name in ("title", "date")}},
        },
        "avoid": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["what_they_do", "facts", "recent_news", "avoid"],
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "research", "schema": RESEARCH, "strict": True}}
ASK: dict[str, Any] = {
    "model": "perplexity/sonar",
    "input": json.dumps({"company": {"name": "Alder Instruments", "site": "https://www.alder-instruments.example"}}),
    "tools": [{"type": "web_search"}],
    "response_format": FORMAT,
}


def post(http: httpx.Client, **changes: Any) -> httpx.Response:
    body = {name: value for name, value in (ASK | changes).items() if value is not None}
    return http.post("/perplexity/v1/agent", json=body, headers=KEY)


def answer(body: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(body["output"][-1]["content"][0]["text"]))
