"""Reading users, groups and policies as the reader may, with the actions that RAM has for it.

Lists of users and policies are leafed through by name: a page costs the same wherever it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import NoPermission, PolicyNotFound
from kms_console.iam import system_policies
from kms_console.iam.models import AccessKey, Group, Policy, User
from kms_console.iam.names import group_arn, policy_arn
from kms_console.iam.selectors import group_get, policy_get, policy_list, user_get

PAGE = 50
MOST_SHOWN = 200
"""Of what hangs on one user, group or policy."""

_ALL = "*"
_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True, slots=True)
class Slice(Generic[_M]):
    """A page of a list in the order of names; `after` begins the next one, empty at the end."""

    rows: Sequence[_M]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """A policy of the account, or one of the system's, which may have no row yet."""

    name: str
    document: str
    is_system: bool
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A policy that a user has: its own, or that of a group (`via`)."""

    policy: PolicyText
    via: str = ""


def may(actor: Actor, action: str, resource: str) -> bool:
    """Tell whether the actor may, for pages that show what can be done."""
    try:
        actor.require(action, resource)
    except NoPermission:
        return False
    return True


def user_browse(*, actor: Actor, text: str = "", after: str = "") -> Slice[User]:
    """Users whose names begin with `text`. Raises NoPermission."""
    actor.require("ram:ListUsers", arn.user(actor.account_id, _ALL))
    users = User.objects.filter(account=actor.account_id, name__startswith=text)
    return _slice(users, after)


def user_describe(*, actor: Actor, name: str) -> User:
    """Raises UserNotFound, NoPermission."""
    user = user_get(actor.account_id, name)
    actor.require("ram:GetUser", arn.user(actor.account_id, user.name))
    return user


def policies_of_user(*, actor: Actor, user: User) -> list[Held]:
    """All that the user has, its own first. Raises NoPermission."""
    actor.require("ram:ListPoliciesForUser", arn.user(actor.account_id, user.name))
    return list(_held(user))


def access_keys_of(*, actor: Actor, user: User) -> QuerySet[AccessKey]:
    """Oldest first. Raises NoPermission."""
    actor.require("ram:ListAccessKeys", arn.user(actor.account_id, user.name))
    return user.access_keys.order_by("created_at", "id")


def groups_of_user(*, actor: Actor, user: User) -> list[str]:
    """Names. Raises NoPermission."""
    actor.require("ram:ListGroupsForUser", arn.user(actor.account_id, user.name))
    names = Group.objects.filter(memberships__user=user).values_list("name", flat=True)
    return list(names.order_by("name")[:MOST_SHOWN])


def group_browse(*, actor: Actor) -> list[Group]:
    """All groups, at most 300, by name. Raises NoPermission."""
    actor.require("ram:ListGroups", group_arn(actor.account_id, _ALL))
    return list(Group.objects.filter(account=actor.account_id).order_by("name"))


def group_describe(*, actor: Actor, name: str) -> Group:
    """Raises GroupNotFound, NoPermission."""
    group = group_get(actor.account_id, name)
    actor.require("ram:GetGroup", group_arn(actor.account_id, group.name))
    return group


def users_of_group(*, actor: Actor, group: Group, after: str = "") -> Slice[User]:
    """A page of its users. Raises NoPermission."""
    actor.require("ram:ListUsersForGroup", group_arn(actor.account_id, group.name))
    return _slice(User.objects.filter(memberships__group=group), after)


def policies_of_group(*, actor: Actor, group: Group) -> list[PolicyText]:
    """Raises NoPermission."""
    actor.require("ram:ListPoliciesForGroup", group_arn(actor.account_id, group.name))
    held = Policy.objects.filter(group_attachments__group=group).order_by("name")
    return [text_of(policy) for policy in held]


def policy_browse(*, actor: Actor, text: str = "", after: str = "") -> Slice[Policy]:
    """Policies of the account whose names begin with `text`. Raises NoPermission."""
    actor.require("ram:ListPolicies", policy_arn(actor.account_id, _ALL))
    return _slice(policy_list(actor.account_id).filter(name__startswith=text), after)


def policy_describe(*, actor: Actor, name: str) -> PolicyText:
    """A policy of the account or of the system. Raises PolicyNotFound, NoPermission."""
    is_system = name in system_policies.DOCUMENTS
    if is_system:
        found = PolicyText(name=name, document=system_policies.DOCUMENTS[name], is_system=True)
    else:
        found = text_of(policy_get(actor.account_id, name))
    actor.require("ram:GetPolicy", policy_arn("" if is_system else actor.account_id, name))
    return found


def holders_of(*, actor: Actor, name: str) -> tuple[list[str], list[str]]:
    """Names of the account's users and groups that have the policy. Raises NoPermission."""
    is_system = name in system_policies.DOCUMENTS
    owner = "" if is_system else actor.account_id
    actor.require("ram:ListEntitiesForPolicy", policy_arn(owner, name))
    try:
        policy = policy_get(actor.account_id, name)
    except PolicyNotFound:
        return [], []
    users = User.objects.filter(account=actor.account_id, attachments__policy=policy)
    groups = Group.objects.filter(account=actor.account_id, attachments__policy=policy)
    return _names(users), _names(groups)


def text_of(policy: Policy) -> PolicyText:
    """The policy as pages show it."""
    return PolicyText(
        name=policy.name,
        document=policy.document,
        is_system=policy.account_id is None,
        created_at=policy.created_at,
    )


def _held(user: User) -> Iterator[Held]:
    for policy in Policy.objects.filter(attachments__user=user).order_by("name"):
        yield Held(text_of(policy))
    memberships = user.memberships.select_related("group").order_by("group__name")
    for membership in memberships:
        group = membership.group
        for policy in Policy.objects.filter(group_attachments__group=group).order_by("name"):
            yield Held(text_of(policy), group.name)


def _slice(rows: QuerySet[_M], after: str) -> Slice[_M]:
    """One row more than a page tells whether there is another page."""
    found = list(rows.filter(name__gt=after).order_by("name")[: PAGE + 1])
    is_more = len(found) > PAGE
    return Slice(found[:PAGE], getattr(found[PAGE - 1], "name", "") if is_more else "")


def _names(rows: QuerySet[User] | QuerySet[Group]) -> list[str]:
    return list(rows.order_by("name").values_list("name", flat=True)[:MOST_SHOWN])
