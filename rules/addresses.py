"""What an e-mail cell holds: a mailable address of a known kind, or a named problem.

One thing must hold: two spellings of one mailbox normalise to the same text, because that text is the ledger's
uniqueness key (rule B22, invariant I1).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import idna

from rules.domains import has_known_suffix, owner_domain
from rules.hosts import FULL_STOPS, ascii_host, trim
from rules.reference import reference_set

MAX_LOCAL_BYTES = 64  # RFC 5321 4.5.3.1.1
MAX_ADDRESS_BYTES = 254  # RFC 5321 4.5.3.1.3 less the angle brackets
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff"
_LOCAL = re.compile(rf"^[{_ATEXT}]+(?:\.[{_ATEXT}]+)*$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MAIL_LABEL = re.compile(r"^(?!-)(?!..--)[a-z0-9-]{1,63}(?<!-)$")
_TAG = re.compile(r"\+.*$")
_WORD_BREAK = re.compile(r"[._\-]")


class Mailbox(StrEnum):
    """Who hands out mailboxes at the domain: a company to its people, or a provider to anyone."""

    COMPANY = "company"
    FREE = "free"
    DISPOSABLE = "disposable"


class Problem(StrEnum):
    """Why a cell is not an address anybody can mail."""

    EMPTY = "empty"
    NO_AT_SIGN = "no_at_sign"
    NO_LOCAL_PART = "no_local_part"
    NO_DOMAIN = "no_domain"
    SEVERAL_AT_SIGNS = "several_at_signs"
    CONTROL_CHARACTER = "control_character"
    LOCAL_PART = "local_part"
    QUOTED = "quoted"
    TOO_LONG = "too_long"
    DOMAIN = "domain"
    IP_ADDRESS = "ip_address"
    UNKNOWN_TOP_LEVEL = "unknown_top_level"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailable address in normal form.

    Attributes:
        text: The normalised address, `local@domain`.
        local: Local part: NFKC, lower case.
        domain: Host after the `@`: A-labels, lower case.
        owner: Registrable domain of whoever answers for the host.
        mailbox: Whether a company or a provider gives the mailbox out.
        role: Whether the local part names a function (info, sales) and not a person.
    """

    text: str
    local: str
    domain: str
    owner: str
    mailbox: Mailbox
    role: bool


@dataclass(frozen=True, slots=True)
class AddressProblem:
    """Why there is no address, as a kind to count and a sentence to read."""

    problem: Problem
    sentence: str


class _UnusableError(ValueError):
    """Carries the problem from where it is seen to `parse_address`; never leaves this module."""

    def __init__(self, problem: Problem, sentence: str) -> None:
        super().__init__(sentence)
        self.found = AddressProblem(problem=problem, sentence=sentence)


def normalise_address(text: str) -> str:
    """The uniqueness key of an address: trimmed, NFKC, lower case, domain as A-labels.

    Total: a cell that is no address still gets a stable key. Tags (`+x`) and dots stay: only the receiving server
    knows whether they matter.
    """
    cell = trim(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower()))
    local, at, domain = cell.rpartition("@")
    return f"{local}@{ascii_host(domain) or domain}" if at else cell


def mailbox_kind(host: str, owner: str) -> Mailbox:
    """Whether a provider gives mailboxes at this host to anyone; disposable ones stand in both shipped lists."""
    if host in (disposable := reference_set("disposable_mail_domains.txt")) or owner in disposable:
        return Mailbox.DISPOSABLE
    free = reference_set("free_mail_domains.txt")
    return Mailbox.FREE if host in free or owner in free else Mailbox.COMPANY


def is_role(local: str) -> bool:
    """Whether a local part names a function: as a whole, or its first word (`sales.emea`)."""
    roles, bare = reference_set("role_local_parts.txt"), _TAG.sub("", local)
    return bare in roles or (_WORD_BREAK.split(bare)[0] in _CERTAIN_ROLES)


# First words that are a function whatever follows; the long list also holds given names and numbers.
_CERTAIN_ROLES = frozenset({"info", "sales", "support", "office", "noreply", "contact", "admin", "billing", "press"})


def _is_a_label(label: str) -> bool:
    if not label.startswith("xn--"):
        return False
    try:
        return bool(idna.decode(label))
    except idna.IDNAError:
        return False


def _mail_host(domain: str) -> str:
    """The host of an address in canonical form, stricter than a web host: no underscore, only DNS's own final dot."""
    if domain.startswith("[") or re.fullmatch(r"[0-9.]+", domain):
        raise _UnusableError(Problem.IP_ADDRESS, f"{domain[:80]} is an IP address or literal, not a company's domain")
    host = None if domain.endswith(("..", *FULL_STOPS)) else ascii_host(domain)
    if host is None or not all(_MAIL_LABEL.match(label) or _is_a_label(label) for label in host.split(".")):
        raise _UnusableError(Problem.DOMAIN, f"{domain[:80]!r} is not a domain name")
    if not has_known_suffix(host):
        raise _UnusableError(Problem.UNKNOWN_TOP_LEVEL, f".{host.rpartition('.')[2]} is not a top-level domain")
    return host


def _local_part(text: str) -> str:
    """The local part in normal form: a dot-atom of ASCII specials and of letters, marks and digits of any script."""
    if text.startswith('"'):
        raise _UnusableError(Problem.QUOTED, "quoted local parts are legal and never a business address")
    if "@" in text:
        raise _UnusableError(Problem.SEVERAL_AT_SIGNS, "there is more than one @")
    local = unicodedata.normalize("NFKC", text).lower()
    foreign = (sign for sign in local if not sign.isascii())
    if not _LOCAL.match(local) or any(unicodedata.category(sign)[0] not in "LMN" for sign in foreign):
        raise _UnusableError(Problem.LOCAL_PART, f"{local[:80]!r} cannot stand before the @")
    if len(local.encode()) > MAX_LOCAL_BYTES:
        raise _UnusableError(Problem.TOO_LONG, f"more than {MAX_LOCAL_BYTES} bytes before the @")
    return local


def _halves(cell: str) -> tuple[str, str]:
    if not cell:
        raise _UnusableError(Problem.EMPTY, "the address is empty")
    if _CONTROL.search(cell):
        raise _UnusableError(Problem.CONTROL_CHARACTER, "there is a line break or control character inside")
    local, at, domain = cell.replace("\uff20", "@").rpartition("@")
    if not at:
        raise _UnusableError(Problem.NO_AT_SIGN, f"{cell[:80]!r} has no @")
    if not local:
        raise _UnusableError(Problem.NO_LOCAL_PART, "nothing stands before the @")
    if not domain:
        raise _UnusableError(Problem.NO_DOMAIN, "nothing stands after the @")
    return local, domain


def _read(text: str) -> Address:
    cell = trim(text)
    before, after = _halves(cell)
    local, host = _local_part(before), _mail_host(after)
    owner = owner_domain(host)
    if owner is None:
        raise _UnusableError(Problem.DOMAIN, f"{host} is a public suffix; nobody has mail there")
    address = f"{local}@{host}"
    if max(len(address.encode()), len(cell.encode())) > MAX_ADDRESS_BYTES:
        raise _UnusableError(Problem.TOO_LONG, f"longer than {MAX_ADDRESS_BYTES} bytes")
    return Address(
        text=address, local=local, domain=host, owner=owner, mailbox=mailbox_kind(host, owner), role=is_role(local)
    )


def parse_address(text: str | None) -> Address | AddressProblem:
    """Read one e-mail cell.

    Accepts RFC 5321 mailboxes with a dot-atom local part (RFC 6531 letters too) at a delegated domain. Deliberately
    refuses what is legal and no business address: quoted local parts, comments, address literals, display names.

    Raises:
        Nothing: every cell gives an address or a problem.
    """
    try:
        return _read(text or "")
    except _UnusableError as unusable:
        return unusable.found
