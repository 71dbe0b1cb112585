"""Which host a messy cell names: URLs and bare hosts as people type them, to one canonical ASCII host name.

One thing must hold: a host that comes out is a syntactically sound DNS name (RFC 1123, IDNA 2008 A-labels, lower case,
no trailing dot), or nothing comes out. Whether it is registrable is `rules.domains`' question.
"""

import re

import idna

# White space of every kind people paste along, zero-width and direction marks included.
SPACE = " \t\r\n\v\f\xa0\u1680\u2028\u2029\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, (*range(0x2000, 0x2010), *range(0x202A, 0x2030)))
)
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.\-]*:/{2,}|https?:/*|/{2,})", re.IGNORECASE)
_PORT = re.compile(r":\d{0,5}$")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:xn--[a-z0-9-]{2,59}|[a-z]{2,63})")
_QUOTES = "\"'<>"  # what spreadsheets and mail clients put around links
FULL_STOPS = "\u3002\uff0e\uff61"  # ideographic and full-width, which IDNA reads as dots (UTS 46)
_TO_DOTS = str.maketrans(FULL_STOPS, "...")
_MAX_HOST = 253


def trim(text: str) -> str:
    """The cell without white space and zero-width characters around it."""
    return text.strip(SPACE)


def ascii_host(name: str) -> str | None:
    """A host name in canonical ASCII form, or None when it is not one.

    Accepts any case, IDN labels and one trailing dot; rejects IP addresses, single labels, empty or over-long labels
    and anything that is not a DNS name. Underscores pass (real sites use them below their registrable domain).
    """
    host = (name if name.isascii() else name.translate(_TO_DOTS)).lower().removesuffix(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, transitional=False).decode("ascii")
        except idna.IDNAError:
            return None
    return host if len(host) <= _MAX_HOST and _HOST.fullmatch(host) else None


def host_of(text: str) -> str | None:
    """The host a URL or bare host names: scheme, user, port, path, query, case and white space taken off.

    Backslashes count as slashes, as browsers read them (WHATWG URL). None when no sound host is left, as for IP
    addresses, prose, empty cells and `www`.
    """
    cell = _SCHEME.sub("", trim(trim(text).strip(_QUOTES)).replace("\\", "/"), count=1)
    authority = re.split(r"[/?#]", cell, maxsplit=1)[0]
    return ascii_host(_PORT.sub("", authority.rpartition("@")[2]))
