"""What `verify` asks of this room: the facts of every live row, and whether secrets open."""

from collections.abc import Callable, Iterator, Mapping

from kms_console.core.sealing import SealBroken
from kms_console.iam.facts import (
    access_key_facts,
    access_key_subject,
    account_facts,
    account_subject,
    group_facts,
    group_subject,
    policy_facts,
    policy_subject,
    second_factor_facts,
    second_factor_subject,
    user_facts,
    user_subject,
)
from kms_console.iam.models import AccessKey, Account, Group, Policy, SecondFactor, User
from kms_console.iam.sealed import access_key_secret, second_factor_secret

_CHUNK = 500


def facts() -> Iterator[tuple[str, Mapping[str, object]]]:
    """Subject and current facts of each account, user, access key, policy, group and factor."""
    for account in Account.objects.iterator(_CHUNK):
        yield account_subject(account.id), account_facts(account)
    for user in User.objects.iterator(_CHUNK):
        yield user_subject(user.id), user_facts(user)
    for access_key in AccessKey.objects.iterator(_CHUNK):
        yield access_key_subject(access_key.id), access_key_facts(access_key)
    for policy in Policy.objects.iterator(_CHUNK):
        yield policy_subject(policy.account_id, policy.name), policy_facts(policy)
    for group in Group.objects.iterator(_CHUNK):
        yield group_subject(group.account_id, group.name), group_facts(group)
    for factor in SecondFactor.objects.iterator(_CHUNK):
        yield second_factor_subject(factor.user_id), second_factor_facts(factor)


def facts_of(subject: str) -> Mapping[str, object] | None:
    """The same of one subject as it is now; None when there is no such row."""
    kind, _, name = subject.partition("/")
    reader = _READERS.get(kind)
    return reader(name) if reader else None


def _account_facts(account_id: str) -> Mapping[str, object] | None:
    account = Account.objects.filter(pk=account_id).first()
    return account_facts(account) if account else None


def _user_facts(user_id: str) -> Mapping[str, object] | None:
    user = User.objects.filter(pk=user_id).first()
    return user_facts(user) if user else None


def _access_key_facts(access_key_id: str) -> Mapping[str, object] | None:
    access_key = AccessKey.objects.filter(pk=access_key_id).first()
    return access_key_facts(access_key) if access_key else None


def _policy_facts(path: str) -> Mapping[str, object] | None:
    account_id, _, name = path.partition("/")
    policy = Policy.objects.filter(account=account_id or None, name=name).first()
    return policy_facts(policy) if policy else None


def _group_facts(path: str) -> Mapping[str, object] | None:
    account_id, _, name = path.partition("/")
    group = Group.objects.filter(account=account_id, name=name).first()
    return group_facts(group) if group else None


def _second_factor_facts(user_id: str) -> Mapping[str, object] | None:
    factor = SecondFactor.objects.filter(pk=user_id).first()
    return second_factor_facts(factor) if factor else None


_READERS: Mapping[str, Callable[[str], Mapping[str, object] | None]] = {
    "account": _account_facts,
    "user": _user_facts,
    "access-key": _access_key_facts,
    "policy": _policy_facts,
    "group": _group_facts,
    "second-factor": _second_factor_facts,
}


def sealed_problems() -> Iterator[str]:
    """One line per secret of a key or a factor that does not open where it lies. Raises Sealed."""
    for access_key in AccessKey.objects.select_related("user").iterator(_CHUNK):
        try:
            access_key_secret(access_key)
        except SealBroken:
            yield f"{access_key_subject(access_key.id)}: the sealed secret does not open"
    for factor in SecondFactor.objects.select_related("user").iterator(_CHUNK):
        try:
            second_factor_secret(factor)
        except SealBroken:
            yield f"{second_factor_subject(factor.user_id)}: the sealed secret does not open"
