"""What a model's answer says: the Responses shape that OpenAI and Perplexity share, read once, no I/O.

What must hold: only a completed answer with text is ``COMPLETE``; the raw body is kept as received (rules B1, B36).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from resources.models.gateway import Finish, ModelAnswer, SearchResult, Usage
from resources.models.prices import ModelPrice, Tokens, cost
from resources.redaction import redact
from rules.failures import Failure, FailureKind, ServiceFailure

Classifier = Callable[[int, str, Mapping[str, str]], Failure]
"""A service's table: status, body and headers to a failure."""

_RAISED: Final = frozenset({FailureKind.SYSTEMIC, FailureKind.FLOW_CONTROL})


def read_answer(raw: str, *, price: ModelPrice, requested: str, service: str, classify: Classifier) -> ModelAnswer:
    """Read a body that came with status 200.

    Args:
        raw: The body.
        price: The requested model's price, used where the body does not carry its own cost.
        requested: The requested model, named in the answer where the body names none.
        service: The service's name for failures.
        classify: The service's table; an answer that failed for a reason every other call shares is raised.

    Raises:
        ServiceFailure: ``TRANSIENT`` where the body is not an answer; ``SYSTEMIC`` or ``FLOW_CONTROL`` where a failed
            answer says so.
    """
    body = _body(raw, service)
    finish, detail = _finish(body)
    if finish is Finish.FAILED and isinstance(body.get("error"), dict):
        failure = classify(200, json.dumps({"error": body["error"]}), {})
        if failure.kind in _RAISED:
            raise ServiceFailure(failure)
    text = "".join(_parts(body, "output_text", "text"))
    if finish is Finish.COMPLETE and (refusal := "".join(_parts(body, "refusal", "refusal"))):
        finish, detail = Finish.REFUSED, refusal
    if finish is Finish.COMPLETE and not text.strip():
        finish, detail = Finish.EMPTY, "the answer holds no text"
    return ModelAnswer(
        raw=raw,
        text=text or None,
        finish=finish,
        detail=redact(detail) if detail else None,
        model=str(body.get("model") or requested),
        usage=_usage(body, price),
        sources=tuple(_sources(body)),
        service=service,
    )


def _body(raw: str, service: str) -> dict[str, Any]:
    try:
        body: Any = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("status"), str):
        message = "a success that is not an answer; it may have been charged"
        raise ServiceFailure.of(FailureKind.TRANSIENT, service, "unreadable_answer", message)
    return body


def _finish(body: Mapping[str, Any]) -> tuple[Finish, str | None]:
    status = body["status"]
    if status == "completed":
        return Finish.COMPLETE, None
    if status == "incomplete":
        reason = str((body.get("incomplete_details") or {}).get("reason") or "no reason given")
        return (Finish.REFUSED if reason == "content_filter" else Finish.TRUNCATED), reason
    error = body.get("error")
    if isinstance(error, dict):
        return Finish.FAILED, f"{error.get('code') or error.get('type')}: {error.get('message')}"
    return Finish.FAILED, f"the answer's status is {status}"


def _parts(body: Mapping[str, Any], kind: str, key: str) -> Iterator[str]:
    for item in body.get("output") or ():
        if item.get("type") == "message":
            for part in item.get("content") or ():
                if part.get("type") == kind and isinstance(part.get(key), str):
                    yield part[key]


def _sources(body: Mapping[str, Any]) -> Iterator[SearchResult]:
    """Every page the search brought up, once: with text where the service hands it over, else by address alone."""
    seen: set[str] = set()
    for result in (*_results(body), *_searched(body), *_cited(body)):
        url = str(result.get("url") or "")
        if url and url not in seen:
            seen.add(url)
            yield SearchResult(
                url=url,
                title=str(result.get("title") or ""),
                snippet=str(result.get("snippet") or ""),
                date=result.get("date") or None,
            )


def _items(body: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    return (item for item in body.get("output") or () if item.get("type") == kind)


def _results(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Perplexity's."""
    for item in _items(body, "search_results"):
        yield from item.get("results") or ()


def _searched(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """OpenAI's: addresses without text."""
    for item in _items(body, "web_search_call"):
        yield from (item.get("action") or {}).get("sources") or ()


def _cited(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Pages that only the annotations of the text name."""
    for item in _items(body, "message"):
        for part in item.get("content") or ():
            yield from (note for note in part.get("annotations") or () if note.get("type") == "url_citation")


def _usage(body: Mapping[str, Any], price: ModelPrice) -> Usage:
    usage = body.get("usage") or {}
    details = usage.get("input_tokens_details") or {}
    tokens = Tokens(
        input=int(usage.get("input_tokens") or 0),
        cached=int(details.get("cached_tokens") or 0),
        output=int(usage.get("output_tokens") or 0),
        written=int(details.get("cache_write_tokens") or details.get("cache_creation_input_tokens") or 0),
        searches=_searches(body, usage),
    )
    billed = (usage.get("cost") or {}).get("total_cost")
    return Usage(
        input_tokens=tokens.input,
        cached_tokens=tokens.cached,
        output_tokens=tokens.output,
        searches=tokens.searches,
        cost_usd=float(billed) if isinstance(billed, int | float) else cost(price, tokens),
    )


def _searches(body: Mapping[str, Any], usage: Mapping[str, Any]) -> int:
    """Searches that are billed: Perplexity counts them, OpenAI lists them; opening a page it found costs no fee."""
    calls = (usage.get("tool_calls_details") or {}).get("search_web") or {}
    listed = sum(1 for item in _items(body, "web_search_call") if (item.get("action") or {}).get("type") == "search")
    return int(calls.get("invocation") or 0) + listed
