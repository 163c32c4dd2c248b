"""Aliases, and who may do what, in few words."""

import json
from dataclasses import replace

from aliases.domain.names import AliasName
from aliases.models import Alias
from aliases.services.lifecycle import alias_create
from keys.domain.refs import KeyRef
from keys.models import Key
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.iam import policy

NAME = AliasName.parse("alias/example")
SERVICE_NAME = AliasName.parse("alias/acs/oss")


def alias_of(actor: Actor, key: Key, name: str = NAME) -> Alias:
    """Give the key an alias."""
    return alias_create(actor=actor, name=AliasName.parse(name), ref=KeyRef.of(key.id))


def allowed(actor: Actor, action: str, *resources: str) -> Actor:
    """The actor as a RAM user who may do one action on some resources, by a real policy."""
    document = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": list(resources)}],
    }
    return ruled(actor, document)


def ruled(actor: Actor, document: object) -> Actor:
    """The actor as a RAM user with one policy."""
    authority = policy.CompiledPolicy([policy.parse(json.dumps(document))])
    return replace(actor, authority=authority)


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("id")
