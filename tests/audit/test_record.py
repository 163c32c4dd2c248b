"""The canonical form is one, whatever a record has been through."""

import enum
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kms_console.audit.models import AuditEvent
from kms_console.audit.record import LARGEST_RECORD, LONGEST_TEXT, AuditRecord, Json, record_of
from kms_console.core import clock
from kms_console.core.actor import Actor
from tests.audit.samples import RECORD

CANONICAL = (
    b'{"access_key_id":"LTAI5tExampleExampleExam","account_id":"1234567890123456",'
    b'"action":"Encrypt","detail":{"a":[true,null],"b":1},"outcome":"OK",'
    b'"region":"cn-hangzhou","request_id":"0c1d9a7c-7c76-4d4d-8d55-000000000000",'
    b'"source_ip":"127.0.0.1","subject":"1d9a7c0c-7c76-4d4d-8d55-000000000000",'
    b'"time":"2026-07-04T13:14:15.678901Z","user_id":"123456789012345678",'
    b'"user_name":"owner","version_id":"2d9a7c0c-7c76-4d4d-8d55-000000000000"}'
)

details: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def test_the_canonical_form_is_sorted_json_with_microseconds() -> None:
    record = replace(RECORD, detail={"b": 1, "a": (True, None)})
    assert record.canonical() == CANONICAL


def test_a_whole_second_keeps_its_fraction() -> None:
    record = replace(RECORD, time=RECORD.time.replace(microsecond=0))
    assert b'"2026-07-04T13:14:15.000000Z"' in record.canonical()


def test_a_time_of_another_zone_is_told_in_utc() -> None:
    shanghai = RECORD.time.astimezone(timezone(timedelta(hours=8)))
    assert replace(RECORD, time=shanghai).canonical() == RECORD.canonical()


def test_a_time_without_offset_is_refused() -> None:
    record = replace(RECORD, time=datetime(2026, 1, 1))  # noqa: DTZ001  # that is the point
    with pytest.raises(ValueError, match="offset"):
        record.canonical()


@pytest.mark.parametrize("unfit", ["\x00", "\x1b", "\ud800"])
def test_what_no_column_holds_is_replaced(unfit: str) -> None:
    record = replace(RECORD, subject=f"a{unfit}b", detail={unfit: [unfit]})
    tidy = record.tidied()
    assert tidy.subject == "a\N{REPLACEMENT CHARACTER}b"
    assert tidy.detail == {"\N{REPLACEMENT CHARACTER}": ["\N{REPLACEMENT CHARACTER}"]}
    assert record.canonical() == tidy.canonical()


def test_a_caller_cannot_fill_a_column_beyond_its_size() -> None:
    record = replace(RECORD, subject="x" * 100_000)
    assert record.tidied().subject == "x" * LONGEST_TEXT
    assert record.canonical() == record.tidied().canonical()


def test_line_breaks_and_long_details_are_kept() -> None:
    text = "line\n\ttext\r" * 100
    assert replace(RECORD, detail={"text": text}).tidied().detail == {"text": text}


def test_a_record_has_a_largest_size() -> None:
    record = replace(RECORD, detail={"text": "x" * LARGEST_RECORD})
    with pytest.raises(ValueError, match="too large"):
        record.canonical()


def test_a_float_is_no_detail() -> None:
    floats: Any = {"share": 0.5}
    with pytest.raises(TypeError, match="float"):
        replace(RECORD, detail=floats).tidied()


def test_enumerations_of_text_become_text() -> None:
    class State(enum.StrEnum):
        ENABLED = "Enabled"

    assert type(replace(RECORD, detail={"state": State.ENABLED}).tidied().detail["state"]) is str


@pytest.mark.parametrize(
    "members",
    [
        [],
        {},
        {**orjson.loads(CANONICAL), "more": 1},
        {**orjson.loads(CANONICAL), "time": 5},
        {**orjson.loads(CANONICAL), "time": "yesterday"},
        {**orjson.loads(CANONICAL), "subject": None},
        {**orjson.loads(CANONICAL), "detail": []},
    ],
)
def test_what_is_not_a_record_is_refused(members: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the kind is the contract
        record_of(members)


@given(subject=st.text(max_size=20), detail=st.dictionaries(st.text(max_size=4), details))
def test_reading_and_writing_give_the_same_bytes(subject: str, detail: dict[str, Json]) -> None:
    body = replace(RECORD, subject=subject, detail=detail).canonical()
    assert record_of(orjson.loads(body)).canonical() == body


@pytest.mark.django_db
@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"密钥": "值", "z": {"b": [1, 2, [None]], "a": False}, "big": 2**62},
        {"long": "é" * 600, "quote": '"\\u0000', "unfit": "\x00"},
    ],
)
def test_a_row_gives_the_same_bytes(detail: dict[str, Json]) -> None:
    record = replace(RECORD, detail=detail).tidied()
    AuditEvent.objects.create(writer="w", n=1, hash=b"", **record.columns())
    row = AuditEvent.objects.get()
    again = AuditRecord(**{name: getattr(row, name) for name in record.columns()})
    assert again.canonical() == record.canonical()


def test_a_record_of_a_shifted_account_tells_the_real_time(actor: Actor) -> None:
    before = clock.utc_now()
    record = AuditRecord.of(actor, "Decrypt", subject="key", outcome="Rejected.Disabled")
    assert before <= record.time <= clock.utc_now()
    assert (record.account_id, record.action) == (actor.account_id, "Decrypt")
    assert (record.subject, record.version_id, record.detail) == ("key", "", {})
