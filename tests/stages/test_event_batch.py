"""Rows of events: what is quick must say the same as what is plain."""

import json
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from resources.ledger.schema import moment_text
from resources.mail_provider.gateway import EventKind, ProviderEvent
from rules.engagement import event_keys
from rules.hashing import canonical, content_hash
from stages.days import day_of
from stages.event_batch import PERSONAL, event_rows
from tests.builders import MONDAY

KATHMANDU = ZoneInfo("Asia/Kathmandu")
UNUSUAL = st.sampled_from(['"', "\\", "\n", "\x7f", "\ud83d", "é", "\x00"])
WORDS = UNUSUAL | st.text(st.characters(exclude_categories=[]), max_size=12)
PLAIN = st.none() | st.booleans() | st.integers() | WORDS
ITEMS = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner), max_leaves=5)
TOLD = st.dictionaries(WORDS | st.sampled_from(sorted(PERSONAL)), ITEMS)


def event(**changes: Any) -> ProviderEvent:
    values: dict[str, Any] = {
        "kind": EventKind.CLICKED, "message_id": "<m@relay>", "email": "grace@harbour.com", "at": MONDAY,
        "send_key": None, "reason": None, "link": None, "raw": {},
    }  # fmt: skip
    return ProviderEvent(**(values | changes))


@given(WORDS, WORDS, WORDS, WORDS)
def test_a_key_is_its_second_and_the_hash_of_what_was_told(message: str, kind: str, email: str, link: str) -> None:
    (key,) = event_keys([message], [kind], ["2026-11-23T10:00:00.120000Z"], [email], [link])
    told = [message.strip("<> "), kind, "2026-11-23T10:00:00+00:00", email.casefold(), link]
    assert key == "261123T100000" + content_hash(told)[:19]


@given(TOLD)
def test_the_raw_item_is_kept_as_canonical_json_without_whom_it_names(raw: dict[str, Any]) -> None:
    (row,) = event_rows([event(raw=raw)], zone=KATHMANDU, pepper="p")
    assert row.raw == canonical({name: value for name, value in raw.items() if name not in PERSONAL})
    assert "\x00" not in row.raw
    json.loads(row.raw)


@given(st.lists(st.datetimes(timezones=st.just(UTC), min_value=MONDAY.replace(tzinfo=None, year=1990)), max_size=5))
def test_days_and_moments_are_those_of_each_event(moments: list[Any]) -> None:
    rows = event_rows([event(at=at) for at in moments], zone=KATHMANDU, pepper="p")
    assert [(row.day, row.at) for row in rows] == [(day_of(at, KATHMANDU), moment_text(at)) for at in moments]


def test_names_that_nobody_knows_yet_stay_apart_and_enumerations_are_plain_text() -> None:
    invented = [event(kind=EventKind.UNRECOGNISED, raw={"event": name}) for name in ("snoozed", "forwarded")]
    one, other = event_rows(invented, zone=KATHMANDU, pepper="p")
    assert one.event_key != other.event_key
    assert {type(value) for value in one} <= {str, type(None)}
