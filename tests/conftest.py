"""Fixtures that every room may use."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from hsm import rootkey
from kms_console.core import generation


@pytest.fixture(scope="session", autouse=True)
def _root_key_of_the_suite() -> None:
    """The suite's own data folder has a root key, as any installation after its first start."""
    if settings.KMS.root_key is None and not settings.KMS.root_key_file.exists():
        rootkey.create(settings.KMS.root_key_file)


_FOR_EVER = 2**63
"""Of the boot clock, in nanoseconds."""


@pytest.fixture(autouse=True)
def _fresh_snapshots() -> Iterator[None]:
    """Each test's rollback changes rows without a bump: no snapshot outlives its test."""
    stamps = generation.current()
    stamps.lease(_FOR_EVER)  # no other host changes the suite's database
    yield
    for stripe in range(generation.STRIPES):
        stamps._counters[stripe] += 1
