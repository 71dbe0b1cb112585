"""Refusals of the Airtable API, with the status, type and message of each.

The one thing that must hold: texts and statuses are those of the real service; a client may match on them.
"""

from http import HTTPStatus

_UNKNOWN = "Invalid request: parameter validation failed. Check your request data."
_NOT_PERMITTED = (
    "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
    "required permissions, and that the model names and/or ids are correct."
)


class AirtableRefusal(Exception):
    """An answer that is not 200. `kind` None stands for the bare-string envelope."""

    def __init__(self, status: int, kind: str, message: str | None) -> None:
        super().__init__(f"{status} {kind}: {message}")
        self.status = int(status)
        self.kind = kind
        self.message = message

    @property
    def body(self) -> dict[str, object]:
        """The JSON body: an error object, or the bare string of a plain 404."""
        if self.status == HTTPStatus.NOT_FOUND and self.message is None:
            return {"error": self.kind}
        error = {"type": self.kind}
        if self.message is not None:
            error["message"] = self.message
        return {"error": error}


def unprocessable(kind: str, message: str | None) -> AirtableRefusal:
    """A 422."""
    return AirtableRefusal(HTTPStatus.UNPROCESSABLE_ENTITY, kind, message)


def bad_request() -> AirtableRefusal:
    """A parameter that fails validation without a kind of its own."""
    return unprocessable("INVALID_REQUEST_UNKNOWN", _UNKNOWN)


def missing_fields() -> AirtableRefusal:
    """The body has neither `fields` nor `records`."""
    return unprocessable("INVALID_REQUEST_MISSING_FIELDS", 'Could not find field "fields" in the request body')


def too_many_records() -> AirtableRefusal:
    """More than ten records in one write."""
    return unprocessable(
        "INVALID_RECORDS",
        'You must provide an array of up to 10 record objects, each with an "id" ID field and a "fields" object '
        "for cell values.",
    )


def too_many_created(count: int) -> AirtableRefusal:
    """More than ten records in one create."""
    return unprocessable(
        "INVALID_RECORDS",
        f"A maximum of 10 records can be created per request but you have provided {count}.",
    )


def unknown_field(name: str) -> AirtableRefusal:
    """A field that the table does not have."""
    return unprocessable("UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')


def bad_value(field: str) -> AirtableRefusal:
    """A value of the wrong kind."""
    return unprocessable("INVALID_VALUE_FOR_COLUMN", f'Field "{field}" cannot accept the provided value')


def computed_field(field: str) -> AirtableRefusal:
    """A write to a field the service computes."""
    return unprocessable(
        "INVALID_VALUE_FOR_COLUMN", f'Field "{field}" cannot accept a value because the field is computed'
    )


def unknown_option(value: str) -> AirtableRefusal:
    """A select option that would have to be created; the value comes double-quoted."""
    return unprocessable(
        "INVALID_MULTIPLE_CHOICE_OPTIONS", f'Insufficient permissions to create new select option ""{value}""'
    )


def missing_row(record_id: str) -> AirtableRefusal:
    """A batch update of a record that is not there."""
    return unprocessable("ROW_DOES_NOT_EXIST", f"Record ID {record_id} does not exist in this table")


def record_not_found() -> AirtableRefusal:
    """A well-formed record id that is gone."""
    return AirtableRefusal(HTTPStatus.NOT_FOUND, "MODEL_ID_NOT_FOUND", "Record not found")


def not_found() -> AirtableRefusal:
    """An unknown route or a malformed id."""
    return AirtableRefusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", None)


def not_permitted() -> AirtableRefusal:
    """An unknown base or table; the service does not say which."""
    return AirtableRefusal(HTTPStatus.FORBIDDEN, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", _NOT_PERMITTED)


def not_authenticated() -> AirtableRefusal:
    """A missing or a wrong token; they look the same."""
    return AirtableRefusal(HTTPStatus.UNAUTHORIZED, "AUTHENTICATION_REQUIRED", "Authentication required")


def unknown_view(wanted: str) -> AirtableRefusal:
    """A view the table does not have."""
    kind = "VIEW_ID_NOT_FOUND" if wanted.startswith("viw") else "VIEW_NAME_NOT_FOUND"
    return unprocessable(kind, f"View {wanted} not found")


def bad_formula(detail: str) -> AirtableRefusal:
    """A formula that cannot be read or names unknown fields."""
    return unprocessable("INVALID_FILTER_BY_FORMULA", f"The formula for filtering records is invalid: {detail}")


def bad_offset(offset: str) -> AirtableRefusal:
    """An offset that was never one."""
    return unprocessable("INVALID_OFFSET_VALUE", f"The value of offset {offset} is invalid")


def lost_iterator() -> AirtableRefusal:
    """An offset whose iterator has expired; the remedy is to start at page one."""
    return unprocessable("LIST_RECORDS_ITERATOR_NOT_AVAILABLE", None)


def retriable() -> AirtableRefusal:
    """A 503 that says it is safe to repeat the request."""
    return AirtableRefusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "RETRIABLE_ERROR",
        "Server encountered an error while processing your request, and it is safe to retry the request",
    )


def billing_limit() -> AirtableRefusal:
    """The month's calls are used up; repeating never helps before the month ends."""
    return AirtableRefusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "PUBLIC_API_BILLING_LIMIT_EXCEEDED",
        "API billing plan limit exceeded. You've reached the maximum number of requests allowed for this month",
    )
