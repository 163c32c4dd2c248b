"""How long a generated data key is."""

from enum import StrEnum

DEFAULT_SIZE = 32
LARGEST_SIZE = 1024


class DataKeySpec(StrEnum):
    """The named lengths."""

    AES_256 = "AES_256"
    AES_128 = "AES_128"


_SIZES = {DataKeySpec.AES_256: 32, DataKeySpec.AES_128: 16}


def data_key_size(*, spec: DataKeySpec | None, number_of_bytes: int | None) -> int:
    """Bytes of the data key: the number if given, else what the spec names, else 32.

    A number is taken as it is; whether it lies within 1–1024 is judged after the key's state.
    """
    if number_of_bytes is not None:
        return number_of_bytes
    return DEFAULT_SIZE if spec is None else _SIZES[spec]


def is_size(size: int) -> bool:
    """Tell whether a data key may have `size` bytes."""
    return 1 <= size <= LARGEST_SIZE
