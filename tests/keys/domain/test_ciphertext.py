"""The blob: docs/ciphertext.md and the code say the same, and the parser takes nothing else."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from hsm.modules.ciphers import Sm4Cipher
from keys.domain.ciphertext import HEADER_SIZE, TAG_SIZE, Blob, CipherAlgorithm, Header
from keys.domain.context import NO_CONTEXT, EncryptionContext
from keys.domain.encoding import base64_encode
from keys.domain.plaintext import LARGEST, Plaintext
from kms_console.core.sealing.xaes import Xaes

_PAGE = Path(__file__).parents[3] / "docs" / "ciphertext.md"
_BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _vectors() -> list[dict[str, Any]]:
    (block,) = _BLOCK.findall(_PAGE.read_text(encoding="utf-8"))
    vectors: list[dict[str, Any]] = json.loads(block)
    return vectors


_VECTORS = _vectors()
_HEADERS = st.builds(
    Header, st.sampled_from(CipherAlgorithm), st.booleans(), st.uuids(), st.uuids()
)


def _header(vector: dict[str, Any], plaintext: Plaintext) -> Header:
    return Header(
        CipherAlgorithm(vector["algorithm"]),
        plaintext.is_text,
        UUID(vector["key_id"]),
        UUID(vector["version_id"]),
    )


def _sealed(vector: dict[str, Any], data: bytes, aad: bytes) -> bytes:
    key, nonce = bytes.fromhex(vector["key"]), bytes.fromhex(vector["nonce"])
    if vector["algorithm"] == CipherAlgorithm.XAES_256_GCM:
        return nonce + Xaes(key).seal(nonce, data, aad)
    if vector["algorithm"] == CipherAlgorithm.SM4_GCM:
        return Sm4Cipher(key).seal_with(nonce, data, aad)
    return nonce + AESGCM(key).encrypt(nonce, data, aad)


def test_the_page_has_vectors_for_text_bytes_and_every_algorithm() -> None:
    assert {vector["algorithm"] for vector in _VECTORS} == set(CipherAlgorithm)
    assert {Blob.parse(vector["blob"]).header.is_text for vector in _VECTORS} == {True, False}


@pytest.mark.parametrize("vector", _VECTORS, ids=lambda vector: vector["name"])
def test_a_vector_of_the_page_is_what_the_code_makes(vector: dict[str, Any]) -> None:
    plaintext = Plaintext.parse(vector["plaintext"])
    header = _header(vector, plaintext)
    context = EncryptionContext.parse(vector["context"])
    aad = header.associated_data(vector["account"], vector["region"], context)
    assert aad.hex() == vector["aad"]
    assert Blob(header, _sealed(vector, plaintext.data, aad)).to_wire() == vector["blob"]


@pytest.mark.parametrize("vector", _VECTORS, ids=lambda vector: vector["name"])
def test_a_vector_of_the_page_is_parsed(vector: dict[str, Any]) -> None:
    blob = Blob.parse(vector["blob"])
    assert blob.header == _header(vector, Plaintext.parse(vector["plaintext"]))
    assert blob.to_wire() == vector["blob"]


@given(_HEADERS, st.binary(min_size=40, max_size=200))
def test_what_is_parsed_is_what_was_written(header: Header, sealed: bytes) -> None:
    blob = Blob(header, sealed)
    assert Blob.from_bytes(blob.to_bytes()) == blob


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_come_back_unchanged(data: bytes) -> None:
    try:
        blob = Blob.from_bytes(data)
    except ValueError:
        return
    assert blob.to_bytes() == data


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_only_documented_formats_algorithms_and_flags_are_read(
    version: int, algorithm: int, flags: int
) -> None:
    data = bytes((version, algorithm, flags)) + bytes(100)
    is_documented = version == 1 and algorithm in {1, 2, 3} and flags in {0, 1}
    if is_documented:
        assert Blob.from_bytes(data).to_bytes() == data
    else:
        with pytest.raises(ValueError):  # noqa: PT011  # the door answers every ValueError alike
            Blob.from_bytes(data)


@pytest.mark.parametrize("algorithm", CipherAlgorithm)
def test_sizes_are_bounded_by_nonce_tag_and_largest_plaintext(algorithm: CipherAlgorithm) -> None:
    head = Header(algorithm, is_text=False, key_id=UUID(int=1), version_id=UUID(int=2)).to_bytes()
    smallest = algorithm.nonce_size + TAG_SIZE
    for size in (smallest, smallest + LARGEST):
        assert len(Blob.from_bytes(head + bytes(size)).sealed) == size
    for size in (0, smallest - 1, smallest + LARGEST + 1):
        with pytest.raises(ValueError, match="too short or too long"):
            Blob.from_bytes(head + bytes(size))


@pytest.mark.parametrize("size", range(HEADER_SIZE))
def test_less_than_a_header_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="not a header"):
        Blob.from_bytes(b"\x01\x01\x00".ljust(HEADER_SIZE, b"x")[:size])


def test_another_spelling_of_the_same_bytes_is_refused() -> None:
    text = base64_encode(b"\x01\x01\x00" + bytes(75))
    assert text.endswith("AAAA")
    for spelling in (text + "\n", text[:-4] + " " + text[-4:], text + "====", text[:-1]):
        with pytest.raises(ValueError):  # noqa: PT011
            Blob.parse(spelling)


@given(_HEADERS, _HEADERS, st.text("12", max_size=3), st.text("12", max_size=3))
def test_associated_data_is_never_that_of_another_place(
    one: Header, other: Header, account: str, region: str
) -> None:
    aad = one.associated_data(account, region, NO_CONTEXT)
    assert aad != one.associated_data(account + "1", region, NO_CONTEXT)
    assert aad != one.associated_data(account, "1" + region, NO_CONTEXT)
    assert aad != one.associated_data(account, region, EncryptionContext.of({"": ""}))
    assert (aad == other.associated_data(account, region, NO_CONTEXT)) == (one == other)
    assert (account == region) == (aad == one.associated_data(region, account, NO_CONTEXT))
