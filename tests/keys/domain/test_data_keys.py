"""Lengths of data keys."""

import pytest

from keys.domain.data_keys import DataKeySpec, data_key_size, is_size


@pytest.mark.parametrize(
    ("spec", "number", "size"),
    [
        (None, None, 32),
        (DataKeySpec.AES_256, None, 32),
        (DataKeySpec.AES_128, None, 16),
        (None, 1, 1),
        (DataKeySpec.AES_128, 64, 64),
        (None, 0, 0),
    ],
)
def test_a_number_of_bytes_wins_over_a_spec(
    spec: DataKeySpec | None, number: int | None, size: int
) -> None:
    assert data_key_size(spec=spec, number_of_bytes=number) == size


def test_a_data_key_has_1_to_1024_bytes() -> None:
    assert [size for size in (-1, 0, 1, 1024, 1025) if is_size(size)] == [1, 1024]
