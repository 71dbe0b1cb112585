"""Which column of somebody's CSV holds what, guessed from its header and a few of its cells.

One thing must hold: a column is given to one field at most, and a guess carries how sure it is, so that a person can
overrule it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.place.folding import fold


class Field(StrEnum):
    """What a column of a lead list can hold."""

    LEAD_ID = "lead_id"
    FULL_NAME = "full_name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    COMPANY = "company"
    WEBSITE = "website"
    COUNTRY = "country"
    STATE = "state"
    CITY = "city"
    PHONE = "phone"
    TITLE = "title"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Guess:
    """A column and how sure it is: 1.0 for a known header, less for words in it or for what its cells look like."""

    column: str
    confidence: float


class UnknownColumnError(ValueError):
    """An overruling names a field or a column that does not exist."""


_CERTAIN, _WORDS, _CELLS = 1.0, 0.7, 0.6
_MOSTLY = 0.6  # of the filled sample cells must look the part

# Whole headers, folded. The first that a header equals gives it to the field.
_HEADERS: dict[Field, frozenset[str]] = {
    Field.LEAD_ID: frozenset(
        {"lead id", "id", "record id", "lead", "contact id", "person id", "uid", "uuid", "row id"}
    ),
    Field.FULL_NAME: frozenset(
        {"full name", "fullname", "name", "contact name", "person", "contact", "contact full name", "nombre completo"}
        | {"nom complet", "vollstandiger name", "ansprechpartner", "lead name", "person name", "nome completo"}
    ),
    Field.FIRST_NAME: frozenset(
        {"first name", "firstname", "given name", "forename", "vorname", "prenom", "nombre", "nome", "first", "fname"}
    ),
    Field.LAST_NAME: frozenset(
        {"last name", "lastname", "surname", "family name", "nachname", "nom de famille", "apellido", "apellidos"}
        | {"cognome", "sobrenome", "last", "lname"}
    ),
    Field.EMAIL: frozenset(
        {"email", "e mail", "mail", "email address", "e mail address", "work email", "business email", "mail address"}
        | {"correo", "correo electronico", "courriel", "e mail adresse", "email adresse", "adresse email", "emails"}
        | {"primary email", "contact email", "person email", "email 1"}
    ),
    Field.COMPANY: frozenset(
        {"company", "company name", "organisation", "organization", "organisation name", "organization name", "account"}
        | {"account name", "employer", "firma", "firmenname", "unternehmen", "empresa", "entreprise", "societe"}
        | {"azienda", "business", "business name", "current company", "org", "customer", "bedrijf"}
    ),
    Field.WEBSITE: frozenset(
        {"website", "company url", "company website", "url", "web", "site", "homepage", "domain", "company domain"}
        | {"web site", "website url", "organization website", "organisation website", "company site", "webseite"}
        | {"web address", "pagina web", "sitio web", "site web", "sito web", "primary domain"}
    ),
    Field.COUNTRY: frozenset(
        {"country", "country name", "country code", "land", "pais", "pays", "paese", "nation", "company country"}
        | {"person country", "country region", "country or region", "staat land"}
    ),
    Field.STATE: frozenset(
        {"state", "province", "region", "state province", "state region", "county", "bundesland", "estado", "provincia"}
        | {"departement", "company state", "person state", "state or province", "prefecture"}
    ),
    Field.CITY: frozenset(
        {
            "city",
            "town",
            "ort",
            "stadt",
            "ciudad",
            "ville",
            "citta",
            "cidade",
            "company city",
            "person city",
            "locality",
        }
        | {"location city", "plaats"}
    ),
    Field.PHONE: frozenset(
        {"phone", "telephone", "phone number", "tel", "mobile", "mobile phone", "telefon", "telefono", "work phone"}
        | {"direct phone", "cell", "mobile number", "company phone", "telefone", "direct dial"}
    ),
    Field.TITLE: frozenset(
        {"title", "job title", "position", "role", "jobtitle", "funktion", "cargo", "poste", "puesto", "designation"}
    ),
    Field.SOURCE: frozenset({"source", "import", "batch", "import id", "list", "lead source", "file", "quelle"}),
}
# A word in a longer header that gives it away: "Prospect E-Mail (verified)".
_TELLING: tuple[tuple[Field, re.Pattern[str]], ...] = (
    (Field.EMAIL, re.compile(r"\be ?mail\b|\bcourriel\b|\bcorreo\b")),
    (Field.WEBSITE, re.compile(r"\b(?:website|url|domain|homepage|webseite)\b")),
    (Field.FIRST_NAME, re.compile(r"\b(?:first|given) ?name\b|\bvorname\b")),
    (Field.LAST_NAME, re.compile(r"\b(?:last|family) ?name\b|\bsurname\b|\bnachname\b")),
    (Field.PHONE, re.compile(r"\b(?:phone|telephone|telefon|mobile)\b")),
    (Field.COUNTRY, re.compile(r"\bcountry\b")),
    (Field.COMPANY, re.compile(r"\b(?:company|organi[sz]ation|firma|unternehmen|empresa|account)\b")),
    (Field.TITLE, re.compile(r"\bjob ?title\b|\bposition\b")),
    (Field.STATE, re.compile(r"\b(?:state|province|bundesland)\b")),
    (Field.CITY, re.compile(r"\bcity\b")),
    (Field.FULL_NAME, re.compile(r"\b(?:full|contact|person) ?name\b")),
)
# Words that turn a header into something else: a company's LinkedIn page is not its site.
_OTHER_THING = re.compile(r"\b(?:linkedin|facebook|twitter|status|verified at|opt|count|size|type|logo|date|score)\b")
_CELL_SHAPES: tuple[tuple[Field, re.Pattern[str]], ...] = (
    (Field.EMAIL, re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")),
    (Field.WEBSITE, re.compile(r"^(?:https?://)?(?:[\w-]+\.)+[a-z]{2,24}(?:/\S*)?$", re.IGNORECASE)),
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _folded(header: str) -> str:
    return fold(_CAMEL.sub(" ", header))


def guess_columns(
    header: Sequence[str], sample: Mapping[str, Sequence[str | None]] | None = None
) -> dict[Field, Guess]:
    """Give columns to fields: known headers first, then words in headers, then what the cells look like.

    Args:
        header: Column names as in the file.
        sample: Some cells of each column, for headers that say nothing.

    Returns:
        Fields found, each with its column; a column appears once at most.
    """
    found: dict[Field, Guess] = {}
    free = list(dict.fromkeys(header))

    def take(field: Field, column: str, confidence: float) -> None:
        found[field] = Guess(column=column, confidence=confidence)
        free.remove(column)

    for field, known in _HEADERS.items():
        if column := next((name for name in free if _folded(name) in known), None):
            take(field, column, _CERTAIN)
    for field, telling in _TELLING:
        words = (name for name in free if telling.search(_folded(name)) and not _OTHER_THING.search(_folded(name)))
        if field not in found and (column := next(words, None)):
            take(field, column, _WORDS)
    for field, shape in _CELL_SHAPES:
        if field not in found and sample:
            fits = (name for name in free if _mostly(shape, sample.get(name, ())))
            if column := next(fits, None):
                take(field, column, _CELLS)
    return found


def _mostly(shape: re.Pattern[str], cells: Sequence[str | None]) -> bool:
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    return bool(filled) and sum(bool(shape.match(cell)) for cell in filled) >= _MOSTLY * len(filled)


def overrule_columns(
    found: Mapping[Field, Guess], chosen: Mapping[str, str], header: Sequence[str]
) -> dict[Field, Guess]:
    """Apply what a person said (`email=Mail`) over the guesses.

    Raises:
        UnknownColumnError: no such field, or no such column; says which there are.
    """
    result = dict(found)
    for name, column in chosen.items():
        if name not in set(Field):
            raise UnknownColumnError(f"no field {name!r}; the fields are {', '.join(Field)}")
        if column not in header:
            raise UnknownColumnError(f"no column {column!r}; the columns are {', '.join(header)}")
        result = {field: guess for field, guess in result.items() if guess.column != column}
        result[Field(name)] = Guess(column=column, confidence=_CERTAIN)
    return result
