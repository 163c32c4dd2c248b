"""Case 13: keys that hold the same material stay keys of their own (seed chapter 2.1.3)."""

from dataclasses import replace

import pytest

from hsm import sealer, vault
from hsm.models import Material
from keys.dataplane import operations
from keys.domain.ciphertext import Blob
from keys.domain.context import NO_CONTEXT
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.models import Key, KeyVersion
from keys.selectors import material_place
from keys.services.lifecycle import NewKey, key_create
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, KeyNotFound

SAME = bytes(range(32))


def _with_the_same_material(actor: Actor) -> Key:
    """A key whose owner brought the bytes that others brought as well."""
    key = key_create(actor=actor, new=NewKey())
    version = KeyVersion.objects.get(key=key)
    assert version.material_id is not None
    kek = sealer.installed().kek_for(vault.MATERIAL, key.region, "software")
    place = material_place(key, version.id).of_row(version.material_id, "software")
    Material.objects.filter(id=version.material_id).update(sealed=kek.seal(SAME, place))
    return key


def _under(blob: Blob, key: Key) -> Blob:
    """The blob, said to be of another key."""
    assert key.primary_version is not None
    return replace(blob, header=replace(blob.header, key_id=key.id, version_id=key.primary_version))


def test_a_ciphertext_of_one_does_not_open_under_another(actor: Actor, stranger: Actor) -> None:
    first, second = (_with_the_same_material(actor) for _ in range(2))
    theirs = _with_the_same_material(stranger)
    made = operations.encrypt(
        actor=actor, ref=KeyRef.of(first.id), plaintext=Plaintext(b"x"), context=NO_CONTEXT
    )
    opened = operations.decrypt(actor=actor, blob=made.blob, context=NO_CONTEXT)
    assert opened.plaintext == Plaintext(b"x")
    for caller, key in ((actor, second), (stranger, theirs)):
        with pytest.raises(InvalidParameter, match="CiphertextBlob"):
            operations.decrypt(actor=caller, blob=_under(made.blob, key), context=NO_CONTEXT)
    with pytest.raises(KeyNotFound):
        operations.decrypt(actor=stranger, blob=made.blob, context=NO_CONTEXT)


def test_they_really_hold_the_same(actor: Actor) -> None:
    """Without what binds a ciphertext to its key, one would open the other's."""
    first, second = (_with_the_same_material(actor) for _ in range(2))
    ciphers = []
    for key in (first, second):
        version = KeyVersion.objects.get(key=key)
        assert version.material_id is not None
        ciphers.append(vault.cipher_load(version.material_id, material_place(key, version.id)))
    assert ciphers[1].open(ciphers[0].seal(b"x", b""), b"") == b"x"
