"""The page of one key: 密钥管理页面, or 密钥详情. What it shows follows what the reader may ask."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from keys.console.actions import managed_reason
from keys.console.material import material_area
from keys.console.rows import KeyRow, row
from keys.console.verifying import recipes
from keys.console.versions import VersionTable, version_table
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.domain.tags import MOST
from keys.models import Key
from keys.selectors import allows, key_describe
from keys.selectors.pending import refused_while_pending
from kms_console.audit.events import LOOK_UP
from kms_console.audit.models import AuditEvent
from kms_console.console.reading import page
from kms_console.core import arn
from kms_console.core.actor import Actor

SHOWN_EVENTS = 8
READS = (
    "DescribeKey",
    "DescribeKeyVersion",
    "GetKeyPolicy",
    "ListAliasesByKeyId",
    "ListKeyVersions",
    "ListResourceTags",
)
"""What pages about a key do themselves: it says nothing about the key."""


@page("DescribeKey")
def key_page(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """What the key is, its material, versions and rotation, aliases, tags, and what happened."""
    key = key_describe(actor=actor, ref=KeyRef.of(key_id))
    shown = row(key, actor.now)
    versions = version_table(actor, shown)
    is_pending = shown.state is KeyState.PENDING_DELETION
    context = {
        "nav": "keys",
        "row": shown,
        "versions": versions,
        "recipes": _recipes(shown, versions),
        "material": material_area(key, shown.state, actor.now),
        "refused": refused_while_pending(key) if is_pending else None,
        "managed": managed_reason(key),
        "is_fixed": bool(managed_reason(key)) or is_pending,
        "events": _events(actor, key),
        **_permitted(actor, key),
    }
    return render(request, "keys/detail.html", context)


def _permitted(actor: Actor, key: Key) -> Mapping[str, Any]:
    """What has an action of its own; None where the reader may not ask it."""
    may_list = allows(actor, "kms:ListAliasesByKeyId", key)
    may_read_tags = allows(actor, "kms:ListResourceTags", key)
    return {
        "may_list_aliases": may_list,
        "tags": list(key.tags.order_by("name")) if may_read_tags else None,
        "most_tags": MOST,
        "has_policy": bool(key.policy) if allows(actor, "kms:GetKeyPolicy", key) else None,
    }


def _recipes(shown: KeyRow, versions: VersionTable | None) -> Any:
    """For the newest version of a key pair."""
    if shown.is_symmetric or not versions or not versions.rows:
        return None
    return recipes(shown.key, versions.rows[0].version)


def _events(actor: Actor, key: Key) -> list[AuditEvent] | None:
    """The newest events about the key, without those that only look at it.

    None for a reader who may not read the trail: who did what is not a part of the key.
    """
    if not actor.may(LOOK_UP, arn.trail(actor.region, actor.account_id)):
        return None
    events = AuditEvent.objects.filter(subject=str(key.id), account_id=key.account_id)
    return list(events.exclude(action__in=READS).order_by("-id")[:SHOWN_EVENTS])
