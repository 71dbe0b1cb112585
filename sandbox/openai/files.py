"""Files: uploaded ones and those that batches leave behind.

The one thing that must hold: a file's bytes come back as they went in.
"""

from datetime import timedelta
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.responses import Response

from sandbox.openai import errors
from sandbox.openai.reception import Visit
from sandbox.openai.state import StoredFile
from sandbox.world.chance import chance
from sandbox.world.world import World

MAX_BYTES: Final = 200 * 1024 * 1024
KEPT: Final = timedelta(days=30)


async def upload(visit: Visit) -> dict[str, Any]:
    """POST /files."""
    async with visit.request.form() as form:
        file, purpose = form.get("file"), form.get("purpose")
        if not isinstance(file, UploadFile) or not isinstance(purpose, str):
            raise errors.bad_request("'file' and 'purpose' are required properties")
        filename, content = file.filename or "upload.jsonl", await file.read()
    if purpose == "batch" and len(content) > MAX_BYTES:
        raise errors.OpenAIRefusal(413, "The file is too large.")
    return _file_wire(keep_file(visit.house.world, filename, purpose, content))


async def list_files(visit: Visit) -> dict[str, Any]:
    """GET /files."""
    files = visit.house.world.openai.files.values()
    return {"object": "list", "data": [_file_wire(file) for file in files], "has_more": False}


async def get_file(visit: Visit) -> dict[str, Any]:
    """GET /files/{id}."""
    return _file_wire(_file(visit))


async def file_content(visit: Visit) -> Response:
    """GET /files/{id}/content."""
    return Response(_file(visit).content, media_type="application/octet-stream")


async def delete_file(visit: Visit) -> dict[str, Any]:
    """DELETE /files/{id}."""
    file = _file(visit)
    del visit.house.world.openai.files[file.id]
    return {"id": file.id, "object": "file", "deleted": True}


def keep_file(world: World, filename: str, purpose: str, content: bytes) -> StoredFile:
    """Store bytes under a new id."""
    name = f"file-{chance(world.seed, 'file', world.openai.next_number()).getrandbits(96):024x}"
    file = StoredFile(name, filename, purpose, world.now, content)
    world.openai.files[name] = file
    return file


def _file(visit: Visit) -> StoredFile:
    wanted = visit.request.path_params["file"]
    file = visit.house.world.openai.files.get(wanted)
    if file is None:
        raise errors.unknown_thing("File object", wanted)
    return file


def _file_wire(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "object": "file",
        "bytes": len(file.content),
        "created_at": int(file.created.timestamp()),
        "expires_at": int((file.created + KEPT).timestamp()),
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
    }
