"""A sealed record opens with its key, in its place, bit for bit."""

from dataclasses import fields, replace
from uuid import uuid4

import pytest

from kms_console.core import sealing
from kms_console.core.sealing import Place, SealBroken, record
from kms_console.core.sealing.xaes import Xaes

KEY = Xaes(bytes(range(32)))
KEY_ID = uuid4()
PLACE = Place(column="table.column", row="1", account="2", region="3", key="4")


def test_a_record_names_its_key_and_gives_its_plaintext_back() -> None:
    sealed = record.seal(KEY, KEY_ID, b"secret", PLACE)
    assert sealed[:1] == b"\x01"
    assert record.sealing_key_id(sealed) == KEY_ID
    assert len(sealed) == 1 + 16 + 24 + len(b"secret") + 16
    assert record.open_record(KEY, sealed, PLACE) == b"secret"


def test_an_empty_secret_is_a_secret() -> None:
    assert record.open_record(KEY, record.seal(KEY, KEY_ID, b"", PLACE), PLACE) == b""


def test_sealing_twice_never_looks_the_same() -> None:
    assert record.seal(KEY, KEY_ID, b"", PLACE) != record.seal(KEY, KEY_ID, b"", PLACE)


def test_every_flipped_bit_breaks_the_seal() -> None:
    sealed = record.seal(KEY, KEY_ID, b"secret", PLACE)
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            record.open_record(KEY, bytes(altered), PLACE)


def test_every_missing_end_and_an_added_byte_break_the_seal() -> None:
    sealed = record.seal(KEY, KEY_ID, b"secret", PLACE)
    for altered in [*(sealed[:size] for size in range(len(sealed))), sealed + b"\x00"]:
        with pytest.raises(SealBroken):
            record.open_record(KEY, altered, PLACE)


def test_another_key_does_not_open_it() -> None:
    sealed = record.seal(KEY, KEY_ID, b"secret", PLACE)
    with pytest.raises(SealBroken):
        record.open_record(Xaes(bytes(32)), sealed, PLACE)


@pytest.mark.parametrize("field", [field.name for field in fields(Place)])
def test_every_field_of_the_place_is_authenticated(field: str) -> None:
    sealed = record.seal(KEY, KEY_ID, b"secret", PLACE)
    elsewhere = replace(PLACE, **{field: "elsewhere"})
    with pytest.raises(SealBroken):
        record.open_record(KEY, sealed, elsewhere)


def test_places_are_written_with_lengths_so_that_no_two_look_alike() -> None:
    assert Place(column="ab", row="c").to_bytes() != Place(column="a", row="bc").to_bytes()
    assert Place(column="a", row="b", key="c").to_bytes() != (
        Place(column="a", row="b", version="c").to_bytes()
    )


def test_the_bytes_of_a_place_are_fixed() -> None:
    written = Place(column="t.c", row="é").to_bytes()
    assert written == b"\0\0\0\x03t.c\0\0\0\x02\xc3\xa9" + bytes(4 * 7)


def test_a_process_has_one_installed_sealer(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = sealing.sealer()
    monkeypatch.setattr(sealing, "_installed", None)
    with pytest.raises(RuntimeError):
        sealing.sealer()
    sealing.install(installed)
    assert sealing.sealer() is installed
