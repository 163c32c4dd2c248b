"""Invariant 8: nothing that carries key bytes, wrapped ones or tokens shows them when printed."""

import secrets
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from hsm import imports, sealer, vault
from hsm.domain.imports import ImportToken, PairPlace
from hsm.domain.module import CryptoModule, KeyPair, MaterialPlace, Unwrapped, Wrapped
from hsm.domain.specs import EC_SM2, RSA_2048, SPECS, Algorithm, Kind
from hsm.imports import ImportOrder
from hsm.models import ImportPair, Material
from hsm.modules.sm2 import keyforms
from keys.dataplane.asymmetric import PairResult, PairUse, asymmetric_decrypt, asymmetric_encrypt
from keys.dataplane.sources import PairSource
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, KeyUsage, ProtectionLevel
from keys.models import Key, KeyVersion
from keys.rpc.asymmetric import Octets
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from kms_console.core.sealing import SealBroken
from tests.abuse.aftermath import spellings_of
from tests.abuse.imports.home import asked, brought, delivered, external_key
from tests.abuse.imports.owner import AES, PKCS1, SHA_256, SM2
from tests.abuse.spoiling import wire

REGION = "cn-hangzhou"
LARGEST_NUMBER = 384
"""Bytes of the largest number of a private key, that of RSA_3072."""


def _shows(shown: object, secret: bytes) -> bool:
    """Whether one of the texts that people and logs get to see has it in one of its spellings."""
    texts = [repr(shown), str(shown), f"{shown}", repr([shown]), repr({"it": shown})]
    spellings = {*spellings_of(secret), repr(secret)[2:-1].encode()}
    if len(secret) <= LARGEST_NUMBER:
        spellings.add(str(int.from_bytes(secret, "big")).encode())
    return any(spelling in text.encode() for text in texts for spelling in spellings)


def _secrets_in(spec: str, key_bytes: bytes) -> list[bytes]:
    """The whole, and the numbers of which each alone would give the key away."""
    if SPECS[spec].kind is Kind.SYMMETRIC:
        return [key_bytes]
    numbers = _sm2_numbers(key_bytes) if spec == EC_SM2 else _numbers(key_bytes)
    return [key_bytes, *(_bytes_of(number) for number in numbers)]


def _sm2_numbers(private_der: bytes) -> list[int]:
    return [keyforms.read_private(private_der).scalar]


def _numbers(private_der: bytes) -> list[int]:
    key = load_der_private_key(private_der, password=None)
    if isinstance(key, RSAPrivateKey):
        numbers = key.private_numbers()
        return [numbers.d, numbers.p, numbers.q]
    assert isinstance(key, EllipticCurvePrivateKey)
    return [key.private_numbers().private_value]


def _bytes_of(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def test_a_secret_would_be_found_however_it_was_printed() -> None:
    @dataclass
    class Careless:
        data: bytes

    secret = secrets.token_bytes(32)
    assert _shows(Careless(secret), secret)
    assert _shows(secret.hex(), secret)
    assert _shows(int.from_bytes(secret, "big"), secret)
    assert _shows(wire(b"12" + secret), secret)
    assert not _shows(Careless(bytes(32)), secret)


@pytest.fixture
def place() -> MaterialPlace:
    return MaterialPlace(
        account_id="1234567890123456",
        region=REGION,
        key_id=uuid4(),
        version_id=uuid4(),
        spec=AES,
        origin="EXTERNAL",
    )


def _module(spec: str) -> CryptoModule:
    return vault.module_for(spec=spec, protection="HSM", region=REGION)


@pytest.mark.django_db
@pytest.mark.parametrize("spec", list(SPECS))
def test_made_material_shows_neither_record_nor_key(place: MaterialPlace, spec: str) -> None:
    there = MaterialPlace(
        account_id=place.account_id,
        region=REGION,
        key_id=place.key_id,
        version_id=place.version_id,
        spec=spec,
        origin="Aliyun_KMS",
    )
    made = vault.material_make(place=there, protection="HSM")
    module = _module(spec)
    kek = sealer.installed().kek(made.domain_key_id)
    key_bytes = kek.open(made.sealed, there.of_row(made.id, module.name))
    at = there.of_row(made.id, module.name)
    is_pair = SPECS[spec].kind is Kind.ASYMMETRIC
    loaded = (module.load_pair if is_pair else module.load_cipher)(kek, spec, made.sealed, at)
    row = Material(id=made.id, domain_key_id=kek.id, spec=spec, sealed=made.sealed)
    for shown in (made, loaded, module, kek, row, at, there, *_parts(loaded)):
        for secret in (made.sealed, *_secrets_in(spec, key_bytes)):
            assert not _shows(shown, secret)


def _parts(loaded: object) -> list[object]:
    """What a loaded pair or cipher holds inside."""
    names = [name for kind in type(loaded).__mro__ for name in getattr(kind, "__slots__", ())]
    return [getattr(loaded, name) for name in names if hasattr(loaded, name)]


@dataclass(frozen=True)
class _Unwrapping:
    """A wrapping pair, material under it, and what came of unwrapping it."""

    material: bytes
    private: bytes
    wrapped: Wrapped
    unwrapped: Unwrapped
    made: imports.MadePair


def _unwrapping(place: MaterialPlace, spec: str, algorithm: Algorithm) -> _Unwrapping:
    material, module = secrets.token_bytes(32), _module(AES)
    at = PairPlace(
        account_id=place.account_id,
        region=REGION,
        key_id=place.key_id,
        spec=spec,
        algorithm=algorithm,
    )
    made = imports.pair_make(place=at, protection="HSM")
    kek, row = sealer.installed().kek(made.domain_key_id), at.of_row(made.id, module.name)
    pair: KeyPair = module.load_pair(kek, spec, made.sealed, row)
    assert pair.public_der() == made.public_der
    wrapped = Wrapped(
        pair_seal=kek,
        pair_spec=spec,
        pair_record=made.sealed,
        pair_place=row,
        algorithm=algorithm,
        ciphertext=pair.encrypt(algorithm, material),
    )
    unwrapped = module.unwrap(
        kek, wrapped, AES, place.of_row(uuid4(), module.name), lambda data: data[::-1]
    )
    return _Unwrapping(material, kek.open(made.sealed, row), wrapped, unwrapped, made)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [(RSA_2048, Algorithm.RSAES_OAEP_SHA_256), (EC_SM2, Algorithm.SM2PKE)],
)
def test_a_wrapping_pair_and_what_it_unwraps_show_nothing(
    place: MaterialPlace, spec: str, algorithm: Algorithm
) -> None:
    found = _unwrapping(place, spec, algorithm)
    for shown in (found.made, found.unwrapped, found.wrapped):
        for secret in (found.material, *_secrets_in(spec, found.private)):
            assert not _shows(shown, secret)
    for secret in (found.unwrapped.record, found.unwrapped.binding):
        assert not _shows(found.unwrapped, secret)
    assert not _shows(found.made, found.made.sealed)


@pytest.mark.parametrize("algorithm", [SHA_256, PKCS1, SM2])
def test_requests_and_rows_of_an_import_show_nothing(actor: Actor, algorithm: str) -> None:
    key = external_key(actor)
    parameters = asked(actor, key, algorithm=algorithm)
    material = secrets.token_bytes(32)
    delivery = delivered(parameters, material, algorithm=algorithm)
    brought(actor, key, delivery)
    key.refresh_from_db()
    order = ImportOrder(
        token=delivery.token,
        ciphertext=delivery.wrapped,
        protection="HSM",
        expected_check_value=None,
        bound_to=bytes.fromhex(key.material_binding),
    )
    rows = [*ImportPair.objects.all(), *Material.objects.all(), *KeyVersion.objects.all()]
    for shown in (delivery, order, parameters, key, *rows):
        for secret in (material, delivery.wrapped, delivery.token, order.bound_to):
            assert not _shows(shown, secret)


def test_a_token_shows_whose_it_is_and_not_what_proves_it() -> None:
    tag = secrets.token_bytes(32)
    token = ImportToken(pair_id=UUID(int=1), key_id=UUID(int=2), expires=3, tag=tag)
    assert not _shows(token, tag)
    assert not _shows(token, token.to_bytes())
    assert "expires=3" in repr(token)


def _encrypting(actor: Actor) -> tuple[Key, PairUse]:
    new = NewKey(
        spec=KeySpec.EC_SM2,
        usage=KeyUsage.ENCRYPT_DECRYPT,
        protection_level=ProtectionLevel.HSM,
    )
    key = key_create(actor=actor, new=new)
    version = str(key.versions.get().id)
    return key, PairUse(ref=KeyRef.of(key.id), version=version, algorithm=Algorithm.SM2PKE)


def test_what_a_pair_is_given_and_gives_is_not_shown(actor: Actor) -> None:
    key, use = _encrypting(actor)
    plaintext = secrets.token_bytes(32)
    sealed = asymmetric_encrypt(actor=actor, use=use, plaintext=plaintext)
    opened = asymmetric_decrypt(actor=actor, use=use, ciphertext=sealed.data)
    assert opened.data == plaintext
    source = PairSource(KeyRef.of(key.id), use.version, use.algorithm, sealed.data)
    result = PairResult(key_id=key.id, version_id=uuid4(), data=plaintext)
    octets = Octets.parse(wire(plaintext))
    assert octets.data == plaintext
    for shown in (opened, result, octets, use, source, source.admit(actor)):
        assert not _shows(shown, plaintext)
        assert not _shows(shown, sealed.data)
    assert not _shows(sealed, sealed.data)


@pytest.mark.django_db
def test_a_refusal_carries_neither_material_nor_a_reason(place: MaterialPlace) -> None:
    found = _unwrapping(place, RSA_2048, Algorithm.RSAES_OAEP_SHA_256)
    module = _module(AES)
    kek = sealer.installed().kek(found.made.domain_key_id)
    pair = module.load_pair(kek, RSA_2048, found.made.sealed, found.wrapped.pair_place)
    for spoiled in (b"", bytes(256), found.wrapped.ciphertext + b"\0"):
        with pytest.raises(SealBroken) as refused:
            pair.decrypt(Algorithm.RSAES_OAEP_SHA_256, spoiled)
        assert refused.value.args == ()
        assert refused.value.__suppress_context__
