"""What the machine lacks: a skip with its reason, or a failure where everything is demanded."""

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """End the test because of `reason`; with KMS_TEST_REQUIRE=all that is a failure, not a skip."""
    if os.environ.get("KMS_TEST_REQUIRE") == "all":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
