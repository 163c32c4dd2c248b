"""Case 18: what a key remembers of its material lets nobody guess or compare it."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC

from hsm import sealer
from hsm.domain.kek import Kek
from hsm.imports import _BINDING_LABEL
from hsm.models import Material
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.services.importing import material_delete
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidKeyMaterial
from kms_console.core.sealing import Purpose
from tests.abuse.aftermath import spellings_of
from tests.abuse.imports.home import asked, brought, delivered, external_key
from tests.abuse.imports.owner import AES, SIZES, SM4, check_value, wrong_check_value
from tests.keys.calls import call

specs = pytest.mark.parametrize("spec", list(SIZES))

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "sm3")


def _bound(actor: Actor, spec: str, material: bytes) -> Key:
    key = external_key(actor, spec)
    brought(actor, key, delivered(asked(actor, key), material))
    key.refresh_from_db()
    return key


def _material_id(key: Key) -> UUID:
    found = key.versions.get().material_id
    assert found is not None
    return found


def _messages(key_id: UUID, material: bytes) -> Iterator[bytes]:
    """What may have been hashed, by somebody who knows all that is no secret."""
    for name in (b"", key_id.bytes, str(key_id).encode(), key_id.hex.encode()):
        for label in (b"", _BINDING_LABEL, b"binding"):
            for separator in (b"", b"\0"):
                yield label + separator + name + separator + material
                yield material + separator + name + separator + label


def _guesses(key_id: UUID, material: bytes) -> Iterator[bytes]:
    """What the binding would be if it had no key, or one that a dump shows."""
    for name in HASHES:
        for message in _messages(key_id, material):
            yield hashlib.new(name, message).digest()
            for key in (b"", bytes(32), key_id.bytes, _BINDING_LABEL, material):
                yield hmac.digest(key, message, name)


@specs
def test_equal_material_in_two_keys_has_two_bindings(
    actor: Actor, stranger: Actor, spec: str
) -> None:
    material = secrets.token_bytes(SIZES[spec])
    keys = [_bound(who, spec, material) for who in (actor, actor, stranger)]
    bindings = {bytes.fromhex(key.material_binding) for key in keys}
    assert [len(binding) for binding in bindings] == [32, 32, 32]
    assert {key.material_check_value for key in keys} == {check_value(spec, material)}


@specs
def test_a_binding_is_no_hash_that_somebody_with_a_dump_could_compute(
    actor: Actor, spec: str
) -> None:
    material = secrets.token_bytes(SIZES[spec])
    key = _bound(actor, spec, material)
    binding = bytes.fromhex(key.material_binding)
    guesses = list(_guesses(key.id, material))
    assert len(guesses) > 1000
    assert all(binding not in {guess, guess[:32], guess[-32:]} for guess in guesses)


def test_a_binding_is_a_mac_under_a_key_of_this_installation(actor: Actor) -> None:
    """With another root key the same material in the same key would be bound differently."""
    material = secrets.token_bytes(32)
    key = _bound(actor, AES, material)
    message = _BINDING_LABEL + key.id.bytes + material
    ours = sealer.installed().mac(Purpose.BINDING, message)
    assert key.material_binding == ours.hex()
    assert sealer.installed().mac(Purpose.IMPORT_TOKEN, message) != ours
    other = Kek(kek_id=UUID(int=1), key=bytes(32), purpose="binding", region="", module="system")
    assert other.mac(message) != ours


@specs
def test_a_binding_outlives_its_material_and_comes_back_the_same(actor: Actor, spec: str) -> None:
    material = secrets.token_bytes(SIZES[spec])
    key = _bound(actor, spec, material)
    before = key.material_binding
    material_delete(actor=actor, ref=KeyRef.of(key.id))
    key.refresh_from_db()
    assert (key.state, key.material_binding) == ("PendingImport", before)
    brought(actor, key, delivered(asked(actor, key), material))
    key.refresh_from_db()
    assert (key.state, key.material_binding) == ("Enabled", before)


@specs
def test_what_was_refused_left_no_trace_of_a_binding(actor: Actor, spec: str) -> None:
    key = external_key(actor, spec)
    parameters, material = asked(actor, key), secrets.token_bytes(SIZES[spec])
    stored = Material.objects.count()
    for value in (wrong_check_value(spec, material), "000000"):
        with pytest.raises(InvalidKeyMaterial):
            brought(actor, key, delivered(parameters, material, check_value=value))
    key.refresh_from_db()
    assert (key.material_binding, key.material_check_value) == ("", "")
    assert (key.primary_version, key.versions.count()) == (None, 0)
    assert Material.objects.count() == stored
    other = secrets.token_bytes(SIZES[spec])
    brought(actor, key, delivered(parameters, other, check_value=check_value(spec, other)))
    key.refresh_from_db()
    assert key.material_check_value == check_value(spec, other)


@specs
def test_no_stored_record_or_entry_of_the_trail_holds_imported_material(
    actor: Actor, spec: str
) -> None:
    material = secrets.token_bytes(SIZES[spec])
    key = _bound(actor, spec, material)
    sealed = bytes(Material.objects.get(id=_material_id(key)).sealed)
    entries = str(list(AuditEvent.objects.values())).encode()
    described = str(call(actor, "DescribeKey", KeyId=str(key.id))).encode()
    for spelling in spellings_of(material):
        assert not any(spelling in text for text in (sealed, entries, described))
    assert key.material_binding.encode() not in described


@specs
def test_old_material_is_overwritten_when_the_same_comes_again(actor: Actor, spec: str) -> None:
    """What is renewed gets a record of its own, and the old one is a tombstone."""
    material = secrets.token_bytes(SIZES[spec])
    key = _bound(actor, spec, material)
    first = _material_id(key)
    brought(actor, key, delivered(asked(actor, key), material))
    second = _material_id(key)
    old = Material.objects.get(id=first)
    assert first != second
    assert (bytes(old.sealed), old.destroyed_at) == (b"", actor.now)


@pytest.mark.parametrize(
    ("spec", "material", "expected"),
    [
        (AES, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "1A0B2D"),
        (SM4, "0123456789abcdeffedcba9876543210", "909F5E"),
    ],
)
def test_the_check_value_is_what_cmac_makes_of_a_block_of_zeros(
    actor: Actor, spec: str, material: str, expected: str
) -> None:
    """The keys are those of the examples in NIST SP 800-38B and GB/T 32907; `openssl mac` says so.

    So an owner computes it without this server, and before anything is sent.
    """
    data = bytes.fromhex(material)
    mac = CMAC(algorithms.AES(data) if spec == AES else algorithms.SM4(data))
    mac.update(bytes(16))
    told = _bound(actor, spec, data).material_check_value
    assert told == mac.finalize()[:3].hex().upper() == check_value(spec, data) == expected
