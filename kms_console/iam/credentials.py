"""What an access key stands for: its secret, its user, and what the user may do.

Read on every request, so it costs a dictionary and a stamp while nothing has changed.
"""

import logging
import re
from dataclasses import dataclass
from datetime import timedelta

from kms_console.core import generation
from kms_console.core.actor import UNRESTRICTED, Authority
from kms_console.core.errors import InternalFailure, PolicyInvalid
from kms_console.core.sealing import SealBroken
from kms_console.core.secret import Secret
from kms_console.core.snapshots import SnapshotCache
from kms_console.iam.models import AccessKey, AccessKeyStatus, Policy, User
from kms_console.iam.policy import DENY_ALL, CompiledPolicy, parse
from kms_console.iam.sealed import access_key_secret

_LARGEST_CACHE = 10_000
_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_UNKNOWN = ""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A usable snapshot of one access key. `active`: neither the key nor its user is locked.

    `clock_offset` is added to the real time to get the account's. `stripe` is the account's.
    """

    access_key_id: str
    secret: Secret
    active: bool
    account_id: str
    stripe: int
    user_id: str
    user_name: str
    authority: Authority
    clock_offset: timedelta


_credentials: SnapshotCache[str, Credential | None] = SnapshotCache(_LARGEST_CACHE)
# Which account an id belongs to, or none: of its own, so that made-up ids push no credential out.
_accounts: SnapshotCache[str, str] = SnapshotCache(_LARGEST_CACHE)


def credential_find(access_key_id: str) -> Credential | None:
    """The credential, None for an id that no access key has.

    Raises Cold on the event loop unless it is known already, Sealed, and InternalFailure when
    the stored secret does not open.
    """
    return _credentials.get(access_key_id) or _find_cold(access_key_id)


def _find_cold(access_key_id: str) -> Credential | None:
    if not _ID.fullmatch(access_key_id):
        return None
    account_id = _accounts.get(access_key_id)
    if account_id is None:
        account_id = _accounts.load(
            access_key_id, generation.GLOBAL, lambda: _account_of(access_key_id)
        )
    if account_id == _UNKNOWN:
        return None
    stripe = generation.stripe_of(account_id)
    return _credentials.load(access_key_id, stripe, lambda: _load(access_key_id, stripe))


def _account_of(access_key_id: str) -> str:
    rows = AccessKey.objects.filter(pk=access_key_id).values_list("user__account_id", flat=True)
    return rows.first() or _UNKNOWN


def _load(access_key_id: str, stripe: int) -> Credential | None:
    """The credential from the database; None if it was deleted just now."""
    rows = AccessKey.objects.select_related("user__account").filter(pk=access_key_id)
    access_key = rows.first()
    if access_key is None or access_key.user.account is None:
        return None
    user, account = access_key.user, access_key.user.account
    return Credential(
        access_key_id=access_key.id,
        secret=_secret(access_key),
        active=user.is_active and access_key.status == AccessKeyStatus.ACTIVE,
        account_id=account.id,
        stripe=stripe,
        user_id=user.id,
        user_name=user.name,
        authority=authority_of(user),
        clock_offset=timedelta(seconds=account.clock_offset),
    )


def _secret(access_key: AccessKey) -> Secret:
    try:
        return access_key_secret(access_key)
    except SealBroken:
        _logger.error("The sealed secret of access key %s does not open.", access_key.id)  # noqa: TRY400  # the cause is the record, not the code
        raise InternalFailure() from None


def authority_of(user: User) -> Authority:
    """What the user may do: all for an owner, for a RAM user what its policies allow together.

    Its policies are those attached to it and those attached to its groups.

    One stored policy that cannot be understood denies everything: a denial may be lost in it.
    """
    if user.is_owner:
        return UNRESTRICTED
    policies = Policy.objects.values_list("document", flat=True)
    own = policies.filter(attachments__user=user)
    of_groups = policies.filter(group_attachments__group__memberships__user=user)
    try:
        return CompiledPolicy([parse(text) for text in own.union(of_groups)])
    except PolicyInvalid:
        _logger.error("A policy of user %s cannot be understood: all is denied.", user.id)  # noqa: TRY400
        return DENY_ALL
