"""Reading the parameters of a listing from a query string or a body.

The one thing that must hold: a parameter outside its range is refused, not bent (unless the switch says clamp).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.airtable.errors import bad_request, missing_fields
from sandbox.airtable.listing import MAX_PAGE, ListQuery, Look
from sandbox.airtable.reception import Visit
from sandbox.shapes import Shape, misfit

_SORT_KEY: Final = re.compile(r"sort\[(\d+)\]\[(field|direction)\]\Z")
_KNOWN: Final = frozenset(
    {
        "fields",
        "filterByFormula",
        "maxRecords",
        "pageSize",
        "sort",
        "view",
        "cellFormat",
        "timeZone",
        "userLocale",
        "offset",
        "returnFieldsByFieldId",
        "recordMetadata",
        "includeDateDependencyMetadata",
    }
)


_SHAPE: Final[Shape] = {
    "fields": (list, dict),
    "records[]": dict,
    "performUpsert": dict,
    "performUpsert.fieldsToMergeOn": list,
    "sort": list,
    "sort[].field": str,
    "recordMetadata": list,
    "filterByFormula": str,
    "view": str,
    "offset": str,
}


def checked_keys(body: Any, known: frozenset[str]) -> dict[str, Any]:
    """Return the body if it is an object with known keys only, each of its kind.

    Raises:
        AirtableRefusal: 422.
    """
    if not isinstance(body, dict):
        raise missing_fields()
    if set(body) - known or misfit(body, _SHAPE):
        raise bad_request()
    return body


def list_query(visit: Visit) -> tuple[ListQuery, Look]:
    """Return the query, and how records are to be shown.

    Raises:
        AirtableRefusal: 422 INVALID_REQUEST_UNKNOWN.
    """
    given = checked_keys(visit.body or {}, _KNOWN) if visit.request.method == "POST" else _from_query(visit)
    size = _whole(given.get("pageSize"), MAX_PAGE)
    if size > MAX_PAGE and visit.house.world.switches.airtable_large_page == "clamp":
        size = MAX_PAGE
    if not 1 <= size <= MAX_PAGE:
        raise bad_request()
    most = given.get("maxRecords")
    if isinstance(given.get("fields"), dict):
        raise bad_request()
    query = ListQuery(
        fields=tuple(map(str, given.get("fields") or ())),
        formula=str(given.get("filterByFormula") or ""),
        max_records=None if most is None else max(1, _whole(most, 1)),
        page_size=size,
        order=tuple(_order(entry) for entry in given.get("sort") or ()),
        view=str(given.get("view") or ""),
        offset=str(given.get("offset") or ""),
    )
    return query, _look(given)


def shown_as(visit: Visit) -> Look:
    """Return how a single record is to be shown."""
    return _look(_from_query(visit))


def _look(given: Mapping[str, Any]) -> Look:
    style = given.get("cellFormat") or "json"
    spelled_out = given.get("timeZone") and given.get("userLocale")
    if style not in ("json", "string") or (style == "string" and not spelled_out):
        raise bad_request()
    return Look(
        by_id=given.get("returnFieldsByFieldId") in (True, "true", "1"),
        as_text=style == "string",
        count_comments="commentCount" in (given.get("recordMetadata") or ()),
    )


def _from_query(visit: Visit) -> dict[str, Any]:
    given: dict[str, Any] = {}
    sort: dict[int, dict[str, str]] = {}
    for key, value in visit.request.query_params.multi_items():
        name = key.removesuffix("[]")
        match = _SORT_KEY.match(key)
        if match:
            sort.setdefault(int(match.group(1)), {})[match.group(2)] = value
        elif name in ("fields", "recordMetadata"):
            given.setdefault(name, []).append(value)
        else:
            given[name] = value
    if sort:
        given["sort"] = [sort[index] for index in sorted(sort)]
    return given


def _order(entry: Any) -> tuple[str, bool]:
    if not isinstance(entry, dict) or "field" not in entry or entry.get("direction", "asc") not in ("asc", "desc"):
        raise bad_request()
    return str(entry["field"]), entry.get("direction") == "desc"


def _whole(value: Any, default: int) -> int:
    if value is None:
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise bad_request() from None
