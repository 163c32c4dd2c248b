"""Owners of material, who import it into keys, and wrapping pairs for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm import imports, vault
from hsm.domain.imports import PairPlace
from hsm.domain.module import MaterialPlace
from hsm.domain.specs import EC_SM2, UNWRAPPING, Algorithm
from hsm.imports import Imported, ImportOrder, ImportParameters
from hsm.models import ImportPair

NOW = datetime(2026, 11, 23, 8, 30, 15, tzinfo=UTC)
DAY, TICK = timedelta(hours=24), timedelta(microseconds=1)
SM2PKE = Algorithm.SM2PKE


def pair_place(
    place: MaterialPlace, spec: str = EC_SM2, algorithm: Algorithm | None = None
) -> PairPlace:
    """Where a wrapping pair for the key of `place` belongs."""
    return PairPlace(
        account_id=place.account_id,
        region=place.region,
        key_id=place.key_id,
        spec=spec,
        algorithm=algorithm or min(UNWRAPPING[spec]),
    )


def import_pair(place: MaterialPlace, spec: str = EC_SM2) -> ImportPair:
    """A stored wrapping pair of the HSM level for the key of `place`."""
    made = imports.pair_make(place=pair_place(place, spec), protection="HSM")
    imports.pair_store(made, NOW)
    return ImportPair.objects.get(pk=made.id)


def wrap(public_der: bytes, algorithm: Algorithm, material: bytes) -> bytes:
    """What the owner of `material` does with what was sent."""
    if algorithm is SM2PKE:
        return vault.sm2_encryptor(public_der, "cn-hangzhou")(material)
    public = load_der_public_key(public_der)
    assert isinstance(public, rsa.RSAPublicKey)
    return public.encrypt(material, _padding(algorithm))


def _padding(algorithm: Algorithm) -> padding.AsymmetricPadding:
    if algorithm is Algorithm.RSAES_PKCS1_V1_5:
        return padding.PKCS1v15()
    digest = hashes.SHA1() if algorithm is Algorithm.RSAES_OAEP_SHA_1 else hashes.SHA256()  # noqa: S303
    return padding.OAEP(padding.MGF1(digest), digest, label=None)


@dataclass
class Owner:
    """Who imports into the key of one place: what was sent to them, and what they send back."""

    place: MaterialPlace
    protection: str = "HSM"
    pair_spec: str = EC_SM2
    algorithm: Algorithm = SM2PKE

    def ask(self, now: datetime = NOW) -> ImportParameters:
        place = pair_place(self.place, self.pair_spec, self.algorithm)
        made = imports.pair_make(place=place, protection=self.protection)
        return imports.pair_store(made, now)

    def order(
        self,
        sent: ImportParameters,
        material: bytes,
        *,
        check_value: bytes | None = None,
        bound_to: bytes = b"",
    ) -> ImportOrder:
        return ImportOrder(
            token=sent.token,
            ciphertext=wrap(sent.public_der, self.algorithm, material),
            protection=self.protection,
            expected_check_value=check_value,
            bound_to=bound_to,
        )

    def give(self, order: ImportOrder, now: datetime = NOW) -> Imported:
        return imports.material_import(order, self.place, now)
