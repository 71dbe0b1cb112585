"""Methods that send photos and documents, and fetching them back.

The one thing that must hold: what was uploaded can be downloaded again byte for byte.
"""

from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from sandbox.house import House
from sandbox.telegram import errors
from sandbox.telegram.reception import Upload, Visit, check_token
from sandbox.telegram.sending import MAX_CAPTION, admit, new_message, read_text
from sandbox.telegram.state import TelegramFile
from sandbox.wire import Json
from sandbox.world.chance import chance

MAX_PHOTO: Final = 10 * 1024 * 1024
MAX_DOCUMENT: Final = 50 * 1024 * 1024
MAX_DOWNLOAD: Final = 20 * 1024 * 1024
MAX_SIDES: Final = 10_000
MAX_RATIO: Final = 20
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_UNKNOWN_SIZE: Final = (800, 600)


async def send_photo(visit: Visit) -> dict[str, Any]:
    """SendPhoto."""
    admit(visit)
    caption = read_text(visit, "caption", MAX_CAPTION, "message caption is too long")
    file = _file(visit, "photo", MAX_PHOTO)
    width, height = _size(file.content)
    if width + height > MAX_SIDES or max(width, height) > MAX_RATIO * min(width, height):
        raise errors.bad_request("PHOTO_INVALID_DIMENSIONS")
    message = new_message(visit)
    message["photo"] = [_shown(file) | {"width": width, "height": height}]
    return _captioned(message, caption)


async def send_document(visit: Visit) -> dict[str, Any]:
    """SendDocument."""
    admit(visit)
    caption = read_text(visit, "caption", MAX_CAPTION, "message caption is too long")
    file = _file(visit, "document", MAX_DOCUMENT)
    message = new_message(visit)
    message["document"] = _shown(file) | {"file_name": file.name, "mime_type": file.content_type}
    return _captioned(message, caption)


async def get_file(visit: Visit) -> dict[str, Any]:
    """GetFile."""
    file = visit.house.world.telegram.files.get(visit.text("file_id"))
    if file is None:
        raise errors.bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > MAX_DOWNLOAD:
        raise errors.bad_request("file is too big")
    return _shown(file) | {"file_path": f"documents/{file.file_id}"}


def download(house: House) -> Any:
    """Return the endpoint of /file/bot<token>/<path>."""

    async def answer(request: Request) -> Response:
        try:
            check_token(house, request.path_params["token"])
        except errors.TelegramRefusal as refusal:
            return Json(refusal.body, refusal.status)
        file = house.world.telegram.files.get(request.path_params["path"].rpartition("/")[2])
        if file is None:
            return Json(errors.not_found().body, HTTPStatus.NOT_FOUND)
        return Response(file.content, media_type=file.content_type)

    return answer


def _file(visit: Visit, name: str, most: int) -> TelegramFile:
    """Return the file of a parameter: an upload under its name, `attach://` another part, or an id sent before."""
    given = visit.text(name)
    upload = visit.uploads.get(given.removeprefix("attach://") if given.startswith("attach://") else name)
    desk = visit.house.world.telegram
    if upload is None:
        known = desk.files.get(given)
        if known is None:
            raise errors.bad_request("wrong file identifier/HTTP URL specified")
        return known
    if len(upload.content) > most:
        raise errors.too_large()
    if not upload.content:
        raise errors.bad_request("file must be non-empty")
    return _kept(visit, upload)


def _kept(visit: Visit, upload: Upload) -> TelegramFile:
    world = visit.house.world
    digits = chance(world.seed, "telegram file", world.telegram.next_message, upload.filename).getrandbits(160)
    file = TelegramFile(f"AgAC{digits:040x}", upload.filename, upload.content_type, upload.content)
    world.telegram.files[file.file_id] = file
    return file


def _shown(file: TelegramFile) -> dict[str, Any]:
    return {"file_id": file.file_id, "file_unique_id": file.file_id[-16:], "file_size": len(file.content)}


def _captioned(message: dict[str, Any], caption: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    text, entities = caption
    if text:
        message["caption"] = text
    if entities:
        message["caption_entities"] = entities
    return message


def _size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG; other kinds pass for a common size."""
    if not content.startswith(_PNG):
        return _UNKNOWN_SIZE
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
