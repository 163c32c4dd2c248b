"""Access keys: made, switched off and on, deleted. Each change is effective at once."""

from dataclasses import dataclass

from kms_console.audit.trail import audited
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import AccessKeyLimitExceeded
from kms_console.core.sealing import Purpose, sealer
from kms_console.core.secret import Secret
from kms_console.iam.facts import access_key_facts, access_key_subject
from kms_console.iam.models import AccessKey, AccessKeyStatus
from kms_console.iam.names import new_access_key_id, random_text
from kms_console.iam.sealed import access_key_place
from kms_console.iam.selectors import access_key_get, user_get
from kms_console.iam.services.users import require_over_user

LARGEST_COUNT = 2

_SECRET_LENGTH = 30  # characters, as the cloud's


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccessKey:
    """An access key just made, with the secret that is shown this once."""

    access_key_id: str
    secret: Secret
    user_name: str
    account_id: str


def access_key_create(*, actor: Actor, user_name: str) -> NewAccessKey:
    """Make an access key for a user of the actor's account.

    Raises UserNotFound, AccessKeyLimitExceeded, NoPermission.
    """
    secret = Secret(random_text(_SECRET_LENGTH).encode())
    access_key = AccessKey(
        id=new_access_key_id(), status=AccessKeyStatus.ACTIVE, created_at=actor.now
    )
    with audited(
        actor, "CreateAccessKey", access_key_subject(access_key.id), stripes=(generation.GLOBAL,)
    ) as entry:
        # The locked user makes a second caller wait before it counts.
        access_key.user = user_get(actor.account_id, user_name, lock=True)
        require_over_user(actor, "ram:CreateAccessKey", access_key.user)
        if access_key.user.access_keys.count() >= LARGEST_COUNT:
            raise AccessKeyLimitExceeded(limit=LARGEST_COUNT)
        place = access_key_place(access_key.id, actor.account_id)
        access_key.sealed_secret = sealer().seal(Purpose.ACCESS_KEY, secret.reveal(), place)
        access_key.save(force_insert=True)
        entry.after(access_key_facts(access_key))
    return NewAccessKey(
        access_key_id=access_key.id,
        secret=secret,
        user_name=user_name,
        account_id=actor.account_id,
    )


def access_key_set_status(*, actor: Actor, access_key_id: str, status: AccessKeyStatus) -> None:
    """Switch an access key on or off. Raises AccessKeyNotFound, NoPermission."""
    with audited(actor, "UpdateAccessKey", access_key_subject(access_key_id)) as entry:
        access_key = access_key_get(actor.account_id, access_key_id)
        require_over_user(actor, "ram:UpdateAccessKey", access_key.user)
        access_key.status = status
        access_key.save(update_fields=["status"])
        entry.after(access_key_facts(access_key))


def access_key_delete(*, actor: Actor, access_key_id: str) -> None:
    """Delete an access key, its sealed secret with it. Raises AccessKeyNotFound, NoPermission."""
    with audited(
        actor,
        "DeleteAccessKey",
        access_key_subject(access_key_id),
        stripes=(generation.GLOBAL,),
    ) as entry:
        access_key = access_key_get(actor.account_id, access_key_id)
        require_over_user(actor, "ram:DeleteAccessKey", access_key.user)
        access_key.delete()
        entry.after({"status": "Deleted"})
