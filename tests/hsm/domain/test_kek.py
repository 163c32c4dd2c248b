"""A domain key seals and computes MACs, and shows nothing of itself."""

import hashlib
import hmac
from uuid import uuid4

import pytest

from hsm.domain.kek import Kek
from kms_console.core.sealing import Place, SealBroken

KEY = bytes(range(32))
PLACE = Place(column="table.column", row="1")


def kek(key: bytes = KEY) -> Kek:
    return Kek(kek_id=uuid4(), key=key, purpose="audit", region="", module="system")


def test_it_opens_what_it_sealed() -> None:
    one = kek()
    assert one.open(one.seal(b"secret", PLACE), PLACE) == b"secret"


def test_a_record_of_another_domain_key_does_not_open_even_with_equal_bytes() -> None:
    record = kek().seal(b"secret", PLACE)
    with pytest.raises(SealBroken):
        kek().open(record, PLACE)


def test_the_mac_is_deterministic_and_differs_between_keys_and_messages() -> None:
    assert kek().mac(b"message") == kek().mac(b"message")
    assert kek().mac(b"message") != kek().mac(b"massage")
    assert kek().mac(b"message") != kek(bytes(32)).mac(b"message")


def test_the_mac_is_not_computed_under_the_sealing_key() -> None:
    assert kek().mac(b"message") != hmac.digest(KEY, b"message", hashlib.sha256)


def test_it_does_not_print_its_bytes() -> None:
    assert KEY.hex() not in repr(kek())
    assert "audit" in repr(kek())


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        kek(b"short")
