"""No flow of the inventory is forgotten: each has a test of its name, or stands in the list."""

import re
from pathlib import Path

from tests.e2e.inventory import IDS, NOT_COVERED

_TEST = re.compile(r"^def test_([GCIXPAR]\d\d)_", re.MULTILINE)


def _covered() -> set[str]:
    files = Path(__file__).parent.glob("test_*.py")
    return {found for file in files for found in _TEST.findall(file.read_text())}


def test_each_flow_has_a_test_of_its_name_or_a_reason_why_not() -> None:
    assert set(IDS) - set(NOT_COVERED) == _covered() & set(IDS)


def test_every_test_and_every_reason_names_a_flow_that_exists() -> None:
    assert _covered() | set(NOT_COVERED) <= set(IDS)


def test_the_inventory_has_63_flows() -> None:
    assert len(IDS) == 63
