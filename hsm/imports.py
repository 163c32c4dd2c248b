"""Importing material: wrapping pairs with their tokens, and taking over what comes wrapped."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from hsm import sealer, vault
from hsm.domain.imports import LIFETIME, ImportToken, PairPlace
from hsm.domain.module import MaterialPlace, Wrapped
from hsm.domain.specs import Algorithm
from hsm.models import ImportPair
from kms_console.core.errors import (
    ExpiredImportToken,
    InvalidImportToken,
    InvalidKeyMaterial,
    LimitExceeded,
)
from kms_console.core.sealing import Purpose, SealBroken

MOST_PAIRS = 100
"""Pairs of one key that are in force at once."""

_BINDING_LABEL = b"kms material binding"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePair:
    """A new wrapping pair, sealed, and of no use before it is stored."""

    id: UUID
    place: PairPlace
    domain_key_id: UUID
    public_der: bytes
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportParameters:
    """What the owner of material needs: a public key (SubjectPublicKeyInfo) and the token."""

    public_der: bytes
    token: bytes = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PairInForce:
    """What is told of a wrapping pair: nothing of it serves to import anything."""

    spec: str
    algorithm: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What the owner of material hands over, and what must be true of it.

    `expected_check_value` is what the owner says it is (None: nothing), `bound_to` the binding of
    the key's first material (empty: there was none).
    """

    token: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)
    protection: str
    expected_check_value: bytes | None
    bound_to: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Material that was taken over and stored, and how it was wrapped."""

    material_id: UUID
    algorithm: Algorithm
    binding: bytes = field(repr=False)
    check_value: bytes


def pair_make(*, place: PairPlace, protection: str) -> MadePair:
    """Make a wrapping pair; RSA takes a tenth of a second: not while others wait for the database.

    Raises UnsupportedProtectionLevel, and Sealed.
    """
    module = vault.module_for(spec=place.spec, protection=protection, region=place.region)
    kek = sealer.installed().kek_for(vault.MATERIAL, place.region, module.name)
    pair_id = uuid4()
    at = place.of_row(pair_id, module.name)
    record = module.generate(kek, place.spec, at)
    public = module.load_pair(kek, place.spec, record, at).public_der()
    return MadePair(id=pair_id, place=place, domain_key_id=kek.id, public_der=public, sealed=record)


def pair_store(made: MadePair, now: datetime) -> ImportParameters:
    """Keep the pair for 24 hours, in the caller's transaction, and make out its token.

    Raises LimitExceeded where the key has 100 pairs in force.
    """
    place = made.place
    if ImportPair.objects.filter(key_id=place.key_id, expires_at__gt=now).count() >= MOST_PAIRS:
        raise LimitExceeded(limit=MOST_PAIRS, things="import tokens in force")
    token = ImportToken(made.id, place.key_id, int((now + LIFETIME).timestamp()))
    ImportPair.objects.create(
        id=made.id,
        domain_key_id=made.domain_key_id,
        account_id=place.account_id,
        region=place.region,
        key_id=place.key_id,
        spec=place.spec,
        algorithm=place.algorithm,
        sealed=made.sealed,
        expires_at=token.expires_at,
    )
    signed = ImportToken(made.id, place.key_id, token.expires, _tag(token, place))
    return ImportParameters(
        public_der=made.public_der, token=signed.to_bytes(), expires_at=token.expires_at
    )


def pair_newest(key_id: UUID, now: datetime) -> PairInForce | None:
    """The youngest pair of a key that is in force, for who is to be told how long it will be."""
    pairs = ImportPair.objects.filter(key_id=key_id, expires_at__gt=now).order_by("-expires_at")
    found = pairs.values_list("spec", "algorithm", "expires_at").first()
    return PairInForce(*found) if found else None


def key_named_by(token: bytes) -> UUID:
    """The key that a token says it is for, proven or not. Raises ValueError for what is no token.

    To tell its owner which of the own keys it was made for, and nothing else.
    """
    return ImportToken.from_bytes(token).key_id


def pairs_forget(key_id: UUID, now: datetime) -> None:
    """Remove the key's pairs whose time is over: no step of a clock makes their tokens good."""
    ImportPair.objects.filter(key_id=key_id, expires_at__lte=now).delete()


def material_import(order: ImportOrder, place: MaterialPlace, now: datetime) -> Imported:
    """Take over wrapped material for `place`, in the caller's transaction.

    Raises InvalidImportToken for a token of another key or account, ExpiredImportToken, and
    InvalidKeyMaterial for all that can be wrong with the material: it does not open, has another
    length, another check value than was said, or is not what the key is bound to. Also
    UnsupportedProtectionLevel where the key's level is not served any more, and Sealed.
    """
    pair = _pair(order.token, place, now)
    module = vault.module_for(spec=place.spec, protection=order.protection, region=place.region)
    kek = sealer.installed().kek_for(vault.MATERIAL, place.region, module.name)
    material_id = uuid4()
    try:
        unwrapped = module.unwrap(
            kek,
            _wrapped(pair, order),
            place.spec,
            place.of_row(material_id, module.name),
            lambda material: _binding(place.key_id, material),
        )
    except SealBroken:
        raise InvalidKeyMaterial from None
    if order.bound_to and not hmac.compare_digest(unwrapped.binding, order.bound_to):
        raise InvalidKeyMaterial
    vault.material_store(
        vault.MadeMaterial(
            id=material_id, domain_key_id=kek.id, spec=place.spec, sealed=unwrapped.record
        )
    )
    return Imported(
        material_id=material_id,
        algorithm=_algorithm(pair),
        binding=unwrapped.binding,
        check_value=unwrapped.check_value,
    )


def require_opens(pair: ImportPair) -> None:
    """Load the pair and drop it again. Raises SealBroken, ServiceUnavailable, Sealed."""
    kek = sealer.installed().kek(pair.domain_key_id)
    module = vault.module_of(kek)
    module.load_pair(kek, pair.spec, bytes(pair.sealed), _place(pair).of_row(pair.id, module.name))


def _pair(token: bytes, place: MaterialPlace, now: datetime) -> ImportPair:
    """The pair that a token names."""
    try:
        read = ImportToken.from_bytes(token)
    except ValueError:
        raise InvalidImportToken from None
    is_ours = hmac.compare_digest(read.tag, _tag(read, place))
    if not is_ours or read.key_id != place.key_id:
        raise InvalidImportToken
    if read.is_past(now):
        raise ExpiredImportToken
    pair = ImportPair.objects.filter(pk=read.pair_id, key_id=place.key_id).first()
    if pair is None:  # removed when its time was over, whatever a clock says since
        raise ExpiredImportToken
    return pair


def _wrapped(pair: ImportPair, order: ImportOrder) -> Wrapped:
    kek = sealer.installed().kek(pair.domain_key_id)
    return Wrapped(
        pair_seal=kek,
        pair_spec=pair.spec,
        pair_record=bytes(pair.sealed),
        pair_place=_place(pair).of_row(pair.id, kek.module),
        algorithm=_algorithm(pair),
        ciphertext=order.ciphertext,
        check_value=order.expected_check_value,
    )


def _place(pair: ImportPair) -> PairPlace:
    return PairPlace(
        account_id=pair.account_id,
        region=pair.region,
        key_id=pair.key_id,
        spec=pair.spec,
        algorithm=pair.algorithm,
    )


def _algorithm(pair: ImportPair) -> Algorithm:
    """Raises SealBroken for one that nobody stored: the pair would not open either."""
    try:
        return Algorithm(pair.algorithm)
    except ValueError:
        raise SealBroken from None


def _tag(token: ImportToken, place: PairPlace | MaterialPlace) -> bytes:
    message = token.signed(place.account_id, place.region)
    return sealer.installed().mac(Purpose.IMPORT_TOKEN, message)


def _binding(key_id: UUID, material: bytes) -> bytes:
    """Keyed, and of one key: equal material in two keys has two bindings (decision 0018)."""
    return sealer.installed().mac(Purpose.BINDING, _BINDING_LABEL + key_id.bytes + material)
