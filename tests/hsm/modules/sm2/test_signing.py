"""Signatures over digests: what verifies, and everything that does not."""

import secrets

import pytest

from hsm.modules.sm2 import curve, keyforms, signature
from hsm.modules.sm2.engine import Sm2Engine, Sm2PrivateKey, Sm2PublicKey
from tests.hsm.modules.sm2 import keys
from tests.hsm.modules.sm2.keys import E, R, S, signature_of

N = curve.N


def test_a_signature_verifies_over_its_digest_alone(
    private: Sm2PrivateKey, public: Sm2PublicKey
) -> None:
    for _ in range(10):
        digest = secrets.token_bytes(32)
        made = private.sign_digest(digest)
        assert signature.write(*signature.read(made)) == made
        assert public.verify_digest(digest, made)
        assert not public.verify_digest(bytes([digest[0] ^ 1]) + digest[1:], made)


def test_no_two_signatures_are_alike(private: Sm2PrivateKey) -> None:
    assert len({private.sign_digest(E) for _ in range(20)}) == 20


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32, N.to_bytes(32, "big")])
def test_every_value_of_32_bytes_is_a_digest(
    private: Sm2PrivateKey, public: Sm2PublicKey, digest: bytes
) -> None:
    assert public.verify_digest(digest, private.sign_digest(digest))


def test_another_key_does_not_verify(engine: Sm2Engine) -> None:
    other = engine.load_public(keyforms.write_public(keys.point(2)))
    assert not other.verify_digest(E, keys.SIGNATURE)


@pytest.mark.parametrize("size", [0, 1, 20, 31, 33, 48, 64])
def test_digests_of_other_lengths_are_refused(
    private: Sm2PrivateKey, public: Sm2PublicKey, size: int
) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        private.sign_digest(bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        public.verify_digest(bytes(size), keys.SIGNATURE)


def test_every_flipped_bit_of_a_signature_is_refused(public: Sm2PublicKey) -> None:
    for position in range(len(keys.SIGNATURE)):
        altered = bytearray(keys.SIGNATURE)
        altered[position] ^= 1 << position % 8
        assert not public.verify_digest(E, bytes(altered))


def test_truncations_and_extensions_are_refused(public: Sm2PublicKey) -> None:
    for size in range(len(keys.SIGNATURE)):
        assert not public.verify_digest(E, keys.SIGNATURE[:size])
    assert not public.verify_digest(E, keys.SIGNATURE + b"\0")
    assert not public.verify_digest(E, keys.SIGNATURE * 2)
    assert not public.verify_digest(E, bytes(1_000_000))


def _signed(number: int, size: int) -> bytes:
    return number.to_bytes(size, "big", signed=True)


r, s = _signed(R, 33), _signed(S, 33)  # both need the leading zero
MALLEATED = {
    "negative r": signature_of(r[1:], s),
    "negative s": signature_of(r, s[1:]),
    "r - n": signature_of(_signed(R - N, 33), s),
    "padded r": signature_of(b"\0" + r, s),
    "padded s": signature_of(r, b"\0" + s),
    "r + n": signature_of(_signed(R + N, 33), s),
    "s + n": signature_of(r, _signed(S + N, 33)),
    "s + n * 2^256": signature_of(r, _signed(S + N * 2**256, 65)),
    "r = 0": signature_of(b"\0", s),
    "s = 0": signature_of(r, b"\0"),
    "r = n": signature.write(N, S),
    "s = n": signature.write(R, N),
    "empty integers": signature_of(b"", b""),
    "r + s = n": signature.write(R, N - R),
    "-s": signature.write(R, N - S),
    "swapped": signature.write(S, R),
    "trailing byte": keys.SIGNATURE + b"\0",
    "trailing byte inside": b"\x30" + bytes([keys.SIGNATURE[1] + 1]) + keys.SIGNATURE[2:] + b"\0",
    "a third number": b"\x30" + bytes([keys.SIGNATURE[1] + 3]) + keys.SIGNATURE[2:] + b"\x02\x01\1",
    "long length": b"\x30\x81" + keys.SIGNATURE[1:],
    "indefinite length": b"\x30\x80" + keys.SIGNATURE[2:] + b"\0\0",
    "a SET": b"\x31" + keys.SIGNATURE[1:],
    "raw": r[1:] + s[1:],
    "empty": b"",
    "hexadecimal": keys.SIGNATURE.hex().encode(),
}


@pytest.mark.parametrize("name", MALLEATED)
def test_second_encodings_and_numbers_out_of_range_are_refused(
    public: Sm2PublicKey, name: str
) -> None:
    assert public.verify_digest(E, keys.SIGNATURE)
    assert not public.verify_digest(E, MALLEATED[name])


@pytest.mark.parametrize("name", sorted(MALLEATED.keys() - {"-s", "swapped"}))
def test_they_are_refused_before_any_arithmetic(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # one refusal to the caller
        signature.read(MALLEATED[name])


def test_small_numbers_are_refused_with_n_added(public: Sm2PublicKey) -> None:
    k = 12345
    x = int.from_bytes(keys.point(k)[1:33], "big")
    # The digest is made to fit, with the private key: r = e + x, s = (k - r * d) / (1 + d).
    small_s = (k - 5 * (1 + keys.D)) * pow(keys.D, -1, N) % N, 5
    small_r = 7, (k - 7 * keys.D) * pow(1 + keys.D, -1, N) % N
    for r, s in (small_s, small_r):
        digest = ((r - x) % N).to_bytes(32, "big")
        assert public.verify_digest(digest, signature.write(r, s))
        assert not public.verify_digest(digest, signature.write(r + N, s))
        assert not public.verify_digest(digest, signature.write(r, s + N))
