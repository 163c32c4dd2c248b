"""What the audit trail is told of a row: its subject, and the facts that no seal protects.

`verify` compares each live row's facts with those of its last audit event, so everything here is
plain JSON and changes only through a service.
"""

import hashlib
from collections.abc import Iterable

from kms_console.audit.record import Json
from kms_console.iam.models import AccessKey, Account, Group, Policy, SecondFactor, User

Facts = dict[str, Json]


def account_subject(account_id: str) -> str:
    return f"account/{account_id}"


def user_subject(user_id: str) -> str:
    return f"user/{user_id}"


def access_key_subject(access_key_id: str) -> str:
    return f"access-key/{access_key_id}"


def policy_subject(account_id: str | None, name: str) -> str:
    """The account of a system policy is empty."""
    return f"policy/{account_id or ''}/{name}"


def group_subject(account_id: str, name: str) -> str:
    return f"group/{account_id}/{name}"


def second_factor_subject(user_id: str) -> str:
    return f"second-factor/{user_id}"


def account_facts(account: Account) -> Facts:
    return {
        "name": account.name,
        "training": account.is_training,
        "clock_offset": account.clock_offset,
    }


def user_facts(user: User) -> Facts:
    """Who the user is and what is attached, `system/NAME` or `custom/NAME`."""
    return {
        "login": user.login,
        "account": user.account_id,
        "owner": user.is_owner,
        "operator": user.is_operator,
        "active": user.is_active,
        "console": user.console_access,
        "must_change_password": user.must_change_password,
        "policies": _names(Policy.objects.filter(attachments__user=user)),
    }


def access_key_facts(access_key: AccessKey) -> Facts:
    return {"user": access_key.user_id, "status": access_key.status}


def policy_facts(policy: Policy) -> Facts:
    return {"document_sha256": _digest(policy.document)}


def group_facts(group: Group) -> Facts:
    """What is attached, and who is in it: a digest of the users' ids, as they may be many."""
    members = sorted(group.memberships.values_list("user_id", flat=True))
    return {
        "policies": _names(Policy.objects.filter(group_attachments__group=group)),
        "member_count": len(members),
        "members_sha256": _digest("".join(f"{user_id}\n" for user_id in members)),
    }


def second_factor_facts(factor: SecondFactor) -> Facts:
    """That there is one, and which recovery codes are left."""
    left = sorted(factor.recovery_codes.filter(used_at=None).values_list("digest", flat=True))
    return {
        "recovery_codes_left": len(left),
        "recovery_codes_sha256": _digest("".join(f"{digest}\n" for digest in left)),
    }


def _names(policies: Iterable[Policy]) -> Json:
    return sorted(
        f"{'custom' if policy.account_id else 'system'}/{policy.name}" for policy in policies
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
