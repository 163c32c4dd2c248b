"""A missing part is a skip with its reason, or a failure where everything is demanded."""

import pytest

from tests.requirements import missing


def test_a_missing_part_skips_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KMS_TEST_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"No such part\."):
        missing("No such part.")


def test_a_missing_part_fails_the_test_where_all_are_demanded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KMS_TEST_REQUIRE", "all")
    with pytest.raises(pytest.fail.Exception, match=r"No such part\."):
        missing("No such part.")
