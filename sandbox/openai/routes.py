"""The table of OpenAI routes.

The one thing that must hold: models are listed with their shutdown dates, those already gone not at all.
"""

from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.house import House
from sandbox.openai import batches, chat, errors, files, responses
from sandbox.openai.generating import usable_model
from sandbox.openai.models import MODELS
from sandbox.openai.reception import Handler, Visit, endpoint
from sandbox.wire import Json

ENDING: Final = "openai.model_ending"


async def list_models(visit: Visit) -> dict[str, Any]:
    """GET /models."""
    world = visit.house.world
    today, gone, ending = world.now.date(), world.faults.peek("openai.model_missing"), world.faults.peek(ENDING)
    shown = [model.wire() for model in MODELS.values() if model.shutdown is None or model.shutdown > today]
    for model in shown:
        if ending is not None and ending.match == model["id"]:
            days = 14 if ending.value is None else ending.value
            model["shutdown_date"] = (today + timedelta(days=days)).isoformat()
    return {"object": "list", "data": [model for model in shown if gone is None or gone.match != model["id"]]}


async def get_model(visit: Visit) -> dict[str, Any]:
    """GET /models/{id}."""
    return usable_model(visit.house.world, visit.request.path_params["model"]).wire()


_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("/models", "GET", list_models),
    ("/models/{model}", "GET", get_model),
    ("/chat/completions", "POST", chat.complete),
    ("/responses", "POST", responses.create),
    ("/responses/{response}", "GET", responses.get),
    ("/responses/{response}", "DELETE", responses.delete),
    ("/files", "POST", files.upload),
    ("/files", "GET", files.list_files),
    ("/files/{file}", "GET", files.get_file),
    ("/files/{file}", "DELETE", files.delete_file),
    ("/files/{file}/content", "GET", files.file_content),
    ("/batches", "POST", batches.create_batch),
    ("/batches", "GET", batches.list_batches),
    ("/batches/{batch}", "GET", batches.get_batch),
    ("/batches/{batch}/cancel", "POST", batches.cancel_batch),
)


def openai(house: House) -> Router:
    """Return the whole API under its `/v1` prefix."""

    async def unknown(request: Request) -> Response:
        refusal = errors.OpenAIRefusal(404, f"Invalid URL ({request.method} {request.url.path})")
        return Json(refusal.body, refusal.status)

    return Router(
        routes=[
            *(Route(f"/v1{path}", endpoint(house, handler), methods=[method]) for path, method, handler in _ROUTES),
            Route("/{path:path}", unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        redirect_slashes=False,
    )
