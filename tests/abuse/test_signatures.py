"""Case 12 for signatures: what is not the one signature is false, never a refusal or a fault."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from hsm.modules.sm2 import curve, der
from tests.abuse.annex import Annex, annex_of
from tests.abuse.house import House
from tests.abuse.pairs import Pair
from tests.abuse.spoiling import cut, flipped, grown, loose, padded, signed, wire

pytestmark = pytest.mark.usefixtures("unchanged")

DIGEST = hashlib.sha256(b"message").digest()

SPECS: Mapping[str, str] = {
    "RSA_PSS_SHA_256": "RSA_2048",
    "RSA_PKCS1_SHA_256": "RSA_2048",
    "ECDSA_SHA_256 on EC_P256": "EC_P256",
    "ECDSA_SHA_256 on EC_P256K": "EC_P256K",
    "SM2DSA": "EC_SM2",
}

ORDERS = {
    "EC_P256": 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551,
    "EC_P256K": 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141,
    "EC_SM2": curve.N,
}
"""Of the three groups: SEC 2 §2.4.1 and §2.4.2, GB/T 32918.5-2017."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key pair of a spec, and what it signed."""

    pair: Pair
    spec: str
    signature: bytes

    @property
    def order(self) -> int:
        """Of the group, for a pair on a curve."""
        return ORDERS[self.spec]

    @property
    def numbers(self) -> tuple[int, int]:
        """r and s."""
        return decode_dss_signature(self.signature)

    def none_verifies(self, signatures: Iterator[bytes] | list[bytes]) -> None:
        """Each is answered, with the status of a success, as not being the signature."""
        for signature in signatures:
            assert signature != self.signature
            assert not self.pair.verifies(DIGEST, signature), signature.hex()
        assert self.pair.verifies(DIGEST, self.signature)


@pytest.fixture(scope="module")
def annex(house: House) -> Iterator[Annex]:
    with annex_of(house) as opened:
        yield opened


def _signer(annex: Annex, name: str) -> Signer:
    pair = Pair.create(annex, SPECS[name], "SIGN/VERIFY", name.partition(" ")[0])
    return Signer(pair, SPECS[name], pair.sign(DIGEST))


@pytest.fixture(scope="module", params=list(SPECS))
def signer(request: pytest.FixtureRequest, annex: Annex) -> Signer:
    return _signer(annex, request.param)


@pytest.fixture(scope="module", params=[name for name in SPECS if not name.startswith("RSA")])
def on_a_curve(request: pytest.FixtureRequest, annex: Annex) -> Signer:
    return _signer(annex, request.param)


@pytest.fixture(scope="module", params=[name for name in SPECS if name.startswith("RSA")])
def rsa(request: pytest.FixtureRequest, annex: Annex) -> Signer:
    return _signer(annex, request.param)


def test_no_signature_with_one_flipped_bit_is_right(signer: Signer) -> None:
    signer.none_verifies(changed for _, changed in flipped(signer.signature))


def test_no_signature_that_was_cut_or_that_grew_is_right(signer: Signer) -> None:
    whole = signer.signature
    signer.none_verifies([*cut(whole), *grown(whole), *[bytes(n) for n in (1, 256, 12_000)]])


def test_a_signature_is_of_one_digest_one_version_and_one_key(signer: Signer) -> None:
    pair = signer.pair
    others = [bytes(32), hashlib.sha256(b"message ").digest(), DIGEST[::-1]]
    assert not any(pair.verifies(digest, signer.signature) for digest in others)
    following = pair.next_version()
    assert not following.verifies(DIGEST, signer.signature)
    assert not pair.verifies(DIGEST, following.sign(DIGEST))
    another = Pair.create(pair.annex, signer.spec, "SIGN/VERIFY", pair.algorithm)
    assert not another.verifies(DIGEST, signer.signature)


@pytest.mark.parametrize("size", [1, 16, 20, 31, 33, 48, 64, 4096])
def test_a_digest_has_32_bytes_or_is_refused(signer: Signer, size: int) -> None:
    """Whatever the signature is, and whatever begins the digest."""
    digest = {**signer.pair.named, "Digest": wire((DIGEST * 128)[:size])}
    values = [signer.signature, signer.signature[:-1], b"\0"]
    requests = [{**digest, "Value": wire(value)} for value in values]
    verified = signer.pair.annex.refuse_alike("AsymmetricVerify", requests, "InvalidParameter", 400)
    refused = signer.pair.annex.refuse("AsymmetricSign", digest, "InvalidParameter", 400)
    assert verified.json["Message"] == refused.json["Message"]
    assert '"Digest"' in refused.json["Message"]


def test_what_is_no_base64_is_refused_by_name(signer: Signer) -> None:
    whole = {**signer.pair.named, "Digest": wire(DIGEST), "Value": wire(signer.signature)}
    for name in ("Digest", "Value"):
        requests = [{**whole, name: text} for text in ("é", "AAA", "QUJDRB==", "A" * 16_388)]
        answer = signer.pair.annex.refuse_alike(
            "AsymmetricVerify", requests, "InvalidParameter", 400
        )
        assert f'"{name}"' in answer.json["Message"]


def _other_numbers(signer: Signer) -> Iterator[tuple[int, int]]:
    (r, s), n = signer.numbers, signer.order
    yield from ((0, s), (r, 0), (0, 0), (1, 1), (n, s), (r, n), (n, n))
    yield from ((r + n, s), (r, s + n), (r + n, s + n), (s, r), (n - r, s))
    yield from ((r, n - r), (n - s, s), (2**512, s), (r, 2**4096), (1, 0), (0, 1))
    # What makes u1 * G + u2 * P the point at infinity, or t = 0, must not be met unprepared.
    yield from ((n - 1, 1), (1, n - 1), (n - 1, n - 1))


def test_no_other_numbers_are_a_signature(on_a_curve: Signer) -> None:
    on_a_curve.none_verifies([encode_dss_signature(r, s) for r, s in _other_numbers(on_a_curve)])


def test_negative_numbers_are_none(on_a_curve: Signer) -> None:
    (r, s), n = on_a_curve.numbers, on_a_curve.order
    below = [signed((number - n).to_bytes(33, "big", signed=True)) for number in (r, s)]
    cut_off = [signed((number | 1 << 255).to_bytes(32, "big")) for number in (r, s)]
    empty = [signed(b""), signed(b"")]
    on_a_curve.none_verifies(
        [
            der.tlv(der.SEQUENCE, content)
            for first, second in (below, cut_off, empty)
            for content in (first + der.integer(s), der.integer(r) + second, first + second)
        ]
    )


def _other_der(signer: Signer) -> Iterator[bytes]:
    """The right numbers, encoded as DER forbids, or as the structure does."""
    r, s = signer.numbers
    first, second = der.integer(r), der.integer(s)
    yield from loose(der.SEQUENCE, first + second)
    for spelled in (padded(r), *loose(der.INTEGER, first[2:])):
        yield der.tlv(der.SEQUENCE, spelled + second)
    for spelled in (padded(s), *loose(der.INTEGER, second[2:])):
        yield der.tlv(der.SEQUENCE, first + spelled)
    yield der.tlv(der.SEQUENCE, first + second + b"\x05\0")
    yield der.tlv(der.SEQUENCE, first)
    yield der.tlv(der.SEQUENCE, b"")
    yield der.tlv(der.SEQUENCE, signer.signature)
    yield der.tlv(0x31, first + second)
    yield first + second
    yield r.to_bytes(32, "big") + s.to_bytes(32, "big")  # as JWS and IEEE P1363 write it


def test_no_other_encoding_of_the_right_numbers_is_a_signature(on_a_curve: Signer) -> None:
    on_a_curve.none_verifies(_other_der(on_a_curve))


def test_no_other_number_is_an_rsa_signature(rsa: Signer) -> None:
    n, e = rsa.pair.rsa_numbers()
    number = int.from_bytes(rsa.signature, "big")
    others = [0, 1, 2, n - 1, n, n + 1, n - number, 2**2048 - 1, pow(number, e, n)]
    rsa.none_verifies([other.to_bytes(256, "big") for other in others])
    longer = (number, number + n, number + 2 * n)
    rsa.none_verifies([other.to_bytes(257, "big") for other in longer])


def test_an_rsa_signature_with_one_padding_is_none_with_the_other(annex: Annex) -> None:
    pair = Pair.create(annex, "RSA_2048", "SIGN/VERIFY", "RSA_PSS_SHA_256")
    other = Pair(annex, pair.key_id, pair.version, "RSA_PKCS1_SHA_256")
    assert pair.verifies(DIGEST, pair.sign(DIGEST))
    assert other.verifies(DIGEST, other.sign(DIGEST))
    assert not pair.verifies(DIGEST, other.sign(DIGEST))
    assert not other.verifies(DIGEST, pair.sign(DIGEST))
