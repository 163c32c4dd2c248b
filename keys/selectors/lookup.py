"""Reading keys. An account sees its own keys in the region the request speaks to, and no others."""

import logging
from uuid import UUID

from hsm.domain.module import MaterialPlace
from keys.domain.policies import compile_policy
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState, is_past_deletion, is_past_expiry, state_at
from keys.models import Key
from kms_console.core import arn
from kms_console.core.actor import Actor, ResourcePolicy
from kms_console.core.errors import (
    AliasNotFound,
    KeyNotFound,
    KmsError,
    NoPermission,
    PolicyInvalid,
)
from kms_console.iam.policy import DENIED_TO_ALL

_logger = logging.getLogger(__name__)


def key_get(actor: Actor, ref: KeyRef, *, lock: bool = False, late: bool = False) -> Key:
    """The key that `ref` names, locked until the transaction ends if `lock` is set.

    Raises KeyNotFound for whatever the actor's account does not have in the actor's region, in the
    same words whether it exists elsewhere or not, and AliasNotFound for an alias of no key. A key
    whose date of deletion has come is not there any more, whether the timer was there or not; with
    `late` it is, until it is destroyed. It authorises nothing: see `authorize`.
    """
    # On SQLite the row lock is no SQL at all: IMMEDIATE transactions already exclude each other.
    keys = Key.objects.select_for_update(of=("self",)) if lock else Key.objects.all()
    name = name_within(actor, ref)
    keys = keys.filter(aliases__name=name) if isinstance(name, str) else keys.filter(id=name)
    keys = keys.filter(account_id=actor.account_id, region=actor.region, destroyed_at=None)
    key = keys.first()
    if key is None or (not late and is_past_deletion(key.delete_at, actor.now)):
        raise not_found(ref)
    return key


def name_within(actor: Actor, ref: KeyRef) -> UUID | str:
    """The key id or the alias that `ref` stands for in the actor's account and region; no query.

    Raises KeyNotFound or AliasNotFound for an ARN of another place and for text that names
    nothing.
    """
    name = ref.within(actor.account_id, actor.region)
    if not name:
        raise not_found(ref)
    return name


def not_found(ref: KeyRef) -> KmsError:
    """The refusal of a name that leads to no key: in the words of an alias, or of a key."""
    return (AliasNotFound() if ref.alias else KeyNotFound()).about(ref.raw)


def key_arn(key: Key) -> str:
    """The key's name in policies and answers."""
    return arn.key(key.region, key.account_id, str(key.id))


def key_attributes(key: Key) -> dict[str, str]:
    """What a policy's conditions may ask of a key: `kms:tag/<name>`."""
    return {f"kms:tag/{tag.name}": tag.value for tag in key.tags.all()}


def key_policy(key: Key) -> ResourcePolicy | None:
    """What the key itself says about its use; None for a key that leaves it to its account.

    A stored policy that cannot be understood denies everything to all but the account's owner: a
    denial may be lost in it.
    """
    if not key.policy:
        return None
    try:
        return compile_policy(key.policy, key.account_id)
    except PolicyInvalid:
        _logger.error("The policy of key %s cannot be understood: all is denied.", key.id)  # noqa: TRY400
        return DENIED_TO_ALL


def authorize(actor: Actor, action: str, key: Key) -> None:
    """Raise NoPermission unless the actor may do `action` (`kms:DisableKey`) with `key`.

    The policies of the actor and the key's own are asked together: see `Actor.require`.
    """
    actor.require(action, key_arn(key), key_attributes(key), key_policy(key))


def allows(actor: Actor, action: str, key: Key) -> bool:
    """Tell whether `authorize` lets it pass: for pages that leave out what they may not show."""
    try:
        authorize(actor, action, key)
    except NoPermission:
        return False
    return True


def material_place(key: Key, version_id: UUID) -> MaterialPlace:
    """Where the material of a key's version belongs; `hsm` opens it nowhere else."""
    return MaterialPlace(
        account_id=key.account_id,
        region=key.region,
        key_id=key.id,
        version_id=version_id,
        spec=key.spec,
        origin=key.origin,
    )


def key_describe(*, actor: Actor, ref: KeyRef) -> Key:
    """DescribeKey, in any state. Raises KeyNotFound, AliasNotFound, NoPermission.

    Material that has expired is shown as gone, though its row may still be there: not to be saved.
    """
    key = key_get(actor, ref)
    authorize(actor, "kms:DescribeKey", key)
    if is_past_expiry(key.material_expires_at, actor.now):
        key.state = state_at(KeyState(key.state), key.material_expires_at, actor.now)
        key.material_expires_at = None
    return key
