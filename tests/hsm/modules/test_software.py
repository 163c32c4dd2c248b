"""The embedded module: material of every spec, sealed at rest, loaded, and imported."""

import secrets
from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm.domain.kek import Kek
from hsm.domain.module import CryptoModule, MaterialPlace, Unwrapped, Wrapped
from hsm.domain.specs import AES_256, EC_SM2, RSA_2048, SM4, SPECS, UNWRAPPING, Algorithm, Kind
from hsm.modules.software import SoftwareModule
from kms_console.core.sealing import Place, SealBroken
from kms_console.core.sealing.xaes import Xaes

MODULE: CryptoModule = SoftwareModule("software", "for tests")
SYMMETRIC = [name for name, spec in SPECS.items() if spec.kind is Kind.SYMMETRIC]
PAIRS = [name for name, spec in SPECS.items() if spec.kind is Kind.ASYMMETRIC]
WAYS = [(spec, algorithm) for spec, those in UNWRAPPING.items() for algorithm in sorted(those)]


@pytest.fixture
def kek() -> Kek:
    return Kek(
        kek_id=uuid4(), key=bytes(32), purpose="material", region="cn-hangzhou", module="software"
    )


@pytest.fixture
def at(place: MaterialPlace) -> Place:
    return place.of_row(uuid4(), "software")


def test_the_module_says_who_it_is() -> None:
    assert (MODULE.name, MODULE.description) == ("software", "for tests")


def test_it_does_on_this_machine_all_that_the_specs_name() -> None:
    able = MODULE.capabilities()
    assert able.algorithms == {name: spec.algorithms for name, spec in SPECS.items()}
    assert able.unwrapping == UNWRAPPING


@pytest.mark.parametrize("spec", SYMMETRIC)
def test_generated_keys_are_random_bytes_under_the_domain_key(
    kek: Kek, at: Place, spec: str
) -> None:
    one, two = (kek.open(MODULE.generate(kek, spec, at), at) for _ in range(2))
    assert len(one) == len(two) == SPECS[spec].key_bytes
    assert one != two


def test_a_loaded_cipher_works_under_the_generated_key(kek: Kek, at: Place) -> None:
    record = MODULE.generate(kek, AES_256, at)
    sealed = MODULE.load_cipher(kek, AES_256, record, at).seal(b"plaintext", b"aad")
    assert Xaes(kek.open(record, at)).open(sealed[:24], sealed[24:], b"aad") == b"plaintext"

    record = MODULE.generate(kek, SM4, at)
    sealed = MODULE.load_cipher(kek, SM4, record, at).seal(b"plaintext", b"aad")
    key = algorithms.SM4(kek.open(record, at))
    opening = BlockCipher(key, modes.GCM(sealed[:12], sealed[-16:])).decryptor()
    opening.authenticate_additional_data(b"aad")
    assert opening.update(sealed[12:-16]) + opening.finalize() == b"plaintext"


@pytest.mark.parametrize("spec", PAIRS)
def test_a_generated_pair_is_loaded_and_each_is_another(kek: Kek, at: Place, spec: str) -> None:
    record = MODULE.generate(kek, spec, at)
    other = MODULE.generate(kek, spec, at)
    one, same, another = (
        MODULE.load_pair(kek, spec, made, at).public_der() for made in (record, record, other)
    )
    assert one == same != another


@pytest.mark.parametrize("spec", SYMMETRIC)
@pytest.mark.parametrize("size", [0, 15, 17, 24, 31, 33])
def test_keys_of_the_wrong_length_are_refused(kek: Kek, at: Place, spec: str, size: int) -> None:
    with pytest.raises(SealBroken):
        MODULE.load_cipher(kek, spec, kek.seal(bytes(size), at), at)


def test_a_key_of_another_spec_is_refused_although_its_record_is_right(kek: Kek, at: Place) -> None:
    for name, other in ((AES_256, SM4), (SM4, AES_256)):
        record = MODULE.generate(kek, name, at)
        with pytest.raises(SealBroken):
            MODULE.load_cipher(kek, other, record, at)
    for name, other in (("EC_P256", "EC_P256K"), (EC_SM2, "EC_P256"), ("EC_P256", EC_SM2)):
        record = MODULE.generate(kek, name, at)
        with pytest.raises(SealBroken):
            MODULE.load_pair(kek, other, record, at)


@pytest.mark.parametrize("spec", SPECS)
def test_a_record_of_another_place_or_domain_key_does_not_open(
    kek: Kek, at: Place, spec: str
) -> None:
    load = MODULE.load_cipher if spec in SYMMETRIC else MODULE.load_pair
    record = MODULE.generate(kek, spec, at)
    with pytest.raises(SealBroken):
        load(kek, spec, record, replace(at, row=str(uuid4())))
    other = Kek(kek_id=kek.id, key=bytes(31) + b"x", purpose="", region="", module="")
    with pytest.raises(SealBroken):
        load(other, spec, record, at)


@pytest.mark.parametrize("spec", ["", "nonsense", "RSA_4096", "aliyun_sm4"])
def test_other_specs_are_not_served(kek: Kek, at: Place, spec: str) -> None:
    assert spec not in MODULE.capabilities().algorithms
    with pytest.raises(ValueError, match="does not serve"):
        MODULE.generate(kek, spec, at)
    with pytest.raises(ValueError, match="does not serve"):
        MODULE.load_cipher(kek, spec, b"", at)
    with pytest.raises(ValueError, match="does not serve"):
        MODULE.load_pair(kek, spec, b"", at)


def test_a_cipher_is_no_pair_and_a_pair_no_cipher(kek: Kek, at: Place) -> None:
    with pytest.raises(ValueError, match="not a symmetric key"):
        MODULE.load_cipher(kek, "EC_P256", MODULE.generate(kek, "EC_P256", at), at)
    with pytest.raises(ValueError, match="no key pairs"):
        MODULE.load_pair(kek, AES_256, MODULE.generate(kek, AES_256, at), at)


def bind(material: bytes) -> bytes:
    return material[::-1]


class Wrapping:
    """A wrapping pair, and the owner of material who has its public half."""

    def __init__(self, kek: Kek, place: Place, spec: str, algorithm: Algorithm) -> None:
        self._kek = kek
        self._place = place
        self._spec = spec
        self._algorithm = algorithm
        self._record = MODULE.generate(kek, spec, place)
        self._pair = MODULE.load_pair(kek, spec, self._record, place)

    def wrapped(self, material: bytes) -> Wrapped:
        return self.of(self._pair.encrypt(self._algorithm, material))

    def of(self, ciphertext: bytes) -> Wrapped:
        return Wrapped(
            pair_seal=self._kek,
            pair_spec=self._spec,
            pair_record=self._record,
            pair_place=self._place,
            algorithm=self._algorithm,
            ciphertext=ciphertext,
        )


@pytest.fixture(params=WAYS, ids=lambda way: way[1])
def wrapping(kek: Kek, at: Place, request: pytest.FixtureRequest) -> Wrapping:
    spec, algorithm = request.param
    return Wrapping(kek, replace(at, row=str(uuid4()), spec=spec), spec, algorithm)


@pytest.mark.parametrize("spec", SYMMETRIC)
def test_imported_material_is_sealed_bound_and_has_its_check_value(
    kek: Kek, at: Place, wrapping: Wrapping, spec: str
) -> None:
    material = secrets.token_bytes(SPECS[spec].key_bytes or 0)
    taken = MODULE.unwrap(kek, wrapping.wrapped(material), spec, at, bind)
    assert kek.open(taken.record, at) == material
    assert taken.binding == material[::-1]
    assert taken.check_value == _check_value(spec, material)
    MODULE.load_cipher(kek, spec, taken.record, at)


def _check_value(spec: str, key: bytes) -> bytes:
    """CMAC of one block, by NIST SP 800-38B §6.1 and 6.2: E(0 xor K1), where K1 doubles E(0)."""
    algorithm = algorithms.SM4(key) if spec == SM4 else algorithms.AES(key)
    block = BlockCipher(algorithm, modes.ECB()).encryptor()  # noqa: S305
    zero = int.from_bytes(block.update(bytes(16)), "big")
    subkey = (zero << 1) % 2**128 ^ (0x87 if zero >> 127 else 0)
    return block.update(subkey.to_bytes(16, "big"))[:3]


@pytest.mark.parametrize(
    ("spec", "key", "expected"),
    [
        # CMAC of a zero block, as `openssl mac -cipher … CMAC` computes it.
        (AES_256, "00" * 32, "921105"),
        (SM4, "0123456789abcdeffedcba9876543210", "909f5e"),
    ],
)
def test_check_values_are_known_ones(
    kek: Kek, at: Place, spec: str, key: str, expected: str
) -> None:
    wrapping = Wrapping(kek, at, EC_SM2, Algorithm.SM2PKE)
    taken = MODULE.unwrap(kek, wrapping.wrapped(bytes.fromhex(key)), spec, at, bind)
    assert taken.check_value.hex() == expected


@pytest.mark.parametrize("spec", SYMMETRIC)
def test_material_of_another_length_is_not_taken_over(
    kek: Kek, at: Place, wrapping: Wrapping, spec: str
) -> None:
    size = SPECS[spec].key_bytes or 0
    for wrong in {1, 16, 24, 32, 33, size - 1, size + 1, 190} - {size}:
        with pytest.raises(SealBroken):
            MODULE.unwrap(kek, wrapping.wrapped(bytes(wrong)), spec, at, bind)


def test_what_is_not_under_the_pair_is_not_taken_over(
    kek: Kek, at: Place, wrapping: Wrapping
) -> None:
    good = wrapping.wrapped(bytes(32)).ciphertext
    for bad in (b"", good[:-1], good + b"\0", b"\xff" * len(good)):
        with pytest.raises(SealBroken):
            MODULE.unwrap(kek, wrapping.of(bad), AES_256, at, bind)


def test_nothing_is_taken_over_with_the_pair_of_another_place(
    kek: Kek, at: Place, wrapping: Wrapping
) -> None:
    wrapped = wrapping.wrapped(bytes(32))
    moved = replace(wrapped, pair_place=replace(wrapped.pair_place, key=str(uuid4())))
    with pytest.raises(SealBroken):
        MODULE.unwrap(kek, moved, AES_256, at, bind)


@pytest.mark.parametrize("spec", PAIRS)
def test_key_pairs_are_not_imported(kek: Kek, at: Place, spec: str) -> None:
    wrapping = Wrapping(kek, at, RSA_2048, Algorithm.RSAES_OAEP_SHA_256)
    with pytest.raises(ValueError, match="not a symmetric key"):
        MODULE.unwrap(kek, wrapping.wrapped(bytes(32)), spec, at, bind)


def test_imported_material_prints_neither_itself_nor_its_binding() -> None:
    shown = repr(Unwrapped(record=b"record", binding=b"binding", check_value=b"abc"))
    assert "b'record'" not in shown
    assert "b'binding'" not in shown


def test_the_public_half_is_a_subject_public_key_info(kek: Kek, at: Place) -> None:
    for spec in ("RSA_2048", "EC_P256", "EC_P256K"):
        pair = MODULE.load_pair(kek, spec, MODULE.generate(kek, spec, at), at)
        load_der_public_key(pair.public_der())
