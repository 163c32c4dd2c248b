"""Importing by calling the services, at any time of one's choice."""

from dataclasses import replace
from datetime import datetime

from hsm.domain.specs import Algorithm
from hsm.imports import ImportParameters
from keys.domain.exporting import WrappingKeySpec
from keys.domain.importing import CheckValue
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, Origin, ProtectionLevel
from keys.models import Key
from keys.services.importing import Delivery, import_parameters_create, material_import
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from tests.abuse.imports.owner import AES, SM2, wrap


def external_key(actor: Actor, spec: str = AES) -> Key:
    """A key of the HSM level that waits for material."""
    new = NewKey(spec=KeySpec(spec), origin=Origin.EXTERNAL, protection_level=ProtectionLevel.HSM)
    return key_create(actor=actor, new=new)


def asked(
    actor: Actor, key: Key, *, algorithm: str = SM2, at: datetime | None = None
) -> ImportParameters:
    """New parameters; SM2 is the fastest, as its pairs are."""
    _, made = import_parameters_create(
        actor=replace(actor, now=at or actor.now),
        ref=KeyRef.of(key.id),
        spec=WrappingKeySpec("EC_SM2" if algorithm == SM2 else "RSA_2048"),
        algorithm=Algorithm(algorithm),
    )
    return made


def delivered(
    parameters: ImportParameters,
    material: bytes,
    *,
    algorithm: str = SM2,
    check_value: str = "",
    expires: int = 0,
) -> Delivery:
    """The material, wrapped for these parameters."""
    return Delivery(
        token=parameters.token,
        wrapped=wrap(algorithm, parameters.public_der, material),
        expires=expires,
        check_value=CheckValue.parse(check_value) if check_value else None,
    )


def brought(actor: Actor, key: Key, delivery: Delivery, *, at: datetime | None = None) -> Key:
    """ImportKeyMaterial at the time."""
    there = replace(actor, now=at or actor.now)
    return material_import(actor=there, ref=KeyRef.of(key.id), delivery=delivery)
