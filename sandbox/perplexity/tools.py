"""The tools of a request, checked as strictly as the service checks them.

The one thing that must hold: a filter that the service would refuse never quietly means no filter.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.perplexity import errors

MAX_DOMAINS: Final = 20
_RECENCY: Final = ("hour", "day", "week", "month", "year")
_DATE: Final = re.compile(r"\d{1,2}/\d{1,2}/\d{4}\Z")
_SEARCH: Final = frozenset(
    [
        "type",
        "filters",
        "search_context_size",
        "user_location",
        "max_results",
        "max_tokens",
        "max_tokens_per_page",
        "search_type",
    ]
)
_FILTERS: Final = frozenset(
    [
        "search_domain_filter",
        "search_recency_filter",
        "search_after_date_filter",
        "search_before_date_filter",
        "last_updated_after_filter",
        "last_updated_before_filter",
    ]
)
_PLACE: Final = frozenset(["country", "region", "city", "latitude", "longitude"])
_TOOLS: Final = frozenset({"web_search", "fetch_url", "people_search", "finance_search", "sandbox", "function"})


def check_known(given: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """Refuse fields that are not allowed.

    Raises:
        PerplexityRefusal: 400 with the field's name.
    """
    for name in given:
        if name not in allowed:
            raise errors.unknown_field(name)


def check_tool(tool: Any, index: int) -> None:
    """Check the tool at a place of the list.

    Raises:
        PerplexityRefusal: 400.
    """
    if not isinstance(tool, dict) or tool.get("type") not in _TOOLS:
        raise errors.invalid(f"tools[{index}]: unknown tool type")
    if tool["type"] != "web_search":
        return
    check_known(tool, _SEARCH)
    check_known(tool.get("user_location") or {}, _PLACE)
    filters = tool.get("filters") or {}
    check_known(filters, _FILTERS)
    recency = filters.get("search_recency_filter")
    if recency is not None and recency not in _RECENCY:
        raise errors.invalid(f"tools[{index}]: search recency filter must be one of: {' '.join(_RECENCY)}")
    dates = [
        name for name in _FILTERS if name.endswith(("after_date_filter", "before_date_filter")) and name in filters
    ]
    if recency is not None and dates:
        raise errors.invalid(f"tools[{index}]: search recency filter cannot be combined with date filters")
    for name in dates:
        if not _DATE.match(str(filters[name])):
            raise errors.PerplexityRefusal(400, "invalid_date_format", f"{name} must be of format MM/DD/YYYY")
    _check_domains(filters.get("search_domain_filter") or [])


def _check_domains(domains: list[Any]) -> None:
    bad = [one for one in domains if not isinstance(one, str) or "/" in one or len(one) > 253]  # noqa: PLR2004 - RFC 1035
    denied = [one for one in domains if isinstance(one, str) and one.startswith("-")]
    if len(domains) > MAX_DOMAINS or bad or (denied and len(denied) != len(domains)):
        raise errors.PerplexityRefusal(
            400,
            "invalid_search_domain_filter",
            f"search_domain_filter takes up to {MAX_DOMAINS} domains, either allowed or denied, without scheme",
        )
