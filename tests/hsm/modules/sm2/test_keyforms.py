"""Which keys are read: one form of a public key, four of a private one; by both engines."""

import pytest

from hsm.modules.sm2 import curve, der, keyforms, z_value
from hsm.modules.sm2.engine import Sm2Engine
from tests.hsm.modules.sm2 import keys

SCALAR = curve.coordinate(keys.D)
POINT_FIELD = der.tlv(0xA1, der.tlv(der.BIT_STRING, b"\0" + keys.POINT))
CURVE_FIELD = bytes.fromhex("a00a06082a811ccf5501822d")
P256 = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
SM2 = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")


def _pkcs8(fields: bytes, algorithm: bytes = SM2, version: int = 0) -> bytes:
    inner = der.tlv(der.OCTET_STRING, der.tlv(der.SEQUENCE, der.integer(1) + fields))
    return der.tlv(der.SEQUENCE, der.integer(version) + algorithm + inner)


def _secret(scalar: bytes) -> bytes:
    return der.tlv(der.OCTET_STRING, scalar)


def _spki(point: bytes, algorithm: bytes = SM2, unused: bytes = b"\0") -> bytes:
    return der.tlv(der.SEQUENCE, algorithm + der.tlv(der.BIT_STRING, unused + point))


@pytest.mark.parametrize("public", [b"", POINT_FIELD])
@pytest.mark.parametrize("named", [b"", CURVE_FIELD])
def test_a_private_key_may_carry_its_curve_and_its_public_half(
    engine: Sm2Engine, named: bytes, public: bytes
) -> None:
    form = _pkcs8(_secret(SCALAR) + named + public)
    assert engine.load(form).public_der() == keys.PUBLIC


def test_generated_keys_are_in_the_written_form_and_all_different(engine: Sm2Engine) -> None:
    made = {engine.generate() for _ in range(5)}
    assert len(made) == 5
    for private_der in made:
        parts = keyforms.read_private(private_der)
        assert parts.point is not None
        assert private_der == keyforms.write_private(parts.scalar, parts.point)
        assert engine.load(private_der).public_der() == keyforms.write_public(parts.point)


@pytest.mark.parametrize("scalar", [1, 2, 11, 107, 327, curve.N - 2])
def test_small_and_large_scalars_and_leading_zeros_are_keys(engine: Sm2Engine, scalar: int) -> None:
    point = keys.point(scalar)
    key = engine.load(keyforms.write_private(scalar, point))
    public = engine.load_public(key.public_der())
    assert key.public_der()[-65:] == point
    assert public.verify_digest(keys.E, key.sign_digest(keys.E))
    assert key.decrypt(public.encrypt(b"plaintext")) == b"plaintext"


BAD_PRIVATE = {
    "empty": b"",
    "a public key": keys.PUBLIC,
    "another curve": _pkcs8(_secret(SCALAR), P256),
    "another curve inside": _pkcs8(_secret(SCALAR) + CURVE_FIELD[:-1] + b"\x2e"),
    "version 1": _pkcs8(_secret(SCALAR), version=1),
    "zero": _pkcs8(_secret(bytes(32))),
    "n-1": _pkcs8(_secret(curve.coordinate(curve.N - 1))),
    "n": _pkcs8(_secret(curve.coordinate(curve.N))),
    "2^256-1": _pkcs8(_secret(b"\xff" * 32)),
    "31 bytes": _pkcs8(_secret(SCALAR[1:])),
    "33 bytes": _pkcs8(_secret(b"\0" + SCALAR)),
    "trailing byte": keys.PRIVATE + b"\0",
    "trailing field": _pkcs8(_secret(SCALAR) + POINT_FIELD + b"\0"),
    "attributes": der.tlv(
        der.SEQUENCE, der.only(_pkcs8(_secret(SCALAR)), der.SEQUENCE) + b"\xa0\0"
    ),
    "another's public half": keyforms.write_private(keys.D, keys.point(2)),
    "negated public half": keyforms.write_private(
        keys.D,
        keys.POINT[:33] + curve.coordinate(curve.P - int.from_bytes(keys.POINT[33:], "big")),
    ),
    "off-curve public half": keyforms.write_private(keys.D, keys.OFF_CURVE),
    "compressed public half": _pkcs8(
        _secret(SCALAR) + der.tlv(0xA1, der.tlv(der.BIT_STRING, b"\0\x03" + keys.POINT[1:33]))
    ),
    "unused bits": _pkcs8(
        _secret(SCALAR) + der.tlv(0xA1, der.tlv(der.BIT_STRING, b"\x01" + keys.POINT))
    ),
    "long length": b"\x30\x82\x00" + keys.PRIVATE[2:],
    "too long": keys.PRIVATE + bytes(1000),
}


@pytest.mark.parametrize("name", BAD_PRIVATE)
def test_other_private_keys_are_refused(engine: Sm2Engine, name: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  # one refusal to the caller
        engine.load(BAD_PRIVATE[name])
    assert SCALAR.hex() not in str(refusal.value).lower()


def test_no_truncation_of_a_private_key_is_one(engine: Sm2Engine) -> None:
    for size in range(len(keys.PRIVATE)):
        with pytest.raises(ValueError):  # noqa: PT011
            engine.load(keys.PRIVATE[:size])


BAD_PUBLIC = {
    "empty": b"",
    "a private key": keys.PRIVATE,
    "another curve": _spki(keys.POINT, P256),
    "off-curve": _spki(keys.OFF_CURVE),
    "(0, 0)": _spki(keys.INFINITY_AS_ZEROS),
    "infinity": _spki(b"\0"),
    "compressed": _spki(b"\x03" + keys.POINT[1:33]),
    "hybrid": _spki(b"\x07" + keys.POINT[1:]),
    "x + p": _spki(b"\x04" + curve.coordinate(curve.P) + keys.POINT[33:]),
    "64 bytes": _spki(keys.POINT[1:]),
    "unused bits": _spki(keys.POINT, unused=b"\x01"),
    "trailing byte": keys.PUBLIC + b"\0",
    "cut off": keys.PUBLIC[:-1],
    "null parameters": _spki(keys.POINT, bytes.fromhex("300b06072a8648ce3d02010500")),
}


@pytest.mark.parametrize("name", BAD_PUBLIC)
def test_other_public_keys_are_refused(engine: Sm2Engine, name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        engine.load_public(BAD_PUBLIC[name])
    with pytest.raises(ValueError):  # noqa: PT011
        z_value(BAD_PUBLIC[name])


def test_a_coordinate_that_fits_only_modulo_p_is_refused() -> None:
    x = next(x for x in range(1000) if _has_point(x))
    y = pow(x**3 + curve.A * x + curve.B, (curve.P + 1) // 4, curve.P)
    assert curve.point_of(x, y)
    with pytest.raises(ValueError, match="not a point"):
        curve.checked_point(b"\x04" + curve.coordinate(x + curve.P) + curve.coordinate(y))


def _has_point(x: int) -> bool:
    return pow(x**3 + curve.A * x + curve.B, (curve.P - 1) // 2, curve.P) == 1


def test_z_depends_on_the_id_and_on_the_key() -> None:
    other = keyforms.write_public(keys.point(2))
    named = [z_value(keys.PUBLIC), z_value(keys.PUBLIC, b""), z_value(keys.PUBLIC, b"x" * 8191)]
    assert len({*named, z_value(other)}) == 4
    with pytest.raises(ValueError, match="too long"):
        z_value(keys.PUBLIC, b"x" * 8192)


def test_nothing_of_the_scalar_is_printed(engine: Sm2Engine) -> None:
    shown = repr(keyforms.read_private(keys.PRIVATE)) + repr(engine.load(keys.PRIVATE))
    assert str(keys.D) not in shown
    assert SCALAR.hex() not in shown.lower()
