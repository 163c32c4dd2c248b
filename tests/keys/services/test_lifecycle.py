"""Creating a key and moving it between states."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hsm.models import Material
from keys.domain.description import Description
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval
from keys.domain.specs import KeySpec, KeyUsage, Origin, ProtectionLevel
from keys.domain.states import KeyState
from keys.domain.tags import Tags
from keys.models import Key, KeyVersion
from keys.selectors import key_arn, key_facts
from keys.services.lifecycle import NewKey, key_create, key_disable, key_enable
from keys.verification import problems
from kms_console.audit.models import AuditEvent
from kms_console.core import arn, generation
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    InvalidParameter,
    KeyNotFound,
    KmsError,
    NoPermission,
    StateModifiedFailed,
    UnsupportedAlias,
    UnsupportedOperation,
    UnsupportedOrigin,
    UnsupportedProtectionLevel,
)
from tests.keys.calls import Only, put_state

_ENCRYPTING = KeyUsage.ENCRYPT_DECRYPT
_WEEK = RotationInterval(7 * 86_400)


def _last_event() -> AuditEvent:
    return AuditEvent.objects.latest("id")


def test_a_new_key_is_enabled_and_has_its_first_version(actor: Actor) -> None:
    new = NewKey(
        description=Description.parse("年度报告"),
        tags=Tags({"team": "payments", "empty": ""}),
    )
    key = key_create(actor=actor, new=new)
    stored = Key.objects.get()
    version = stored.versions.get()
    assert (stored.id, stored.primary_version, version.number) == (key.id, version.id, 1)
    assert (stored.state, stored.spec, stored.usage) == (
        "Enabled",
        "Aliyun_AES_256",
        "ENCRYPT/DECRYPT",
    )
    assert (stored.origin, stored.protection_level) == ("Aliyun_KMS", "SOFTWARE")
    assert (stored.account_id, stored.region) == (actor.account_id, actor.region)
    assert (stored.description, stored.creator) == ("年度报告", actor.account_id)
    assert stored.created_at == stored.last_rotation_at == version.created_at == actor.now
    assert {tag.name: tag.value for tag in stored.tags.all()} == {"team": "payments", "empty": ""}
    assert Material.objects.get().id == version.material_id
    assert stored.id.version == version.id.version == 4


def test_creating_a_key_leaves_an_audit_row_with_its_facts(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(tags=Tags({"team": "payments"})))
    event = _last_event()
    assert (event.action, event.outcome, event.subject) == ("CreateKey", "OK", str(key.id))
    assert event.version_id == str(key.primary_version)
    assert event.detail["after"] == key_facts(Key.objects.get())


def test_the_longest_descriptions_and_tags_fit_into_the_audit_row(actor: Actor) -> None:
    tags = Tags({f"{n:a>128}": "v" * 128 for n in range(20)})
    key = key_create(actor=actor, new=NewKey(description=Description("🔑" * 8192), tags=tags))
    assert _last_event().detail["after"] == key_facts(key)


@pytest.mark.parametrize(
    ("new", "refusal", "message"),
    [
        (NewKey(usage=KeyUsage.SIGN_VERIFY), InvalidParameter, '"KeyUsage"'),
        (NewKey(spec=KeySpec.EC_P256, usage=_ENCRYPTING), InvalidParameter, '"KeyUsage"'),
        (NewKey(spec=KeySpec.EC_P256, origin=Origin.EXTERNAL), UnsupportedOrigin, "origin"),
        (NewKey(spec=KeySpec.ALIYUN_SM4), UnsupportedProtectionLevel, "Aliyun_SM4"),
        (NewKey(spec=KeySpec.EC_SM2), UnsupportedProtectionLevel, "EC_SM2"),
        (NewKey(spec=KeySpec.EC_P256, rotation=_WEEK), UnsupportedOperation, "Unsupported"),
        (NewKey(origin=Origin.EXTERNAL, rotation=_WEEK), UnsupportedOrigin, "origin"),
    ],
)
def test_what_is_not_served_is_refused_and_leaves_nothing(
    actor: Actor, new: NewKey, refusal: type[KmsError], message: str
) -> None:
    with pytest.raises(refusal, match=message) as refused:
        key_create(actor=actor, new=new)
    assert refused.value.audited
    assert not Key.objects.exists()
    assert not Material.objects.exists()
    assert (_last_event().action, _last_event().outcome) == ("CreateKey", refusal.code)


@pytest.mark.parametrize(
    ("region", "spec"),
    [("cn-qingdao", "Aliyun_AES_256"), ("ap-southeast-1", "EC_SM2"), ("cn-hongkong", "Aliyun_SM4")],
)
def test_the_hsm_level_is_where_the_table_says(actor: Actor, region: str, spec: str) -> None:
    new = NewKey(spec=KeySpec(spec), protection_level=ProtectionLevel.HSM)
    with pytest.raises(UnsupportedProtectionLevel, match=region):
        key_create(actor=replace(actor, region=region), new=new)
    made = key_create(actor=actor, new=new)
    assert (made.protection_level, made.state) == ("HSM", "Enabled")
    material = Material.objects.select_related("domain_key").get()
    assert (material.domain_key.module, material.domain_key.region) == ("embedded", actor.region)


@pytest.mark.parametrize("spec", ["RSA_2048", "EC_P256", "EC_P256K"])
def test_a_key_pair_has_a_version_but_no_primary_one(actor: Actor, spec: str) -> None:
    key = key_create(actor=actor, new=NewKey(spec=KeySpec(spec)))
    version = key.versions.get()
    assert (key.usage, key.primary_version, version.number) == ("SIGN/VERIFY", None, 1)
    assert _last_event().version_id == str(version.id)
    assert _last_event().detail["after"] == key_facts(Key.objects.get())


def test_an_external_key_waits_for_its_material(actor: Actor) -> None:
    key = key_create(actor=actor, new=NewKey(origin=Origin.EXTERNAL))
    assert (key.state, key.primary_version, key.last_rotation_at) == ("PendingImport", None, None)
    assert not key.versions.exists()
    assert not Material.objects.exists()
    assert list(problems()) == []


def test_a_pair_is_made_before_the_transaction_begins(actor: Actor) -> None:
    """An RSA pair takes up to a second, and SQLite lets one change at a time."""
    with CaptureQueriesContext(connection) as queries:
        key_create(actor=actor, new=NewKey(spec=KeySpec.RSA_2048))
    statements = [query["sql"] for query in queries]
    begins = next(n for n, sql in enumerate(statements) if sql.startswith("SAVEPOINT"))
    assert "hsm_domainkey" in statements[0]
    assert begins > 0


def test_creating_needs_permission_on_the_key_container(actor: Actor) -> None:
    container = arn.key_container(actor.region, actor.account_id)
    allowed = replace(actor, authority=Only("kms:CreateKey", container))
    key_create(actor=allowed, new=NewKey())
    with pytest.raises(NoPermission):
        key_create(actor=replace(allowed, region="cn-beijing"), new=NewKey())
    assert Key.objects.count() == 1
    assert _last_event().outcome == "Forbidden.NoPermission"


_COMMANDS = pytest.mark.parametrize(
    ("command", "action", "state"),
    [
        (key_enable, "EnableKey", KeyState.ENABLED),
        (key_disable, "DisableKey", KeyState.DISABLED),
    ],
)


@_COMMANDS
@pytest.mark.parametrize("before", [KeyState.ENABLED, KeyState.DISABLED])
def test_a_key_is_enabled_and_disabled_from_either_state(
    actor: Actor, key: Key, command: Any, action: str, state: KeyState, before: KeyState
) -> None:
    put_state(key, before)
    command(actor=actor, ref=KeyRef.of(key.id))
    key.refresh_from_db()
    event = _last_event()
    assert key.state == state
    assert (event.action, event.outcome, event.subject) == (action, "OK", str(key.id))
    assert event.detail["after"] == key_facts(key)


@_COMMANDS
@pytest.mark.parametrize("before", [KeyState.PENDING_DELETION, KeyState.PENDING_IMPORT])
def test_a_pending_key_keeps_its_state(
    actor: Actor, key: Key, command: Any, action: str, state: KeyState, before: KeyState
) -> None:
    put_state(key, before)
    with pytest.raises(StateModifiedFailed):
        command(actor=actor, ref=KeyRef.of(key.id))
    key.refresh_from_db()
    event = _last_event()
    assert key.state == before
    assert (event.action, event.subject) == (action, str(key.id))
    assert event.outcome == "Rejected.StateModifiedFailed"


@_COMMANDS
def test_a_command_moves_the_stamp_of_the_account(
    actor: Actor, key: Key, command: Any, action: str, state: KeyState
) -> None:
    stripe = generation.stripe_of(actor.account_id)
    before = generation.current().read(stripe)
    command(actor=actor, ref=KeyRef.of(key.id))
    assert generation.current().read(stripe) > before


@_COMMANDS
def test_an_alias_cannot_take_the_place_of_the_key_id(
    actor: Actor, command: Any, action: str, state: KeyState
) -> None:
    with pytest.raises(UnsupportedAlias):
        command(actor=actor, ref=KeyRef.parse("alias/x"))
    event = _last_event()
    assert (event.subject, event.outcome) == ("alias/x", "Unsupported.Alias")


@_COMMANDS
def test_an_unknown_key_is_not_found(
    actor: Actor, command: Any, action: str, state: KeyState
) -> None:
    with pytest.raises(KeyNotFound):
        command(actor=actor, ref=KeyRef.parse("nothing"))
    assert (_last_event().subject, _last_event().outcome) == ("nothing", "Forbidden.KeyNotFound")


@_COMMANDS
def test_a_command_needs_its_permission_on_the_key(
    actor: Actor, key: Key, command: Any, action: str, state: KeyState
) -> None:
    ref = KeyRef.of(key.id)
    command(actor=replace(actor, authority=Only(f"kms:{action}", key_arn(key))), ref=ref)
    with pytest.raises(NoPermission):
        command(actor=replace(actor, authority=Only("kms:DescribeKey", key_arn(key))), ref=ref)
    assert _last_event().subject == str(key.id)


def test_versions_of_a_key_are_numbered_once(key: Key, actor: Actor) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyVersion.objects.create(key=key, number=1, created_at=actor.now)
