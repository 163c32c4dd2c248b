"""A ring is what the data plane knows of a key, for as long as nothing changed."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aliases.domain.names import AliasName
from aliases.services.lifecycle import alias_create, alias_delete, alias_update
from keys.dataplane import keyring, operations
from keys.dataplane.keyring import open_ring
from keys.dataplane.sealing import Encrypted
from keys.domain.context import NO_CONTEXT
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.domain.states import KeyState
from keys.domain.tags import Tags
from keys.models import Key, KeyVersion
from keys.selectors import key_arn
from keys.services.lifecycle import NewKey, key_create, key_disable, key_enable
from keys.services.rotation import key_rotate
from kms_console.core import arn, generation
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasNotFound, InvalidParameter, KeyDisabled, KeyNotFound
from kms_console.core.snapshots import Cold
from tests.keys.calls import put


def _encrypt(actor: Actor, key: Key) -> Encrypted:
    return operations.encrypt(
        actor=actor, ref=KeyRef.of(key.id), plaintext=Plaintext(b"x"), context=NO_CONTEXT
    )


def test_a_ring_tells_what_an_operation_asks(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(tags=Tags({"team": "payments"})))
    ring = open_ring(actor, KeyRef.of(key.id))
    assert (ring.key_id, ring.arn, ring.primary) == (key.id, key_arn(key), key.primary_version)
    assert (ring.state, ring.spec, ring.usage) == ("Enabled", "Aliyun_AES_256", "ENCRYPT/DECRYPT")
    assert ring.attributes == {"kms:tag/team": "payments"}
    assert set(ring.versions) == {key.primary_version}


def test_a_warm_ring_answers_without_a_query(actor: Actor, key: Key) -> None:
    blob = _encrypt(actor, key).blob
    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            _encrypt(actor, key)
            operations.decrypt(actor=actor, blob=blob, context=NO_CONTEXT)
    assert len(queries) == 0


def test_a_key_is_one_ring_by_id_and_by_arn(actor: Actor, key: Key) -> None:
    ring = open_ring(actor, KeyRef.of(key.id))
    assert open_ring(actor, KeyRef.parse(key_arn(key))) is ring


def test_a_disabled_key_is_disabled_at_once_and_back_when_enabled(actor: Actor, key: Key) -> None:
    _encrypt(actor, key)
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    with pytest.raises(KeyDisabled):
        _encrypt(actor, key)
    key_enable(actor=actor, ref=KeyRef.of(key.id))
    _encrypt(actor, key)


def test_a_change_elsewhere_reaches_the_ring_by_the_stamp_alone(actor: Actor, key: Key) -> None:
    old = open_ring(actor, KeyRef.of(key.id))
    Key.objects.update(state=KeyState.DISABLED)
    assert open_ring(actor, KeyRef.of(key.id)) is old
    put(key, state=KeyState.DISABLED)
    assert open_ring(actor, KeyRef.of(key.id)).state is KeyState.DISABLED


def test_a_version_without_material_has_no_cipher(actor: Actor, key: Key) -> None:
    version = KeyVersion.objects.create(key=key, number=2, created_at=actor.now)
    ring = open_ring(actor, KeyRef.of(key.id))
    assert ring.cipher(version.id) is None
    assert ring.cipher(uuid4()) is None
    assert ring.cipher(None) is None
    assert ring.cipher(key.primary_version) is ring.cipher(key.primary_version)


def test_refs_of_nothing_are_refused_without_a_query(actor: Actor, key: Key) -> None:
    elsewhere = key_arn(key).replace(key.region, "cn-beijing")
    with CaptureQueriesContext(connection) as queries:
        for text in ("nonsense", elsewhere):
            with pytest.raises(KeyNotFound):
                open_ring(actor, KeyRef.parse(text))
    assert len(queries) == 0


def test_an_alias_has_a_ring_that_lasts_as_long_as_nothing_changes(actor: Actor, key: Key) -> None:
    other = key_create(actor=actor, new=NewKey())
    named = KeyRef.parse("alias/x")
    alias_create(actor=actor, name=AliasName("alias/x"), ref=KeyRef.of(key.id))
    assert open_ring(actor, named).key_id == key.id
    with CaptureQueriesContext(connection) as queries:
        assert open_ring(actor, named).key_id == key.id
        assert (
            open_ring(
                actor, KeyRef.parse(arn.alias(actor.region, actor.account_id, "alias/x"))
            ).key_id
            == key.id
        )
    assert len(queries) == 0
    alias_update(actor=actor, name=AliasName("alias/x"), ref=KeyRef.of(other.id))
    assert open_ring(actor, named).key_id == other.id
    alias_delete(actor=actor, name=AliasName("alias/x"))
    with pytest.raises(AliasNotFound):
        open_ring(actor, named)


@pytest.mark.parametrize(("seconds", "is_there"), [(-1, True), (0, False), (1, False)])
def test_a_warm_ring_ends_at_the_keys_date(
    actor: Actor, key: Key, seconds: int, is_there: bool
) -> None:
    alias_create(actor=actor, name=AliasName("alias/x"), ref=KeyRef.of(key.id))
    date = actor.now + timedelta(days=7)
    put(key, state="PendingDeletion", delete_at=date)
    names = {str(key.id): KeyNotFound, "alias/x": AliasNotFound}
    for name in names:
        assert open_ring(actor, KeyRef.parse(name)).delete_at == date
    late = replace(actor, now=date + timedelta(seconds=seconds))
    for name, refusal in names.items():
        if is_there:
            open_ring(late, KeyRef.parse(name))
            continue
        with pytest.raises(refusal) as refused:
            open_ring(late, KeyRef.parse(name))
        assert refused.value.subject == name


def test_an_account_or_region_has_no_ring_of_anothers_key(
    actor: Actor, stranger: Actor, key: Key
) -> None:
    open_ring(actor, KeyRef.of(key.id))
    for other in (stranger, replace(actor, region="cn-beijing")):
        with pytest.raises(KeyNotFound):
            open_ring(other, KeyRef.of(key.id))


def test_the_event_loop_loads_nothing_and_uses_what_is_warm(actor: Actor, key: Key) -> None:
    async def on_the_loop() -> Encrypted:
        return _encrypt(actor, key)

    with pytest.raises(Cold):
        asyncio.run(on_the_loop())
    open_ring(actor, KeyRef.of(key.id))
    with pytest.raises(Cold):  # the ring is warm now, its cipher is not
        asyncio.run(on_the_loop())
    _encrypt(actor, key)
    assert asyncio.run(on_the_loop()).key_id == key.id


def _elsewhere(actor: Actor, key: Key) -> Encrypted:
    """Made with a version that another host has just given the key: no stamp here has moved."""
    _encrypt(actor, key)
    stamps = generation.current()
    stripe = generation.stripe_of(actor.account_id)
    before = stamps.read(stripe)
    old = open_ring(actor, KeyRef.of(key.id))
    Key.objects.filter(id=key.id).update(next_rotation_at=actor.now - timedelta(seconds=1))
    assert key_rotate(actor=actor, key_id=key.id, due=actor.now - timedelta(seconds=1))
    made = _encrypt(actor, key)
    assert made.version_id not in old.versions
    stamps._counters[stripe] = before
    keyring._rings._entries[actor.account_id, actor.region, key.id] = (old, stripe, before)
    return made


def test_a_version_that_another_host_made_is_looked_for_before_it_is_refused(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(rotation=RotationInterval(7 * 86_400)))
    blob = _elsewhere(actor, key).blob

    def decrypted() -> Plaintext:
        return operations.decrypt(actor=actor, blob=blob, context=NO_CONTEXT).plaintext

    if generation.current().needs_lease:
        assert decrypted() == Plaintext(b"x")
    else:  # on SQLite no other host can have made it
        with pytest.raises(InvalidParameter):
            decrypted()


def test_a_version_that_never_was_is_refused_all_the_same(actor: Actor, key: Key) -> None:
    blob = _encrypt(actor, key).blob
    other = replace(blob, header=replace(blob.header, version_id=uuid4()))
    with pytest.raises(InvalidParameter):
        operations.decrypt(actor=actor, blob=other, context=NO_CONTEXT)
