"""Which pages may be a fact's source, and which is preferred where several say the same (rule B39).

What must hold: a source is a public https page. An address inside somebody's network is refused by its form alone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from rules.domains import owner_domain
from rules.hosts import host_of
from rules.reference import reference_set


class Source(StrEnum):
    """Who says it. The order of declaration is the order of preference."""

    OWN_SITE = "own site"
    """A page below the company's registrable domain."""
    PRESS = "press"
    """Anybody else: news, partners, registers."""
    DIRECTORY = "directory"
    """Networks and directories, where anybody may have written it."""


RANK: Final[Mapping[str, int]] = {source.value: place for place, source in enumerate(Source)}
"""Source to its place in the order of preference, the best first."""

_PRIVATE_TOP_LABELS: Final = frozenset(
    {"local", "localhost", "internal", "intranet", "lan", "corp", "home", "private", "invalid", "onion", "arpa"}
)
_WEB_PORTS: Final = (None, 443)


def public_page(url: str) -> str | None:
    """The host of a page that may be a source, or ``None``: https, a public name, no user, no other port."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or parts.username is not None or port not in _WEB_PORTS:
        return None
    host = host_of(parts.netloc)
    return None if host is None or host.rpartition(".")[2] in _PRIVATE_TOP_LABELS else host


def source_of(url: str, *, site: str) -> Source | None:
    """Who speaks on a page, or ``None`` where the page may not be a source.

    Args:
        url: The page.
        site: The company's own site, empty where it has none.
    """
    host = public_page(url)
    if host is None:
        return None
    owner = owner_domain(host) or host
    own = host_of(site) if site else None
    if own is not None and owner == (owner_domain(own) or own):
        return Source.OWN_SITE
    return Source.DIRECTORY if owner in reference_set("directories.txt") else Source.PRESS
