"""Case 12: a changed ciphertext opens nowhere, and all of them are refused in the same words."""

import base64
from collections.abc import Iterator

import pytest

from tests.abuse.house import House, without_request_id
from tests.signing import Answer, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

KEY_ID = range(3, 19)
"""The bytes of a blob that name its key: with another name it is another key's, or nobody's."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@pytest.fixture(scope="module")
def blob(house: House) -> bytes:
    """A ciphertext whose base64 has no padding bits to spare: 51 + 24 + 4 bytes."""
    text = house.canary()[:16]
    sealed = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": text})
    return base64.b64decode(sealed["CiphertextBlob"])


def _flipped(blob: bytes) -> Iterator[tuple[int, bytes]]:
    for bit in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit // 8, bytes(changed)


def _decrypt_all(house: House, texts: Iterator[str] | list[str]) -> list[Answer]:
    connection = house.connect()
    answers = [
        house.ask(sign_rpc(house.members.owner, "Decrypt", {"CiphertextBlob": text}), connection)
        for text in texts
    ]
    connection.close()
    return answers


def _all_refused_alike(house: House, answers: list[Answer], code: str, status: int) -> None:
    assert {(answer.json["Code"], answer.status) for answer in answers} == {(code, status)}
    assert len({without_request_id(answer) for answer in answers}) == 1
    house.owed.update({answer.json["RequestId"]: code for answer in answers})


def _wire(blob: bytes) -> str:
    return base64.b64encode(blob).decode()


def test_no_ciphertext_with_one_flipped_bit_opens(house: House, blob: bytes) -> None:
    named = [_wire(changed) for where, changed in _flipped(blob) if where in KEY_ID]
    others = [_wire(changed) for where, changed in _flipped(blob) if where not in KEY_ID]
    _all_refused_alike(house, _decrypt_all(house, named), "Forbidden.KeyNotFound", 404)
    _all_refused_alike(house, _decrypt_all(house, others), "InvalidParameter", 400)


def test_no_ciphertext_that_was_cut_opens(house: House, blob: bytes) -> None:
    cut = [_wire(blob[:length]) for length in range(1, len(blob))]
    cut += [_wire(blob[start:]) for start in range(1, len(blob))]
    _all_refused_alike(house, _decrypt_all(house, cut), "InvalidParameter", 400)


def test_no_ciphertext_that_grew_opens(house: House, blob: bytes) -> None:
    grown = [blob + b"\0", blob + blob, b"\0" + blob, blob + bytes(7000), blob[:35] + blob]
    grown += [blob[:40] + b"\0" + blob[40:], blob[:-16] + blob]
    answers = _decrypt_all(house, [_wire(changed) for changed in grown])
    _all_refused_alike(house, answers, "InvalidParameter", 400)


def test_a_ciphertext_has_one_spelling_in_base64(house: House) -> None:
    others: list[str] = []
    for length in (1, 2):
        made = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": _wire(b"x" * length)})
        others += _other_spellings(made["CiphertextBlob"])
    assert len(others) > 10
    _all_refused_alike(house, _decrypt_all(house, others), "InvalidParameter", 400)


def _other_spellings(text: str) -> list[str]:
    """Texts that lenient decoders read as the same bytes."""
    found = [text + "=", text + "====", f" {text}", f"{text}\n", text[:8] + "\n" + text[8:]]
    found += [text[:8] + "*" + text[8:], text[:8] + "=" + text[8:], text.replace("=", "%3D") + "%"]
    bare = text.rstrip("=")
    if bare != text:
        last = ALPHABET.index(bare[-1])
        found += [bare, bare[:-1] + ALPHABET[last + 1] + text[len(bare) :]]
    if "+" in text or "/" in text:
        found.append(text.replace("+", "-").replace("/", "_"))
    return found


@pytest.mark.parametrize("text", ["QUJDRB==", "AQ", "=", "%00", "é", "0", "x" * 9000, "AQEA"])
def test_what_never_was_a_ciphertext_is_refused_in_the_same_words(
    house: House, blob: bytes, text: str
) -> None:
    broken = _wire(blob[:-1] + bytes([blob[-1] ^ 1]))
    _all_refused_alike(house, _decrypt_all(house, [text, broken]), "InvalidParameter", 400)


def test_parts_of_two_ciphertexts_make_no_third(house: House, blob: bytes) -> None:
    made = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": house.canary()[:16]})
    other = base64.b64decode(made["CiphertextBlob"])
    assert len(other) == len(blob)
    mixed = [blob[:at] + other[at:] for at in range(36, len(blob))]
    answers = _decrypt_all(house, [_wire(changed) for changed in mixed])
    _all_refused_alike(house, answers, "InvalidParameter", 400)


def test_the_flag_that_says_text_is_authentic(house: House) -> None:
    made = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": "////"})
    blob = bytearray(base64.b64decode(made["CiphertextBlob"]))
    blob[2] ^= 1
    answers = _decrypt_all(house, [_wire(bytes(blob))])
    _all_refused_alike(house, answers, "InvalidParameter", 400)
