"""Commands that create a key and move it between states."""

import uuid
from dataclasses import dataclass

from hsm import vault
from keys.domain.description import NO_DESCRIPTION, Description
from keys.domain.refs import KeyRef
from keys.domain.specs import (
    ALGORITHMS,
    SERVED_ORIGINS,
    KeySpec,
    KeyUsage,
    Origin,
    ProtectionLevel,
    default_usage,
)
from keys.domain.states import Event, KeyState, transition
from keys.domain.tags import NO_TAGS, Tags
from keys.models import Key, KeyTag, KeyVersion, Listed
from keys.selectors import authorize, key_facts, key_get, material_place
from keys.services.listing import place_take
from kms_console.audit.trail import audited
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, UnsupportedOrigin, UnsupportedProtectionLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What the creator of a key decides. Without a `usage` the spec's default is taken."""

    spec: KeySpec = KeySpec.ALIYUN_AES_256
    usage: KeyUsage | None = None
    origin: Origin = Origin.ALIYUN_KMS
    protection_level: ProtectionLevel = ProtectionLevel.SOFTWARE
    description: Description = NO_DESCRIPTION
    tags: Tags = NO_TAGS


def key_create(*, actor: Actor, new: NewKey) -> Key:
    """Create an enabled key with its first version.

    Raises NoPermission; InvalidParameter for a spec that is not served or a usage that does not
    fit it; UnsupportedOrigin; UnsupportedProtectionLevel; Sealed.
    """
    container = arn.key_container(actor.region, actor.account_id)
    with audited(actor, "CreateKey", container) as entry:
        actor.require("kms:CreateKey", container)
        _check_served(actor, new)
        key = _insert(actor, new)
        entry.about(str(key.id))
        entry.note(version_id=str(key.primary_version))
        entry.after(key_facts(key))
    return key


def key_enable(*, actor: Actor, ref: KeyRef) -> Key:
    """EnableKey; of no effect on an enabled key. Raises as `key_disable` does."""
    return _move(actor, "EnableKey", ref, Event.ENABLE)


def key_disable(*, actor: Actor, ref: KeyRef) -> Key:
    """DisableKey; of no effect on a disabled key.

    Raises UnsupportedAlias, KeyNotFound, NoPermission, StateModifiedFailed.
    """
    return _move(actor, "DisableKey", ref, Event.DISABLE)


def _move(actor: Actor, action: str, ref: KeyRef, event: Event) -> Key:
    with audited(actor, action, ref.raw) as entry:
        key = key_get(actor, ref.without_alias(), lock=True)
        entry.about(str(key.id))
        authorize(actor, f"kms:{action}", key)
        key.state = transition(KeyState(key.state), event)
        key.save(update_fields=["state"])
        entry.after(key_facts(key))
    return key


def _check_served(actor: Actor, new: NewKey) -> None:
    levels = [
        level
        for level in ProtectionLevel
        if vault.supports(spec=new.spec, protection=level, region=actor.region)
    ]
    if not levels:
        raise InvalidParameter(name="KeySpec")
    if new.usage is not None and new.usage not in ALGORITHMS[new.spec]:
        raise InvalidParameter(name="KeyUsage")
    if new.origin not in SERVED_ORIGINS:
        raise UnsupportedOrigin
    if new.protection_level not in levels:
        raise UnsupportedProtectionLevel


def _insert(actor: Actor, new: NewKey) -> Key:
    key_id, version_id = uuid.uuid4(), uuid.uuid4()
    key = Key.objects.create(
        id=key_id,
        account_id=actor.account_id,
        region=actor.region,
        spec=new.spec,
        usage=new.usage or default_usage(new.spec),
        origin=new.origin,
        protection_level=new.protection_level,
        state=KeyState.ENABLED,
        description=new.description,
        creator=actor.account_id,
        created_at=actor.now,
        last_rotation_at=actor.now,
        primary_version=version_id,
        serial=place_take(actor, Listed.KEYS),
    )
    material_id = vault.material_create(
        place=material_place(key, version_id), protection=new.protection_level
    )
    KeyVersion.objects.create(
        id=version_id, key=key, number=1, material_id=material_id, created_at=actor.now
    )
    KeyTag.objects.bulk_create(KeyTag(key=key, name=name, value=value) for name, value in new.tags)
    return key
