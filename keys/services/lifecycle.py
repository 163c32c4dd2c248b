"""Commands that create a key and move it between states."""

from dataclasses import dataclass

from hsm import vault
from keys.domain.description import NO_DESCRIPTION, Description
from keys.domain.importing import require_importable
from keys.domain.refs import KeyRef
from keys.domain.rotation import RotationInterval, next_rotation
from keys.domain.specs import (
    ALGORITHMS,
    KeySpec,
    KeyUsage,
    Origin,
    ProtectionLevel,
    default_usage,
    is_symmetric,
)
from keys.domain.states import (
    Event,
    KeyState,
    require_not_pending_deletion,
    transition,
)
from keys.domain.tags import NO_TAGS, Tags
from keys.models import Key, KeyTag, Listed
from keys.selectors import key_facts
from keys.services.changes import key_change, require_own
from keys.services.listing import place_take
from keys.services.policies import key_policy_give
from keys.services.rotation import require_rotatable
from keys.services.versions import MadeVersion, version_make, version_store
from kms_console.audit.trail import audited
from kms_console.core import arn, quotas
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, KmsError, UnsupportedProtectionLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What the creator of a key decides. Without a `usage` the spec's default is taken.

    `rotation` is the interval of automatic rotation, None for none. `creator` is the cloud product
    that will manage the key; empty for the account itself. `policy` is a document, empty for the
    default one.
    """

    spec: KeySpec = KeySpec.ALIYUN_AES_256
    usage: KeyUsage | None = None
    origin: Origin = Origin.ALIYUN_KMS
    protection_level: ProtectionLevel = ProtectionLevel.SOFTWARE
    description: Description = NO_DESCRIPTION
    tags: Tags = NO_TAGS
    rotation: RotationInterval | None = None
    creator: str = ""
    policy: str = ""


def key_create(*, actor: Actor, new: NewKey) -> Key:
    """Create a key with its first version: enabled, or waiting for material if that is external.

    Raises NoPermission; InvalidParameter for a usage that does not fit the spec;
    UnsupportedProtectionLevel for a spec that is not served at this level in this region;
    UnsupportedOrigin; UnsupportedOperation for a rotation that cannot be; LimitExceeded;
    PolicyInvalid; Sealed.
    """
    container = arn.key_container(actor.region, actor.account_id)
    key = _draft(actor, new)
    made = _make_ahead(actor, new, key)
    with audited(actor, "CreateKey", container) as entry:
        _check(actor, new)
        _insert(actor, new, key, made)
        if new.policy:
            key_policy_give(actor, key, new.policy)
        entry.about(str(key.id))
        entry.note(version_id=str(made.id) if made else "")
        entry.after(key_facts(key))
    return key


def key_enable(*, actor: Actor, ref: KeyRef) -> Key:
    """EnableKey; of no effect on an enabled key. Raises as `key_disable` does."""
    return _move(actor, "EnableKey", ref, Event.ENABLE)


def key_disable(*, actor: Actor, ref: KeyRef) -> Key:
    """DisableKey; of no effect on a disabled key.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOperation for a key of a cloud
    product, StateModifiedFailed.
    """
    return _move(actor, "DisableKey", ref, Event.DISABLE)


def key_describe_as(*, actor: Actor, ref: KeyRef, description: Description) -> Key:
    """UpdateKeyDescription: replace the text; an empty one removes it.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, UnsupportedOperation for a key of a cloud
    product, KeyPendingDeletion.
    """
    with key_change(actor, "UpdateKeyDescription", ref) as key:
        require_own(key)
        require_not_pending_deletion(KeyState(key.state))
        key.description = description
        key.save(update_fields=["description"])
    return key


def _move(actor: Actor, action: str, ref: KeyRef, event: Event) -> Key:
    with key_change(actor, action, ref) as key:
        require_own(key)
        key.state = transition(KeyState(key.state), event)
        key.save(update_fields=["state"])
    return key


def _make_ahead(actor: Actor, new: NewKey, key: Key) -> MadeVersion | None:
    """The first version, before the transaction: a key pair takes up to a second to make.

    None for a key that waits for material, and where the creation will be refused, which is done
    and recorded in the transaction.
    """
    try:
        _check(actor, new)
    except KmsError:
        return None
    return version_make(key) if new.origin is Origin.ALIYUN_KMS else None


def _check(actor: Actor, new: NewKey) -> None:
    actor.require("kms:CreateKey", arn.key_container(actor.region, actor.account_id))
    if new.usage is not None and new.usage not in ALGORITHMS[new.spec]:
        raise InvalidParameter(name="KeyUsage")
    if reason := vault.refusal(spec=new.spec, protection=new.protection_level, region=actor.region):
        raise UnsupportedProtectionLevel(reason=reason)
    if new.origin is Origin.EXTERNAL:
        require_importable(new.spec)
    if new.rotation is not None:
        require_rotatable(new.spec, new.origin)


def _draft(actor: Actor, new: NewKey) -> Key:
    """The row, not stored yet."""
    is_external = new.origin is Origin.EXTERNAL
    return Key(
        account_id=actor.account_id,
        region=actor.region,
        spec=new.spec,
        usage=new.usage or default_usage(new.spec),
        origin=new.origin,
        protection_level=new.protection_level,
        state=KeyState.PENDING_IMPORT if is_external else KeyState.ENABLED,
        description=new.description,
        creator=new.creator or actor.account_id,
        created_at=actor.now,
        automatic_rotation=new.rotation is not None,
        rotation_interval=new.rotation,
        last_rotation_at=None if is_external else actor.now,
        next_rotation_at=next_rotation(actor.now, new.rotation),
    )


def _insert(actor: Actor, new: NewKey, key: Key, made: MadeVersion | None) -> None:
    # What a cloud product needs is not refused; it counts all the same.
    quota = None if new.creator else quotas.current().keys
    key.serial = place_take(actor, Listed.KEYS, quota=quota)
    if made and is_symmetric(new.spec):
        key.primary_version = made.id
    key.save(force_insert=True)
    if made:
        version_store(key, made, actor.now)
    KeyTag.objects.bulk_create(KeyTag(key=key, name=name, value=value) for name, value in new.tags)
