"""Case 12 for key pairs: what a private key did not get whole it refuses, and never says why."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from hsm.modules.sm2 import curve, der
from tests.abuse.annex import Annex, annex_of
from tests.abuse.house import House
from tests.abuse.pairs import Pair
from tests.abuse.spoiling import cut, flipped, grown, loose, padded, signed

pytestmark = pytest.mark.usefixtures("unchanged")

ENCRYPTS = "ENCRYPT/DECRYPT"
C1, C3 = 65, 97
"""Where the two end in a raw SM2 ciphertext."""

OFF_CURVE = b"\x04" + curve.coordinate(5) + curve.coordinate(7)
G = curve.point_of(curve.GX, curve.GY)


@pytest.fixture(scope="module")
def annex(house: House) -> Iterator[Annex]:
    with annex_of(house) as opened:
        yield opened


@pytest.fixture(scope="module")
def rsa(annex: Annex) -> Pair:
    return Pair.create(annex, "RSA_2048", ENCRYPTS, "RSAES_OAEP_SHA_256")


@pytest.fixture(scope="module")
def sm2(annex: Annex) -> Pair:
    return Pair.create(annex, "EC_SM2", ENCRYPTS, "SM2PKE")


@pytest.fixture(scope="module", params=["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "SM2PKE"])
def pair(request: pytest.FixtureRequest, rsa: Pair, sm2: Pair) -> Pair:
    return sm2 if request.param == "SM2PKE" else replace(rsa, algorithm=request.param)


@pytest.fixture(scope="module")
def ciphertext(pair: Pair) -> bytes:
    return pair.encrypt(pair.annex.house.canary().encode())


@dataclass(frozen=True, slots=True)
class Parts:
    """An SM2 ciphertext in its parts."""

    x: int
    y: int
    check: bytes
    body: bytes

    @property
    def strings(self) -> bytes:
        return der.tlv(der.OCTET_STRING, self.check) + der.tlv(der.OCTET_STRING, self.body)

    @property
    def numbers(self) -> bytes:
        return der.integer(self.x) + der.integer(self.y)

    def to_der(self) -> bytes:
        return der.tlv(der.SEQUENCE, self.numbers + self.strings)


@pytest.fixture(scope="module")
def raw(sm2: Pair) -> bytes:
    """C1 || C3 || C2 of a text so short that every length of its DER form is below 128."""
    return sm2.encrypt(b"a text, 12 B")


@pytest.fixture(scope="module")
def parts(raw: bytes) -> Parts:
    x, y = int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:C1], "big")
    return Parts(x, y, raw[C1:C3], raw[C3:])


def test_no_ciphertext_with_one_flipped_bit_opens(pair: Pair, ciphertext: bytes) -> None:
    pair.refuse_all(changed for _, changed in flipped(ciphertext))


def test_no_ciphertext_that_was_cut_or_that_grew_opens(pair: Pair, ciphertext: bytes) -> None:
    pair.refuse_all([*cut(ciphertext), *grown(ciphertext), *[bytes(n) for n in (1, 256, 7000)]])
    assert pair.decrypt(ciphertext).startswith(b"canary")


def test_no_other_version_or_key_opens_a_ciphertext(pair: Pair, ciphertext: bytes) -> None:
    """It sounds as any other ciphertext that was changed, though each of them is well made."""
    following = pair.next_version() if len(_versions(pair)) == 1 else _last(pair)
    pair.refuse_all([following.encrypt(b"new"), b"\0"])
    following.refuse_all([ciphertext, b"\0"])
    assert following.decrypt(following.encrypt(b"new")) == b"new"


def _versions(pair: Pair) -> list[str]:
    return pair.annex.versions(pair.key_id)


def _last(pair: Pair) -> Pair:
    return replace(pair, version=_versions(pair)[-1])


def test_the_two_hashes_of_oaep_do_not_open_each_other(rsa: Pair) -> None:
    other = replace(rsa, algorithm="RSAES_OAEP_SHA_1")
    rsa.refuse_all([other.encrypt(b"x"), bytes(256)])
    other.refuse_all([rsa.encrypt(b"x"), bytes(256)])


def test_numbers_that_no_encryption_makes_are_refused_alike(rsa: Pair) -> None:
    n, e = rsa.rsa_numbers()
    blocks = (b"", b"\0\2" + b"\xff" * 253, b"\0\2" + b"\xff" * 221 + b"\0" + b"k" * 32)
    powers = [pow(int.from_bytes(block, "big"), e, n) for block in blocks]
    numbers = [0, 1, 2, n - 1, n, n + 1, 2**2048 - 1, *powers]
    rsa.refuse_all(number.to_bytes(256, "big") for number in numbers)


def test_a_ciphertext_plus_the_modulus_is_not_the_ciphertext(rsa: Pair) -> None:
    """The same number modulo n, in a spelling of its own: 257 bytes, or 256 where it fits."""
    n, _ = rsa.rsa_numbers()
    number = int.from_bytes(rsa.encrypt(b"x"), "big") + n
    rsa.refuse_all([number.to_bytes(257, "big"), (number % 2**2048).to_bytes(256, "big")])


def test_both_forms_of_an_sm2_ciphertext_open(sm2: Pair, raw: bytes, parts: Parts) -> None:
    assert sm2.decrypt(raw) == sm2.decrypt(parts.to_der()) == b"a text, 12 B"


def test_no_der_form_with_one_flipped_bit_opens(sm2: Pair, parts: Parts) -> None:
    whole = parts.to_der()
    sm2.refuse_all(changed for _, changed in flipped(whole))
    sm2.refuse_all([*cut(whole), *grown(whole)])
    assert sm2.decrypt(whole) == b"a text, 12 B"


def _other_points(parts: Parts) -> Iterator[bytes]:
    """C1 as another point, as none, and the right one in other forms."""
    x, y = curve.coordinate(parts.x), curve.coordinate(parts.y)
    yield from (OFF_CURVE, b"\x04" + bytes(64), b"\x04" + x + curve.coordinate(parts.y ^ 1))
    yield from (G, b"\x04" + x + curve.coordinate(curve.P - parts.y), b"\x04" + y + x)
    yield from (b"\0", b"\0" + bytes(64), b"", b"\x04")  # infinity, and nothing
    yield bytes((2 + parts.y % 2,)) + x  # compressed
    yield bytes((6 + parts.y % 2,)) + x + y  # hybrid
    yield b"\x04" + b"\xff" * 64
    yield b"\x04" + curve.coordinate(curve.P) + y


def test_no_other_point_is_taken_for_c1(sm2: Pair, raw: bytes, parts: Parts) -> None:
    sm2.refuse_all(point + raw[C1:] for point in _other_points(parts))


def test_no_other_check_or_order_is_taken(sm2: Pair, raw: bytes) -> None:
    point, check, body = raw[:C1], raw[C1:C3], raw[C3:]
    sm2.refuse_all(
        [
            point + bytes(32) + body,
            point + check[::-1] + body,
            point + body + check,  # C1 || C2 || C3, the old order
            point + check,
            point + check + bytes(len(body)),
            point + check + body[:-1],
            point + body,
            check + body,
        ]
    )


def _other_der(parts: Parts) -> Iterator[bytes]:
    """The right parts, encoded as DER forbids, or as the structure does."""
    inside = parts.numbers + parts.strings
    yield from loose(der.SEQUENCE, inside)
    for number, rest in ((parts.x, parts.y), (parts.y, parts.x)):
        other = der.integer(rest)
        for spelled in (padded(number), *loose(der.INTEGER, der.integer(number)[2:])):
            pair = spelled + other if number == parts.x else other + spelled
            yield der.tlv(der.SEQUENCE, pair + parts.strings)
    for string, spelled_rest in ((parts.check, parts.body), (parts.body, parts.check)):
        other = der.tlv(der.OCTET_STRING, spelled_rest)
        for spelled in loose(der.OCTET_STRING, string):
            pair = spelled + other if string == parts.check else other + spelled
            yield der.tlv(der.SEQUENCE, parts.numbers + pair)
    yield der.tlv(der.SEQUENCE, inside + b"\x05\0")
    yield der.tlv(0x31, inside)


def test_no_other_encoding_of_the_right_parts_is_taken(sm2: Pair, parts: Parts) -> None:
    forms = list(_other_der(parts))
    assert len(forms) > 25
    assert parts.to_der() not in forms
    sm2.refuse_all(forms)


def _wrong_der(parts: Parts) -> Iterator[bytes]:
    """Well-formed DER of parts that are not those of a ciphertext."""
    x, y = parts.x, parts.y
    numbers = [
        (x + curve.P, y),
        (x, y + curve.P),
        (0, 0),
        (5, 7),
        (x, curve.P - y),
        (curve.GX, curve.GY),
        (2**4096, y),
    ]
    for left, right in numbers:
        yield der.tlv(der.SEQUENCE, der.integer(left) + der.integer(right) + parts.strings)
    negative = signed(curve.coordinate(x | 1 << 255)), signed(b"\x80"), signed(b"")
    for number in negative:
        yield der.tlv(der.SEQUENCE, number + der.integer(y) + parts.strings)
    for check, body in (
        (parts.check[:-1], parts.body),
        (parts.check + b"\0", parts.body),
        (b"", parts.body),
        (parts.check, b""),
        (parts.body, parts.check),
    ):
        yield replace(parts, check=check, body=body).to_der()
    yield der.tlv(der.SEQUENCE, parts.numbers)
    yield der.tlv(der.SEQUENCE, b"")
    yield der.tlv(der.SEQUENCE, parts.strings + parts.numbers)
    yield der.tlv(der.SEQUENCE, parts.to_der())


def test_no_wrong_parts_are_taken_in_der(sm2: Pair, parts: Parts) -> None:
    sm2.refuse_all(_wrong_der(parts))


def test_re_encrypt_refuses_spoiled_ciphertexts_in_the_same_words(pair: Pair) -> None:
    ciphertext = pair.encrypt(b"x")
    named = {
        "SourceKeyId": pair.key_id,
        "SourceKeyVersionId": pair.version,
        "SourceEncryptionAlgorithm": pair.algorithm,
        "DestinationKeyId": pair.annex.create("Aliyun_AES_256"),
    }
    changed = [one for where, one in flipped(ciphertext) if where % 8 == 0]
    requests = [
        {**named, "CiphertextBlob": pair.opening(one)["CiphertextBlob"]}
        for one in (*changed, ciphertext[:-1], ciphertext + b"\0", b"\x30")
    ]
    answer = pair.annex.refuse_alike("ReEncrypt", requests, "InvalidParameter", 400)
    assert '"CiphertextBlob"' in answer.json["Message"]
    whole = {**named, "CiphertextBlob": pair.opening(ciphertext)["CiphertextBlob"]}
    assert pair.annex.call("ReEncrypt", whole)["KeyId"] == pair.key_id
