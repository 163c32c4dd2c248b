"""GetKeyPolicy and SetKeyPolicy."""

from enum import StrEnum
from typing import Any

from keys.domain.refs import KeyRef
from keys.services.policies import key_policy_get, key_policy_set
from kms_console.core.actor import Actor
from kms_console.rpc.registry import Kind, action


class PolicyName(StrEnum):
    """A key has one policy, and this is its name."""

    DEFAULT = "default"


@action("GetKeyPolicy", kind=Kind.READ)
def get_key_policy(
    actor: Actor, *, key_id: KeyRef, policy_name: PolicyName = PolicyName.DEFAULT
) -> dict[str, Any]:
    return {"Policy": key_policy_get(actor=actor, ref=key_id)}


@action("SetKeyPolicy", kind=Kind.CHANGE)
def set_key_policy(
    actor: Actor, *, key_id: KeyRef, policy: str, policy_name: PolicyName = PolicyName.DEFAULT
) -> dict[str, Any]:
    key_policy_set(actor=actor, ref=key_id, document=policy)
    return {}
