"""Cases 17 and 18 where time passes: tokens and material end when they were said to end."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from hsm import imports
from hsm.domain.imports import LIFETIME
from hsm.imports import MOST_PAIRS, ImportOrder
from hsm.models import ImportPair
from keys.dataplane import operations
from keys.domain.ciphertext import Blob
from keys.domain.context import NO_CONTEXT
from keys.domain.deletion import PendingWindow
from keys.domain.description import Description
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.selectors import key_describe, material_place
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.importing import Delivery, material_delete
from keys.services.lifecycle import key_describe_as
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    ExpiredImportToken,
    InvalidImportToken,
    InvalidKeyMaterial,
    InvalidParameter,
    KeyPendingImport,
    LimitExceeded,
    StateModifiedFailed,
)
from tests.abuse.imports.home import asked, brought, delivered, external_key
from tests.abuse.imports.owner import AES, PKCS1, SHA_256, SIZES, SM4

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)

specs = pytest.mark.parametrize("spec", [AES, SM4])

Notice = Callable[[Actor, Key, Delivery, datetime], None]
"""A request that comes after a token has expired."""


def _material(spec: str = AES) -> bytes:
    return secrets.token_bytes(SIZES[spec])


def _encrypt(actor: Actor, key: Key) -> Blob:
    return operations.encrypt(
        actor=actor, ref=KeyRef.of(key.id), plaintext=Plaintext(b"x"), context=NO_CONTEXT
    ).blob


def _opens(actor: Actor, blob: Blob, at: datetime) -> bool:
    there = replace(actor, now=at)
    opened = operations.decrypt(actor=there, blob=blob, context=NO_CONTEXT)
    return opened.plaintext == Plaintext(b"x")


@pytest.fixture
def waiting(actor: Actor) -> Key:
    """A key that waits for material."""
    return external_key(actor)


@pytest.mark.parametrize("age", [timedelta(0), MINUTE, LIFETIME - MINUTE, LIFETIME - SECOND])
def test_a_token_is_good_for_a_day(actor: Actor, waiting: Key, age: timedelta) -> None:
    parameters = asked(actor, waiting)
    at = actor.now + age
    assert at < parameters.expires_at
    assert brought(actor, waiting, delivered(parameters, _material()), at=at).state == "Enabled"


@pytest.mark.parametrize("age", [LIFETIME, LIFETIME + MINUTE, 2 * LIFETIME, 400 * DAY])
def test_a_token_is_refused_from_the_second_on_at_which_it_expires(
    actor: Actor, waiting: Key, age: timedelta
) -> None:
    parameters = asked(actor, waiting)
    delivery = delivered(parameters, _material())
    for at in (parameters.expires_at, actor.now + age):
        with pytest.raises(ExpiredImportToken):
            brought(actor, waiting, delivery, at=at)
    assert key_describe(actor=actor, ref=KeyRef.of(waiting.id)).state == "PendingImport"


def test_an_expired_token_is_refused_also_while_its_pair_is_still_kept(
    actor: Actor, waiting: Key
) -> None:
    parameters = asked(actor, waiting)
    delivery = delivered(parameters, _material())
    order = ImportOrder(
        token=delivery.token,
        ciphertext=delivery.wrapped,
        protection="HSM",
        expected_check_value=None,
        bound_to=b"",
    )
    with pytest.raises(ExpiredImportToken):
        imports.material_import(order, material_place(waiting, uuid4()), parameters.expires_at)
    assert ImportPair.objects.filter(key_id=waiting.id).exists()


def test_an_expired_token_of_another_key_is_none_rather_than_expired(
    actor: Actor, stranger: Actor, waiting: Key
) -> None:
    others = (external_key(actor), actor), (external_key(stranger), stranger)
    delivery = delivered(asked(actor, waiting), _material())
    for other, by in others:
        with pytest.raises(InvalidImportToken):
            brought(by, other, delivery, at=actor.now + 2 * LIFETIME)


def _by_importing(actor: Actor, key: Key, delivery: Delivery, late: datetime) -> None:
    with pytest.raises(ExpiredImportToken):
        brought(actor, key, delivery, at=late)


def _by_asking(actor: Actor, key: Key, _: Delivery, late: datetime) -> None:
    asked(actor, key, at=late)


def _by_a_failure(actor: Actor, key: Key, _: Delivery, late: datetime) -> None:
    with pytest.raises(InvalidImportToken):
        brought(actor, key, Delivery(token=b"", wrapped=b""), at=late)


@pytest.mark.parametrize("notice", [_by_importing, _by_asking, _by_a_failure])
def test_a_clock_that_steps_back_revives_no_token(
    actor: Actor, waiting: Key, notice: Notice
) -> None:
    delivery = delivered(asked(actor, waiting), _material())
    notice(actor, waiting, delivery, actor.now + LIFETIME + MINUTE)
    for age in (LIFETIME - MINUTE, MINUTE, timedelta(0), -DAY):
        with pytest.raises(ExpiredImportToken):
            brought(actor, waiting, delivery, at=actor.now + age)


def test_what_expires_takes_nothing_with_it(actor: Actor, waiting: Key) -> None:
    """Tokens of the same key that were asked for later stay good, and those of other keys."""
    another = external_key(actor)
    material = _material()
    early = delivered(asked(actor, waiting), material)
    late = delivered(asked(actor, waiting, at=actor.now + MINUTE), material)
    elsewhere = delivered(asked(actor, another), _material())
    between = actor.now + LIFETIME
    with pytest.raises(ExpiredImportToken):
        brought(actor, waiting, early, at=between)
    brought(actor, waiting, late, at=between)
    brought(actor, another, elsewhere, at=between - MINUTE)


def test_a_key_has_a_hundred_tokens_in_force_and_no_more(actor: Actor, waiting: Key) -> None:
    first = asked(actor, waiting)
    last = [asked(actor, waiting) for _ in range(MOST_PAIRS - 1)][-1]
    assert MOST_PAIRS == 100
    for algorithm in (SHA_256, PKCS1):
        with pytest.raises(LimitExceeded, match="100 import tokens in force"):
            asked(actor, waiting, algorithm=algorithm)
    asked(actor, external_key(actor))
    material = _material()
    for parameters in (first, last):
        brought(actor, waiting, delivered(parameters, material))
    asked(actor, waiting, at=actor.now + LIFETIME)
    assert ImportPair.objects.filter(key_id=waiting.id).count() == 1


def test_no_token_saves_a_key_that_is_to_be_deleted(actor: Actor, waiting: Key) -> None:
    delivery = delivered(asked(actor, waiting), _material())
    ref = KeyRef.of(waiting.id)
    deletion_schedule(actor=actor, ref=ref, window=PendingWindow(7))
    with pytest.raises(StateModifiedFailed):
        brought(actor, waiting, delivery)
    assert deletion_cancel(actor=actor, ref=ref).state == "PendingImport"
    assert brought(actor, waiting, delivery).state == "Enabled"


@specs
@pytest.mark.parametrize("ends", ["by its owner", "by its time"])
def test_only_the_same_material_comes_back_and_opens_what_it_sealed(
    actor: Actor, spec: str, ends: str
) -> None:
    key = external_key(actor, spec)
    parameters, material = asked(actor, key), _material(spec)
    soon, later = actor.now + timedelta(hours=1), actor.now + timedelta(hours=2)
    brought(actor, key, delivered(parameters, material, expires=int(soon.timestamp())))
    blob = _encrypt(actor, key)
    assert _opens(actor, blob, soon - SECOND)
    if ends == "by its owner":
        material_delete(actor=actor, ref=KeyRef.of(key.id))
    with pytest.raises(KeyPendingImport):
        _opens(actor, blob, later)
    for _ in range(2):
        with pytest.raises(InvalidKeyMaterial):
            brought(actor, key, delivered(parameters, _material(spec)), at=later)
        with pytest.raises(KeyPendingImport):
            _opens(actor, blob, later)
    brought(actor, key, delivered(parameters, material), at=later)
    assert _opens(actor, blob, later + 400 * DAY)


@specs
def test_expired_material_is_not_there_whether_a_timer_came_or_not(actor: Actor, spec: str) -> None:
    """Nor when the clock steps back after a change of the key found it expired."""
    key = external_key(actor, spec)
    ends = actor.now.replace(microsecond=0) + timedelta(hours=1)
    delivery = delivered(asked(actor, key), _material(spec), expires=int(ends.timestamp()))
    brought(actor, key, delivery)
    blob = _encrypt(actor, key)
    with pytest.raises(KeyPendingImport):
        _opens(actor, blob, ends)
    with pytest.raises(InvalidKeyMaterial):
        brought(actor, key, replace(delivery, wrapped=b"", expires=0), at=ends)
    late = replace(actor, now=ends)
    key_describe_as(actor=late, ref=KeyRef.of(key.id), description=Description("noticed"))
    with pytest.raises(KeyPendingImport):
        _opens(actor, blob, ends - SECOND)


@pytest.mark.parametrize("seconds", [0, -1, -86_400, -(10**9)])
def test_material_cannot_have_expired_before_it_comes(
    actor: Actor, waiting: Key, seconds: int
) -> None:
    now = actor.now.replace(microsecond=0)
    delivery = delivered(asked(actor, waiting), _material(), expires=int(now.timestamp()) + seconds)
    with pytest.raises(InvalidParameter, match="KeyMaterialExpireUnix"):
        brought(actor, waiting, delivery, at=now)
    found = key_describe(actor=actor, ref=KeyRef.of(waiting.id))
    assert (found.state, found.material_binding) == ("PendingImport", "")


def test_renewed_material_lives_as_long_as_it_was_last_said_to(actor: Actor, waiting: Key) -> None:
    parameters, material = asked(actor, waiting), _material()
    ends = int(actor.now.timestamp()) + 3600
    brought(actor, waiting, delivered(parameters, material, expires=ends))
    blob = _encrypt(actor, waiting)
    brought(actor, waiting, delivered(parameters, material, expires=ends + 3600))
    assert _opens(actor, blob, actor.now + timedelta(hours=1, seconds=1))
    with pytest.raises(KeyPendingImport):
        _opens(actor, blob, actor.now + timedelta(hours=2))
    brought(actor, waiting, delivered(parameters, material))
    assert _opens(actor, blob, actor.now + 400 * DAY)
