"""Reading accounts and what is in them. One account never sees another's rows."""

from django.db.models import QuerySet

from kms_console.core.errors import (
    AccessKeyNotFound,
    AccountNotFound,
    GroupNotFound,
    PolicyNotFound,
    UserNotFound,
)
from kms_console.iam import system_policies
from kms_console.iam.models import AccessKey, Account, Group, Policy, User


def account_get(account_id: str) -> Account:
    """Raises AccountNotFound."""
    account = Account.objects.filter(pk=account_id).first() if _may_be_stored(account_id) else None
    if account is None:
        raise AccountNotFound()
    return account


def account_list() -> QuerySet[Account]:
    return Account.objects.order_by("created_at", "id")


def user_get(account_id: str, name: str, *, lock: bool = False) -> User:
    """The account's user of that name, its owner included. Raises UserNotFound.

    `lock`: nobody else changes the user or its access keys before the transaction ends.
    """
    users = User.objects.select_for_update() if lock else User.objects.all()
    user = users.filter(account=account_id, name=name).first() if _may_be_stored(name) else None
    if user is None:
        raise UserNotFound()
    return user


def user_list(account_id: str) -> QuerySet[User]:
    return User.objects.filter(account=account_id).order_by("created_at", "id")


def group_get(account_id: str, name: str, *, lock: bool = False) -> Group:
    """The account's group of that name. Raises GroupNotFound."""
    groups = Group.objects.select_for_update() if lock else Group.objects.all()
    group = groups.filter(account=account_id, name=name).first() if _may_be_stored(name) else None
    if group is None:
        raise GroupNotFound()
    return group


def group_list(account_id: str) -> QuerySet[Group]:
    """The account's groups by name, their users and policies at hand."""
    groups = Group.objects.filter(account=account_id).order_by("name")
    return groups.prefetch_related("memberships__user", "attachments__policy")


def access_key_get(account_id: str, access_key_id: str) -> AccessKey:
    """The access key with its user, locked for a change. Raises AccessKeyNotFound."""
    keys = access_key_list(account_id).select_for_update(of=("self",))
    key = keys.filter(pk=access_key_id).first() if _may_be_stored(access_key_id) else None
    if key is None:
        raise AccessKeyNotFound()
    return key


def access_key_list(account_id: str) -> QuerySet[AccessKey]:
    keys = AccessKey.objects.select_related("user").filter(user__account=account_id)
    return keys.order_by("created_at", "id")


def policy_get(account_id: str, name: str, *, lock: bool = False) -> Policy:
    """The system policy or the account's own policy of that name. Raises PolicyNotFound."""
    policies = Policy.objects.select_for_update() if lock else Policy.objects.all()
    owner = None if name in system_policies.DOCUMENTS else account_id
    policy = policies.filter(account=owner, name=name).first() if _may_be_stored(name) else None
    if policy is None:
        raise PolicyNotFound()
    return policy


def policy_exists(account_id: str, name: str) -> bool:
    """Tell whether the account has a policy of its own of that name."""
    return _may_be_stored(name) and policy_list(account_id).filter(name=name).exists()


def policy_list(account_id: str) -> QuerySet[Policy]:
    """The account's own policies; those of the system are in `system_policies`."""
    return Policy.objects.filter(account=account_id).order_by("name")


def _may_be_stored(text: str) -> bool:
    """PostgreSQL refuses a NUL in a question; no name or id has any control character."""
    return text.isprintable()
