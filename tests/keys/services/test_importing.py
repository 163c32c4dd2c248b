"""Material of one's own: it comes, works, expires, goes, and comes back."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from hsm.domain.specs import Algorithm
from hsm.leases import LIMIT, _leases
from hsm.models import ImportPair, Material, VersionUses
from keys.dataplane import operations
from keys.dataplane.sealing import Encrypted
from keys.domain.context import NO_CONTEXT
from keys.domain.deletion import PendingWindow
from keys.domain.filters import Filters
from keys.domain.importing import CheckValue
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec
from keys.models import Key
from keys.selectors import key_arn, key_describe, key_facts, key_list
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.importing import material_delete
from keys.services.lifecycle import key_disable, key_enable
from keys.tasks import expire_due_material
from keys.verification import problems
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    ExpiredImportToken,
    InvalidKeyMaterial,
    InvalidParameter,
    KeyPendingImport,
    LimitExceeded,
    NoPermission,
    StateModifiedFailed,
    UnsupportedAlias,
    UnsupportedOrigin,
)
from kms_console.core.paging import PageRequest
from kms_console.iam.models import Account
from tests.keys.calls import Only
from tests.keys.owner import Owner

DAY = timedelta(days=1)


@pytest.fixture
def owner(actor: Actor) -> Owner:
    return Owner(actor)


@pytest.fixture
def imported(owner: Owner) -> Key:
    return owner.bring(owner.key())


def _encrypt(actor: Actor, key: Key) -> Encrypted:
    return operations.encrypt(
        actor=actor, ref=KeyRef.of(key.id), plaintext=Plaintext(b"x"), context=NO_CONTEXT
    )


def _opens(actor: Actor, made: Encrypted) -> bool:
    opened = operations.decrypt(actor=actor, blob=made.blob, context=NO_CONTEXT)
    return opened.plaintext == Plaintext(b"x")


def _material(key: Key) -> Material:
    material_id = key.versions.get().material_id
    assert material_id is not None
    return Material.objects.get(id=material_id)


def _state(key: Key) -> str:
    return Key.objects.get(id=key.id).state


@pytest.mark.parametrize("algorithm", [a for a in Algorithm if a.startswith("RSAES_")])
def test_material_comes_wrapped_in_every_way(owner: Owner, algorithm: Algorithm) -> None:
    by_rsa = replace(owner, algorithm=algorithm)
    key = by_rsa.bring(by_rsa.key())
    assert _opens(owner.actor, _encrypt(owner.actor, key))


@pytest.mark.parametrize(
    ("spec", "size", "check_value"),
    [(KeySpec.ALIYUN_AES_256, 32, "65F681"), (KeySpec.ALIYUN_SM4, 16, "024E2F")],
)
def test_an_imported_key_works_and_is_bound(
    owner: Owner, spec: KeySpec, size: int, check_value: str
) -> None:
    owner = replace(owner, material=b"k" * size)
    key = owner.bring(owner.key(spec=spec))
    key.refresh_from_db()
    version = key.versions.get()
    assert (key.state, key.primary_version, version.number) == ("Enabled", version.id, 1)
    assert key.last_rotation_at == owner.actor.now
    assert len(bytes.fromhex(key.material_binding)) == 32
    assert key.material_check_value == check_value
    assert _opens(owner.actor, _encrypt(owner.actor, key))
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.version_id) == ("ImportKeyMaterial", str(version.id))
    assert event.detail["wrapping_algorithm"] == "SM2PKE"
    assert event.detail["after"] == key_facts(key)
    assert list(problems()) == []


def test_what_is_deleted_may_be_brought_back_and_nothing_else(owner: Owner, imported: Key) -> None:
    made = _encrypt(owner.actor, imported)
    first = _material(imported)
    material_delete(actor=owner.actor, ref=KeyRef.of(imported.id))
    assert _state(imported) == "PendingImport"
    first.refresh_from_db()
    assert bytes(first.sealed) == b""
    with pytest.raises(KeyPendingImport):
        _opens(owner.actor, made)
    with pytest.raises(InvalidKeyMaterial):
        replace(owner, material=b"l" * 32).bring(imported)
    assert _state(imported) == "PendingImport"
    owner.bring(imported)
    assert _opens(owner.actor, made)
    assert imported.versions.get().id == made.version_id
    assert list(problems()) == []


def test_material_expires_at_its_hour_whether_a_timer_comes_or_not(owner: Owner) -> None:
    expires = owner.actor.now.replace(microsecond=0) + DAY
    key = owner.bring(owner.key(), expires=int(expires.timestamp()))
    made = _encrypt(owner.actor, key)
    before = replace(owner.actor, now=expires - timedelta(milliseconds=1))
    after = replace(owner.actor, now=expires)
    assert _opens(before, made)
    with pytest.raises(KeyPendingImport):
        _opens(after, made)
    assert _shown(before, key) == ("Enabled", expires, [key.id], [])
    assert _shown(after, key) == ("PendingImport", None, [], [key.id])
    assert _state(key) == "Enabled"


def _shown(actor: Actor, key: Key) -> tuple[object, ...]:
    found = key_describe(actor=actor, ref=KeyRef.of(key.id))
    listed = [_listed(actor, state) for state in ("Enabled", "PendingImport")]
    return found.state, found.material_expires_at, *listed


def _listed(actor: Actor, state: str) -> list[UUID]:
    filters = Filters.parse(f'[{{"Key":"KeyState","Values":["{state}"]}}]')
    return key_list(actor=actor, page=PageRequest(1, 10), filters=filters).ids


def test_a_change_after_the_hour_finds_the_material_gone(owner: Owner) -> None:
    key = owner.bring(owner.key(), expires=int((owner.actor.now + DAY).timestamp()))
    material = _material(key)
    later = replace(owner, actor=replace(owner.actor, now=owner.actor.now + 2 * DAY))
    for change in (key_enable, key_disable):
        with pytest.raises(StateModifiedFailed):
            change(actor=later.actor, ref=KeyRef.of(key.id))
    deletion_schedule(actor=later.actor, ref=KeyRef.of(key.id), window=PendingWindow(7))
    assert deletion_cancel(actor=later.actor, ref=KeyRef.of(key.id)).state == "PendingImport"
    assert list(problems()) == []
    assert expire_due_material(later.actor.now, Account.objects.all()).done == 1
    material.refresh_from_db()
    assert bytes(material.sealed) == b""
    assert later.bring(key).state == "Enabled"
    assert list(problems()) == []


def test_to_import_again_renews_without_enabling(owner: Owner, imported: Key) -> None:
    made = _encrypt(owner.actor, imported)
    key_disable(actor=owner.actor, ref=KeyRef.of(imported.id))
    expires = int((owner.actor.now + DAY).timestamp())
    renewed = owner.bring(imported, expires=expires)
    assert renewed.state == "Disabled"
    assert renewed.material_expires_at is not None
    key_enable(actor=owner.actor, ref=KeyRef.of(imported.id))
    assert owner.bring(imported).material_expires_at is None
    assert _opens(owner.actor, made)
    live = Material.objects.filter(destroyed_at=None).values_list("id", flat=True)
    assert list(live) == [imported.versions.get().material_id]


def test_a_key_that_is_to_go_takes_no_material_but_loses_it(owner: Owner, imported: Key) -> None:
    ref = KeyRef.of(imported.id)
    deletion_schedule(actor=owner.actor, ref=ref, window=PendingWindow(7))
    with pytest.raises(StateModifiedFailed):
        owner.bring(imported)
    date = Key.objects.get(id=imported.id).delete_at
    material_delete(actor=owner.actor, ref=ref)
    left = Key.objects.get(id=imported.id)
    assert (left.state, left.delete_at) == ("PendingDeletion", date)
    assert deletion_cancel(actor=owner.actor, ref=ref).state == "PendingImport"
    material_delete(actor=owner.actor, ref=ref)
    assert _state(imported) == "PendingImport"


def test_what_the_owner_expects_is_compared_before_anything_is_bound(owner: Owner) -> None:
    key = owner.key()
    with pytest.raises(InvalidKeyMaterial):
        owner.bring(key, check_value=CheckValue.parse("000000"))
    assert Key.objects.get(id=key.id).material_binding == ""
    assert not Material.objects.exists()
    other = replace(owner, material=b"l" * 32)
    assert other.bring(key).state == "Enabled"
    value = CheckValue.parse(Key.objects.get(id=key.id).material_check_value)
    assert other.bring(key, check_value=value).state == "Enabled"


def test_a_token_is_good_for_a_day_and_any_number_of_times(owner: Owner) -> None:
    key = owner.key()
    parameters, other = owner.parameters(key), owner.parameters(key)
    assert parameters.expires_at == owner.actor.now.replace(microsecond=0) + DAY
    late = replace(owner, actor=replace(owner.actor, now=parameters.expires_at - 0.01 * DAY))
    for used in (parameters, other, parameters):
        late.bring(key, used)
    too_late = replace(owner, actor=replace(owner.actor, now=parameters.expires_at))
    with pytest.raises(ExpiredImportToken):
        too_late.bring(key, parameters)
    with pytest.raises(ExpiredImportToken):  # the clock was set back
        owner.bring(key, parameters)
    assert not ImportPair.objects.exists()


def test_a_key_has_a_hundred_tokens_in_force_at_the_most(owner: Owner) -> None:
    key = owner.key()
    owner.parameters(key)
    pair = ImportPair.objects.get()
    for _ in range(99):
        pair.pk = None
        pair.id = UUID(int=ImportPair.objects.count())
        pair.save(force_insert=True)
    with pytest.raises(LimitExceeded, match="100"):
        owner.parameters(key)
    tomorrow = replace(owner, actor=replace(owner.actor, now=owner.actor.now + DAY))
    tomorrow.parameters(key)
    assert ImportPair.objects.count() == 1


@pytest.mark.parametrize("expires", [1, -1, 10**18])
def test_an_expiry_that_cannot_be_is_refused_by_name(owner: Owner, expires: int) -> None:
    with pytest.raises(InvalidParameter, match="KeyMaterialExpireUnix"):
        owner.bring(owner.key(), expires=expires)


def test_a_key_that_was_made_here_takes_no_material(owner: Owner, key: Key) -> None:
    parameters = owner.parameters(owner.key())
    with pytest.raises(UnsupportedOrigin):
        owner.parameters(key)
    with pytest.raises(UnsupportedOrigin):
        owner.bring(key, parameters)
    with pytest.raises(UnsupportedOrigin):
        material_delete(actor=owner.actor, ref=KeyRef.of(key.id))
    assert ImportPair.objects.filter(key_id=key.id).count() == 0


def test_importing_asks_for_permission_and_for_the_key_itself(owner: Owner, imported: Key) -> None:
    parameters = owner.parameters(imported)
    denied = replace(owner.actor, authority=Only("kms:DescribeKey", key_arn(imported)))
    with pytest.raises(NoPermission):
        replace(owner, actor=denied).parameters(imported)
    with pytest.raises(NoPermission):
        replace(owner, actor=denied).bring(imported, parameters)
    for ref in (KeyRef.of(imported.id), KeyRef.parse("alias/x")):
        refusal = NoPermission if ref.key_id else UnsupportedAlias
        with pytest.raises(refusal):
            material_delete(actor=denied, ref=ref)
    assert ImportPair.objects.count() == 2  # the fixture's and this one
    assert _state(imported) == "Enabled"


def test_the_same_material_again_has_been_used_as_often(owner: Owner) -> None:
    """SM4-GCM counts its messages: bringing the key back must not begin anew."""
    owner = replace(owner, material=b"k" * 16)
    key = owner.bring(owner.key(spec=KeySpec.ALIYUN_SM4))
    made = _encrypt(owner.actor, key)
    material_delete(actor=owner.actor, ref=KeyRef.of(key.id))
    owner.bring(key)
    VersionUses.objects.update(uses=LIMIT)
    assert VersionUses.objects.get().version_id == made.version_id
    _leases.forget()
    with pytest.raises(LimitExceeded):
        _encrypt(owner.actor, key)
    assert _opens(owner.actor, made)
