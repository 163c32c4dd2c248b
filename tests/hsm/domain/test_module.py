"""A material's place binds everything that says whose material it is."""

from dataclasses import replace
from uuid import uuid4

import pytest

from hsm.domain.module import MaterialPlace

ROW = uuid4()


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "6543210987654321"},
        {"region": "cn-beijing"},
        {"key_id": uuid4()},
        {"version_id": uuid4()},
        {"spec": "Aliyun_SM4"},
        {"origin": "EXTERNAL"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_changes_the_place_of_the_row(
    place: MaterialPlace, change: dict[str, object]
) -> None:
    moved = replace(place, **change)  # type: ignore[arg-type]  # parametrised by field
    at, elsewhere = (p.of_row(ROW, "software").to_bytes() for p in (place, moved))
    assert at != elsewhere


def test_the_row_and_the_module_belong_to_the_place(place: MaterialPlace) -> None:
    at = place.of_row(ROW, "software")
    assert at != place.of_row(uuid4(), "software")
    assert at != place.of_row(ROW, "device")
    assert at.column == "hsm_material.sealed"
