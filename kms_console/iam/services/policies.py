"""Policies: written, replaced, attached to RAM users and detached again."""

from collections.abc import Iterable
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.db.models import Q

from kms_console.audit.trail import audited
from kms_console.core import generation
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    InvalidParameter,
    PolicyAlreadyExists,
    PolicyInUse,
    PolicyNotAttached,
    PolicyOfUserLimitExceeded,
)
from kms_console.iam import policy as policies
from kms_console.iam import system_policies
from kms_console.iam.facts import (
    policy_facts,
    policy_subject,
    user_facts,
    user_subject,
)
from kms_console.iam.models import Account, Policy, PolicyAttachment, User
from kms_console.iam.names import checked_policy_name, policy_arn
from kms_console.iam.selectors import policy_get, user_get
from kms_console.iam.services.users import require_over_user

MOST_SYSTEM_POLICIES = 20
MOST_CUSTOM_POLICIES = 10
"""Of one user or group: the cloud's own limits (RAM, "Limits")."""


def policy_create(*, actor: Actor, name: str, document: str) -> Policy:
    """Write a policy of the actor's account.

    Raises PolicyInvalid, InvalidParameter, PolicyAlreadyExists (also for the system's names),
    NoPermission.
    """
    checked_policy_name(name)
    with audited(actor, "CreatePolicy", policy_subject(actor.account_id, name)) as entry:
        actor.require("ram:CreatePolicy", policy_arn(actor.account_id, name))
        policies.parse(document)
        policy = _insert(actor, name, document)
        entry.after(policy_facts(policy))
    return policy


def policy_update(*, actor: Actor, name: str, document: str) -> Policy:
    """Replace the document of a policy of the actor's account; effective at once.

    Raises PolicyInvalid, PolicyNotFound, InvalidParameter for the system's names, NoPermission.
    """
    if name in system_policies.DOCUMENTS:
        raise InvalidParameter(name="PolicyName")
    subject = policy_subject(actor.account_id, name)
    with audited(actor, "CreatePolicyVersion", subject) as entry:
        actor.require("ram:CreatePolicyVersion", policy_arn(actor.account_id, name))
        policies.parse(document)
        policy = policy_get(actor.account_id, name, lock=True)
        policy.document = document
        policy.save(update_fields=["document"])
        entry.after(policy_facts(policy))
    return policy


def policy_delete(*, actor: Actor, name: str) -> None:
    """Delete a policy of the actor's account that nobody has.

    Raises PolicyNotFound, PolicyInUse, InvalidParameter for the system's names, NoPermission.
    """
    if name in system_policies.DOCUMENTS:
        raise InvalidParameter(name="PolicyName")
    with audited(actor, "DeletePolicy", policy_subject(actor.account_id, name)) as entry:
        actor.require("ram:DeletePolicy", policy_arn(actor.account_id, name))
        policy = policy_get(actor.account_id, name, lock=True)
        if policy.attachments.exists() or policy.group_attachments.exists():
            raise PolicyInUse
        policy.delete()
        entry.after({"status": "Deleted"})


def policy_attach(*, actor: Actor, user_name: str, policy_name: str) -> None:
    """Give a RAM user a policy of the system or of the account. Twice is as good as once.

    Raises UserNotFound, PolicyNotFound, InvalidParameter for an owner, who needs no policy,
    PolicyOfUserLimitExceeded, NoPermission.
    """
    system_policy_install(actor, policy_name)
    with audited(actor, "AttachPolicyToUser", user_name) as entry:
        user = _user_to_change(actor, "ram:AttachPolicyToUser", user_name, policy_name)
        entry.about(user_subject(user.id))
        if user.is_owner:
            raise InvalidParameter(name="UserName")
        policy = policy_get(actor.account_id, policy_name)
        others = user.attachments.filter(policy__account=policy.account_id).exclude(policy=policy)
        if others.count() >= most_policies(policy):
            raise PolicyOfUserLimitExceeded(limit=most_policies(policy))
        PolicyAttachment.objects.get_or_create(user=user, policy=policy)
        entry.note(policy=policy_name)
        entry.after(user_facts(user))


def policy_detach(*, actor: Actor, user_name: str, policy_name: str) -> None:
    """Take a policy from a RAM user.

    Raises UserNotFound, PolicyNotFound, PolicyNotAttached, NoPermission.
    """
    with audited(actor, "DetachPolicyFromUser", user_name) as entry:
        user = _user_to_change(actor, "ram:DetachPolicyFromUser", user_name, policy_name)
        entry.about(user_subject(user.id))
        policy = policy_get(actor.account_id, policy_name)
        deleted, _ = PolicyAttachment.objects.filter(user=user, policy=policy).delete()
        if not deleted:
            raise PolicyNotAttached()
        entry.note(policy=policy_name)
        entry.after(user_facts(user))


def system_policies_install(
    *, actor: Actor, names: Iterable[str] = system_policies.DOCUMENTS
) -> None:
    """Write the system's policies where they are missing or from an older release."""
    for name in names:
        document = system_policies.DOCUMENTS[name]
        found = Policy.objects.filter(account=None, name=name).first()
        if found is None or found.document != document:
            _install(replace(actor, account_id=""), name, document)


def system_policy_install(actor: Actor, name: str) -> None:
    """Write the system's policy of that name where it is missing; of no effect on other names."""
    if name in system_policies.DOCUMENTS:
        system_policies_install(actor=actor, names=[name])


def require_over_policy(actor: Actor, action: str, name: str) -> None:
    """Raise NoPermission unless the actor may do `action` with the policy of that name."""
    owner = "" if name in system_policies.DOCUMENTS else actor.account_id
    actor.require(action, policy_arn(owner, name))


def most_policies(policy: Policy) -> int:
    """How many policies of the kind of this one a user or a group may have."""
    return MOST_CUSTOM_POLICIES if policy.account_id else MOST_SYSTEM_POLICIES


def _install(actor: Actor, name: str, document: str) -> None:
    policies = Policy.objects.filter(account=None, name=name)
    to_users = Q(users__attachments__policy__in=policies)
    to_groups = Q(groups__attachments__policy__in=policies)
    holders = Account.objects.filter(to_users | to_groups).distinct()
    stripes = {generation.stripe_of(account.id) for account in holders}
    with audited(actor, "InstallPolicy", policy_subject(None, name), stripes=(*stripes,)) as entry:
        policy, _ = Policy.objects.update_or_create(
            account=None,
            name=name,
            defaults={"document": document},
            create_defaults={"document": document, "created_at": actor.now},
        )
        entry.after(policy_facts(policy))


def _insert(actor: Actor, name: str, document: str) -> Policy:
    if name in system_policies.DOCUMENTS:
        raise PolicyAlreadyExists()
    policy = Policy(account_id=actor.account_id, name=name, document=document, created_at=actor.now)
    try:
        with transaction.atomic():
            policy.save(force_insert=True)
    except IntegrityError:
        raise PolicyAlreadyExists() from None
    return policy


def _user_to_change(actor: Actor, action: str, user_name: str, policy_name: str) -> User:
    """The locked user, once the actor may do `action` to the user and with the policy."""
    user = user_get(actor.account_id, user_name, lock=True)
    require_over_user(actor, action, user)
    require_over_policy(actor, action, policy_name)
    return user
