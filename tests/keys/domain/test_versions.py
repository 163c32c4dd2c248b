"""A version has one name."""

from uuid import UUID

import pytest

from keys.domain.versions import version_id_of

ID = "2ab1a983-7072-4bbc-a582-584b5bd8b6a0"


def test_a_version_is_named_by_its_id() -> None:
    assert version_id_of(ID) == UUID(ID)


@pytest.mark.parametrize(
    "text", ["", "x", ID.upper(), ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f"{ID}\n"]
)
def test_no_other_spelling_names_one(text: str) -> None:
    assert version_id_of(text) is None
