"""Small words of the API: resource names, times, pages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kms_console.core import arn, clock
from kms_console.core.errors import InvalidParameter
from kms_console.core.paging import PageRequest


def test_resources_are_named_as_the_guide_does() -> None:
    assert arn.key_container("cn-hangzhou", "1") == "acs:kms:cn-hangzhou:1:key"
    assert arn.key("cn-hangzhou", "1", "k-2") == "acs:kms:cn-hangzhou:1:key/k-2"


def test_the_clock_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= clock.utc_now() <= datetime.now(UTC)
    assert clock.utc_now().tzinfo is UTC


def test_times_on_the_wire_are_utc_to_the_second() -> None:
    moment = datetime(2019, 7, 4, 21, 14, 15, 999, tzinfo=timezone(timedelta(hours=8)))
    assert clock.wire(moment) == "2019-07-04T13:14:15Z"


def test_the_first_page_has_ten_entries() -> None:
    assert (PageRequest().number, PageRequest().size, PageRequest().offset) == (1, 10, 0)


def test_a_later_page_begins_where_the_one_before_ends() -> None:
    assert PageRequest(3, 100).offset == 200


@pytest.mark.parametrize("number", [0, -1, 10**9 + 1])
def test_a_page_number_out_of_bounds_is_refused(number: int) -> None:
    with pytest.raises(InvalidParameter, match="PageNumber"):
        PageRequest(number, 10)


@pytest.mark.parametrize("size", [0, -1, 101, 10**9])
def test_a_page_size_out_of_bounds_is_refused(size: int) -> None:
    with pytest.raises(InvalidParameter, match="PageSize"):
        PageRequest(1, size)
