"""Policies of groups: attached and detached, effective at once for all users of the group."""

from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.errors import PolicyNotAttachedToGroup, PolicyOfGroupLimitExceeded
from kms_console.iam.facts import group_facts, group_subject
from kms_console.iam.models import GroupPolicyAttachment
from kms_console.iam.selectors import policy_get
from kms_console.iam.services.groups import group_to_change
from kms_console.iam.services.policies import (
    most_policies,
    require_over_policy,
    system_policy_install,
)


def policy_attach_to_group(*, actor: Actor, group_name: str, policy_name: str) -> None:
    """Give a group a policy of the system or of the account. Twice is as good as once.

    Raises GroupNotFound, PolicyNotFound, NoPermission, PolicyOfGroupLimitExceeded.
    """
    system_policy_install(actor, policy_name)
    subject = group_subject(actor.account_id, group_name)
    with audited(actor, "AttachPolicyToGroup", subject) as entry:
        group = group_to_change(actor, "ram:AttachPolicyToGroup", group_name)
        require_over_policy(actor, "ram:AttachPolicyToGroup", policy_name)
        policy = policy_get(actor.account_id, policy_name)
        others = group.attachments.filter(policy__account=policy.account_id).exclude(policy=policy)
        if others.count() >= most_policies(policy):
            raise PolicyOfGroupLimitExceeded(limit=most_policies(policy))
        GroupPolicyAttachment.objects.get_or_create(group=group, policy=policy)
        entry.note(policy=policy_name)
        entry.after(group_facts(group))


def policy_detach_from_group(*, actor: Actor, group_name: str, policy_name: str) -> None:
    """Take a policy from a group.

    Raises GroupNotFound, PolicyNotFound, NoPermission, PolicyNotAttachedToGroup.
    """
    subject = group_subject(actor.account_id, group_name)
    with audited(actor, "DetachPolicyFromGroup", subject) as entry:
        group = group_to_change(actor, "ram:DetachPolicyFromGroup", group_name)
        require_over_policy(actor, "ram:DetachPolicyFromGroup", policy_name)
        policy = policy_get(actor.account_id, policy_name)
        deleted, _ = GroupPolicyAttachment.objects.filter(group=group, policy=policy).delete()
        if not deleted:
            raise PolicyNotAttachedToGroup
        entry.note(policy=policy_name)
        entry.after(group_facts(group))
