"""Comments beneath a record.

The one thing that must hold: only a comment's text can change; author and time are the service's.
"""

from typing import Any, Final

from sandbox.airtable import errors
from sandbox.airtable.formula_values import wire_instant
from sandbox.airtable.listing import MAX_PAGE
from sandbox.airtable.reception import USER, Handler, Visit
from sandbox.airtable.schema import Comment


async def list_comments(visit: Visit) -> dict[str, Any]:
    """GET a record's comments, newest first."""
    size = int(visit.request.query_params.get("pageSize", MAX_PAGE))
    if not 1 <= size <= MAX_PAGE:
        raise errors.bad_request()
    newest_first = visit.record.comments[::-1]
    ids = [comment.id for comment in newest_first]
    offset = visit.request.query_params.get("offset")
    if offset and offset not in ids:
        raise errors.bad_offset(offset)
    start = ids.index(offset) if offset else 0
    following = ids[start + size] if start + size < len(ids) else None
    return {"comments": [_wire(one) for one in newest_first[start : start + size]], "offset": following}


async def create_comment(visit: Visit) -> dict[str, Any]:
    """POST a comment."""
    world = visit.house.world
    comment = Comment(world.airtable.new_id("com"), _text(visit), world.now, dict(USER))
    comment.parent = visit.body.get("parentCommentId")
    visit.record.comments.append(comment)
    return _wire(comment)


async def update_comment(visit: Visit) -> dict[str, Any]:
    """PATCH a comment's text."""
    comment = _comment(visit)
    comment.text, comment.updated = _text(visit), visit.house.world.now
    return _wire(comment)


async def delete_comment(visit: Visit) -> dict[str, Any]:
    """DELETE a comment."""
    comment = _comment(visit)
    visit.record.comments.remove(comment)
    return {"id": comment.id, "deleted": True}


def _comment(visit: Visit) -> Comment:
    wanted = visit.request.path_params["comment"]
    found = next((comment for comment in visit.record.comments if comment.id == wanted), None)
    if found is None:
        raise errors.record_not_found()
    return found


def _text(visit: Visit) -> str:
    text = visit.body.get("text") if isinstance(visit.body, dict) else None
    if not isinstance(text, str) or not text:
        raise errors.bad_request()
    return text


def _wire(comment: Comment) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": comment.id,
        "author": comment.author,
        "text": comment.text,
        "createdTime": wire_instant(comment.created),
        "lastUpdatedTime": wire_instant(comment.updated) if comment.updated else None,
    }
    if comment.parent:
        shown["parentCommentId"] = comment.parent
    return shown


ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("/comments", "GET", list_comments),
    ("/comments", "POST", create_comment),
    ("/comments/{comment}", "PATCH", update_comment),
    ("/comments/{comment}", "DELETE", delete_comment),
)
