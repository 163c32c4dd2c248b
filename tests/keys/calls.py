"""Doing what the Aliyun door does with an authenticated request: bind, then run."""

from collections.abc import Callable
from typing import Any

from keys.domain.states import KeyState
from keys.models import Key
from kms_console.core import generation
from kms_console.core.actor import Actor, Decision, Facts
from kms_console.rpc.registry import ACTIONS, KMS_VERSION

REGION = "cn-hangzhou"


class Only:
    """The authority of a caller who may do one action on one resource, whatever the conditions."""

    def __init__(self, action: str, resource: str) -> None:
        self._grant = (action, resource)

    def decide(self, action: str, resource: str, facts: Facts) -> Decision:
        return Decision.ALLOW if (action, resource) == self._grant else Decision.SILENT


def call(actor: Actor, action_name: str, **params: str) -> dict[str, Any]:
    """Run an operation with its wire parameters. Raises the refusal."""
    action = ACTIONS.find(KMS_VERSION, action_name)
    return dict(action.prepare(actor, params)())


def put(key: Key, **columns: object) -> None:
    """Change a key's row as a committed change elsewhere would, stamp included."""
    Key.objects.filter(id=key.id).update(**columns)
    generation.current().bump(generation.stripe_of(key.account_id))


def put_state(key: Key, state: KeyState) -> None:
    put(key, state=state)


NewActor = Callable[..., Actor]
