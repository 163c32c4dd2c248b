"""ScheduleKeyDeletion, CancelKeyDeletion, SetDeletionProtection."""

from typing import Any

from keys.domain.deletion import DEFAULT_WINDOW, PendingWindow
from keys.domain.description import NO_DESCRIPTION, Description
from keys.domain.refs import KeyRef
from keys.services.deletion import deletion_cancel, deletion_protect, deletion_schedule
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, MissingParameter
from kms_console.rpc.registry import Kind, action


@action("ScheduleKeyDeletion", kind=Kind.CHANGE)
def schedule_key_deletion(
    actor: Actor,
    *,
    key_id: KeyRef,
    pending_window_in_days: PendingWindow = PendingWindow(DEFAULT_WINDOW),  # noqa: B008  # a number
) -> dict[str, Any]:
    deletion_schedule(actor=actor, ref=key_id, window=pending_window_in_days)
    return {}


@action("CancelKeyDeletion", kind=Kind.CHANGE)
def cancel_key_deletion(actor: Actor, *, key_id: KeyRef) -> dict[str, Any]:
    deletion_cancel(actor=actor, ref=key_id)
    return {}


@action("SetDeletionProtection", kind=Kind.CHANGE, refuses=("KmsInstanceId",))
def set_deletion_protection(
    actor: Actor,
    *,
    enable_deletion_protection: bool,
    protected_resource_arn: KeyRef | None = None,
    key_id: KeyRef | None = None,
    deletion_protection_description: Description = NO_DESCRIPTION,
) -> dict[str, Any]:
    deletion_protect(
        actor=actor,
        ref=_one_key(protected_resource_arn, key_id),
        enabled=enable_deletion_protection,
        description=deletion_protection_description,
    )
    return {}


def _one_key(by_arn: KeyRef | None, by_id: KeyRef | None) -> KeyRef:
    """The 2021 documents name the key by ARN, the newest ones by id as well."""
    ref = by_arn or by_id
    if ref is None:
        raise MissingParameter(name="ProtectedResourceArn")
    if by_arn and by_id and by_arn.key_id != by_id.key_id:
        raise InvalidParameter(name="KeyId")
    return ref
