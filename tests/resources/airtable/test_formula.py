"""The filter of an incremental listing."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyairtable import formulas

from resources.airtable.cells import cell
from resources.airtable.formula import changed_since, field_reference
from rules.failures import FailureKind, ServiceFailure

AT = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=2)))


def test_it_asks_for_what_was_created_or_changed_at_or_after_the_instant() -> None:
    moment = "DATETIME_PARSE('2026-11-23T07:59:59.999Z')"
    modified = "LAST_MODIFIED_TIME({Email}, {Do Not Contact})"

    assert changed_since(AT, ["Email", "Do Not Contact"]) == (
        f"OR(IS_AFTER(CREATED_TIME(), {moment}), IF({modified}, IS_AFTER({modified}, {moment}), FALSE()))"
    )
    assert "LAST_MODIFIED_TIME()" in changed_since(AT, [])


def test_a_watermark_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        changed_since(AT.replace(tzinfo=None), [])


@given(name=st.text(min_size=1))
def test_a_field_name_is_written_as_pyairtable_writes_it_or_refused(name: str) -> None:
    if set(name) & set("{}\\\r\n"):
        with pytest.raises(ServiceFailure) as refused:
            field_reference(name)
        assert refused.value.failure.kind is FailureKind.SYSTEMIC
    else:
        assert field_reference(name) == str(formulas.Field(name))


@pytest.mark.parametrize("name", ["", "a}b", "{", "a\\}b", "a\nb", "}, 1) & RECORD_ID("])
def test_a_name_that_could_break_out_is_refused(name: str) -> None:
    with pytest.raises(ServiceFailure, match="cannot stand in a formula"):
        field_reference(name)


def test_cells_keep_their_offset_and_refuse_what_is_no_cell() -> None:
    assert cell(AT) == "2026-11-23T08:00:00.000Z"
    assert cell(AT.date()) == "2026-11-23"
    assert cell(["a", None]) == ["a", None]
    assert cell(0) == 0
    with pytest.raises(ValueError, match="offset"):
        cell(AT.replace(tzinfo=None))
    with pytest.raises(TypeError, match="no cell"):
        cell(object())
