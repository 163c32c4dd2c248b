"""What `verify` asks of this room: the facts of every live row, and whether secrets open."""

from collections.abc import Iterator, Mapping

from kms_console.core.sealing import SealBroken
from kms_console.iam.facts import (
    access_key_facts,
    access_key_subject,
    account_facts,
    account_subject,
    policy_facts,
    policy_subject,
    user_facts,
    user_subject,
)
from kms_console.iam.models import AccessKey, Account, Policy, User
from kms_console.iam.sealed import access_key_secret

_CHUNK = 500


def facts() -> Iterator[tuple[str, Mapping[str, object]]]:
    """Subject and current facts of each account, user, access key and policy."""
    for account in Account.objects.iterator(_CHUNK):
        yield account_subject(account.id), account_facts(account)
    for user in User.objects.iterator(_CHUNK):
        yield user_subject(user.id), user_facts(user)
    for access_key in AccessKey.objects.iterator(_CHUNK):
        yield access_key_subject(access_key.id), access_key_facts(access_key)
    for policy in Policy.objects.iterator(_CHUNK):
        yield policy_subject(policy.account_id, policy.name), policy_facts(policy)


def sealed_problems() -> Iterator[str]:
    """One line per access key whose secret does not open where it lies. Raises Sealed."""
    for access_key in AccessKey.objects.select_related("user").iterator(_CHUNK):
        try:
            access_key_secret(access_key)
        except SealBroken:
            yield f"{access_key_subject(access_key.id)}: the sealed secret does not open"
