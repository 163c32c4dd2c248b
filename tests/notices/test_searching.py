"""What a search may leave out, and when it has to look at everything."""

from datetime import timedelta

import pytest

from kms_console.notices.searching import FULL, search_ended, seen_until
from tests.notices.samples import NOW

STEP = timedelta(minutes=5)

pytestmark = pytest.mark.django_db


def test_the_first_search_and_one_an_hour_look_at_everything() -> None:
    assert seen_until("keys", NOW) is None
    search_ended("keys", NOW, None)
    assert seen_until("keys", NOW + STEP) == NOW
    search_ended("keys", NOW + STEP, NOW)
    assert seen_until("keys", NOW + 2 * STEP) == NOW + STEP
    assert seen_until("keys", NOW + FULL) is None
    search_ended("keys", NOW + FULL, None)
    assert seen_until("keys", NOW + FULL + STEP) == NOW + FULL


def test_a_search_that_was_cut_off_is_made_again() -> None:
    search_ended("keys", NOW, None)
    assert seen_until("keys", NOW + STEP) == NOW
    assert seen_until("keys", NOW + 2 * STEP) == NOW


def test_of_two_searches_at_once_none_goes_back() -> None:
    search_ended("keys", NOW, None)
    search_ended("keys", NOW + 2 * STEP, NOW)
    search_ended("keys", NOW + STEP, NOW)
    assert seen_until("keys", NOW + 3 * STEP) == NOW + 2 * STEP


def test_a_clock_that_went_back_begins_anew() -> None:
    search_ended("keys", NOW, None)
    assert seen_until("keys", NOW - STEP) is None
