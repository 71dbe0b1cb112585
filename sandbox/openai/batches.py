"""Batches: many requests in one file, answered within a day.

The one thing that must hold: a batch's lines are all accounted for, each in the output file or in the error file, and a
batch moves on with world time only.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.openai import errors
from sandbox.openai.chat import completion
from sandbox.openai.checking import check_shape
from sandbox.openai.files import keep_file
from sandbox.openai.reception import Visit
from sandbox.openai.responses import response
from sandbox.openai.state import StoredBatch, StoredFile
from sandbox.world.chance import chance
from sandbox.world.world import World

WINDOW: Final = timedelta(hours=24)
VALIDATING: Final = timedelta(seconds=20)
FINALIZING: Final = timedelta(minutes=1)
CANCELLING: Final = timedelta(minutes=5)
MAX_LINES: Final = 50_000
_ENDPOINTS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "/v1/chat/completions": completion,
    "/v1/responses": response,
}
_EXPIRED: Final = "This request could not be executed before the completion window expired."


async def create_batch(visit: Visit) -> dict[str, Any]:
    """POST /batches: works everything out now and shows it when world time comes to it."""
    world, body = visit.house.world, visit.body if isinstance(visit.body, dict) else {}
    check_shape(body, {"endpoint": str, "completion_window": str, "input_file_id": str, "metadata": dict})
    endpoint, window = body.get("endpoint"), body.get("completion_window")
    if endpoint not in _ENDPOINTS or window != "24h":
        raise errors.bad_request("Invalid 'endpoint' or 'completion_window'.", code="invalid_value")
    source = world.openai.files.get(str(body.get("input_file_id")))
    if source is None:
        raise errors.bad_request(f"No such File object: {body.get('input_file_id')}", param="input_file_id")
    number = world.openai.next_number()
    stream = chance(world.seed, "batch", number)
    batch = StoredBatch(
        id=f"batch_{stream.getrandbits(128):032x}",
        endpoint=endpoint,
        input_file=source.id,
        created=world.now,
        done_at=world.now + timedelta(minutes=stream.uniform(5, 120)),
        metadata=body.get("metadata"),
    )
    _work(world, batch, source)
    world.openai.batches[batch.id] = batch
    return _batch_wire(world, batch)


async def list_batches(visit: Visit) -> dict[str, Any]:
    """GET /batches, newest first."""
    world = visit.house.world
    shown = [_batch_wire(world, batch) for batch in reversed(world.openai.batches.values())]
    return {"object": "list", "data": shown, "has_more": False}


async def get_batch(visit: Visit) -> dict[str, Any]:
    """GET /batches/{id}."""
    return _batch_wire(visit.house.world, _batch(visit))


async def cancel_batch(visit: Visit) -> dict[str, Any]:
    """POST /batches/{id}/cancel."""
    world, batch = visit.house.world, _batch(visit)
    if batch.cancelled_at is None and _status(batch, world.now) in ("validating", "in_progress"):
        batch.cancelled_at = world.now
    return _batch_wire(world, batch)


def _work(world: World, batch: StoredBatch, source: StoredFile) -> None:
    lines = [line for line in source.content.decode("utf-8", "replace").splitlines() if line.strip()]
    requests = [_line(batch, number, line) for number, line in enumerate(lines, start=1)]
    if not lines or len(lines) > MAX_LINES:
        batch.refused.append({"code": "empty_file", "message": "The file has no lines.", "line": None, "param": None})
    if batch.refused:
        return
    all_failed = world.faults.strikes("openai.batch_all_failed", batch.id) is not None
    batch.expires = world.faults.strikes("openai.batch_expired", batch.id) is not None
    done = len(requests) // 2 if batch.expires else len(requests)
    for index, request in enumerate(requests):
        if index >= done:
            batch.errors.append(_result(world, request, None, {"code": "batch_expired", "message": _EXPIRED}))
            continue
        try:
            if all_failed:
                raise errors.server_error()
            body = _ENDPOINTS[batch.endpoint](world, request["body"], json.dumps(request), discounted=True)
            batch.outputs.append(_result(world, request, (200, body), None))
        except errors.OpenAIRefusal as refusal:
            batch.errors.append(_result(world, request, (refusal.status, refusal.body), None))


def _line(batch: StoredBatch, number: int, line: str) -> dict[str, Any]:
    """Read one line; a line that is no request is noted, and then the whole batch fails validation."""
    try:
        request = json.loads(line)
    except ValueError:
        request = None
    fits = (
        isinstance(request, dict)
        and request.get("url") == batch.endpoint
        and request.get("method") == "POST"
        and bool(request.get("custom_id"))
    )
    if not fits:
        message = "This line is not a request to the batch's endpoint."
        batch.refused.append({"code": "invalid_request", "message": message, "line": number, "param": None})
        return {}
    return {"custom_id": str(request["custom_id"]), "body": request.get("body")}


def _result(
    world: World, request: dict[str, Any], answer: tuple[int, dict[str, Any]] | None, error: dict[str, str] | None
) -> dict[str, Any]:
    name = f"{world.openai.next_number():024x}"
    shown = None
    if answer is not None:
        shown = {"status_code": answer[0], "request_id": f"req_{name}", "body": answer[1]}
    return {"id": f"batch_req_{name}", "custom_id": request["custom_id"], "response": shown, "error": error}


def _status(batch: StoredBatch, now: datetime) -> str:
    if batch.refused:
        return "failed" if now >= batch.created + VALIDATING else "validating"
    if batch.cancelled_at is not None:
        return "cancelled" if now >= batch.cancelled_at + CANCELLING else "cancelling"
    if now < batch.created + VALIDATING:
        return "validating"
    if batch.expires:
        return "expired" if now >= batch.created + WINDOW else "in_progress"
    if now < batch.done_at:
        return "in_progress"
    return "completed" if now >= batch.done_at + FINALIZING else "finalizing"


def _batch_wire(world: World, batch: StoredBatch) -> dict[str, Any]:
    status = _status(batch, world.now)
    if status in ("completed", "expired"):
        _publish(world, batch)
    over = status in ("completed", "expired")
    stamp = int(batch.created.timestamp())
    done = int(batch.done_at.timestamp())
    total = len(batch.outputs) + len(batch.errors)
    problems = {"object": "list", "data": batch.refused} if batch.refused and status == "failed" else None
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": problems,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "status": status,
        "output_file_id": batch.output_file,
        "error_file_id": batch.error_file,
        "created_at": stamp,
        "in_progress_at": stamp + 20 if status not in ("validating", "failed") else None,
        "expires_at": stamp + int(WINDOW.total_seconds()),
        "finalizing_at": done if status in ("finalizing", "completed") else None,
        "completed_at": done + 60 if status == "completed" else None,
        "failed_at": stamp + 20 if status == "failed" else None,
        "expired_at": stamp + int(WINDOW.total_seconds()) if status == "expired" else None,
        "cancelling_at": int(batch.cancelled_at.timestamp()) if batch.cancelled_at else None,
        "cancelled_at": int(batch.cancelled_at.timestamp()) + 300
        if status == "cancelled" and batch.cancelled_at
        else None,
        "request_counts": {
            "total": total,
            "completed": len(batch.outputs) if over else 0,
            "failed": len(batch.errors) if over else 0,
        },
        "metadata": batch.metadata,
    }


def _publish(world: World, batch: StoredBatch) -> None:
    """Make the files on first sight of the finished batch; a batch without successes has no output file."""
    if batch.outputs and batch.output_file is None:
        batch.output_file = keep_file(world, f"{batch.id}_output.jsonl", "batch_output", _lines(batch.outputs)).id
    if batch.errors and batch.error_file is None:
        batch.error_file = keep_file(world, f"{batch.id}_error.jsonl", "batch_output", _lines(batch.errors)).id


def _lines(results: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(result, ensure_ascii=False) + "\n" for result in results).encode()


def _batch(visit: Visit) -> StoredBatch:
    wanted = visit.request.path_params["batch"]
    batch = visit.house.world.openai.batches.get(wanted)
    if batch is None:
        raise errors.unknown_thing("batch", wanted)
    return batch
