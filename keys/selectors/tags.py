"""Tags of one key, and of many in pages."""

import base64
import binascii
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db.models import Q, QuerySet

from keys.domain.refs import KeyRef
from keys.domain.tags import NO_TAGS, Tags
from keys.models import Key, KeyTag
from keys.selectors.lookup import authorize, key_get
from kms_console.core import arn
from kms_console.core.actor import Actor

PAGE_SIZE = 200
_LONGEST_TOKEN = 512


@dataclass(frozen=True, slots=True)
class TagPosition:
    """Where the next page of tags begins: after this tag of the key with this serial."""

    serial: int
    name: str

    @classmethod
    def parse(cls, token: str) -> Self:
        """Read a `NextToken`. Raises ValueError for what this server cannot have made."""
        if len(token) > _LONGEST_TOKEN:
            raise ValueError("too long")
        try:
            text = base64.urlsafe_b64decode(token.encode("ascii")).decode("ascii")
        except (binascii.Error, UnicodeError):
            raise ValueError("not a token") from None
        serial, dot, name = text.partition(".")
        if not dot or not serial.isdecimal() or len(serial) > 18 or not name.isprintable():
            raise ValueError("not a token")
        return cls(int(serial), name)

    def to_wire(self) -> str:
        return base64.urlsafe_b64encode(f"{self.serial}.{self.name}".encode()).decode()


@dataclass(frozen=True, slots=True)
class TagPage:
    """Tags with the ids of their keys, and where the next page begins; None at the end."""

    tags: list[tuple[UUID, str, str]]
    following: TagPosition | None


def tags_of(*, actor: Actor, ref: KeyRef) -> Key:
    """ListResourceTags: the key, whose `tags` may be read. Raises KeyNotFound, NoPermission."""
    key = key_get(actor, ref.without_alias())
    authorize(actor, "kms:ListResourceTags", key)
    return key


def tag_list(
    *, actor: Actor, refs: tuple[KeyRef, ...], wanted: Tags = NO_TAGS, after: TagPosition | None
) -> TagPage:
    """ListTagResources: up to 200 tags, those of the oldest keys first.

    `refs` narrows to some keys, `wanted` to keys that have all of these tags; an empty value fits
    every value. Raises KeyNotFound, NoPermission.
    """
    keys = Key.objects.filter(account_id=actor.account_id, region=actor.region, destroyed_at=None)
    if refs:
        keys = keys.filter(id__in=[_readable(actor, ref).id for ref in refs])
    else:
        actor.require("kms:ListTagResources", arn.key_container(actor.region, actor.account_id))
    for name, value in wanted:
        fitting = Q(tags__name=name, tags__value=value) if value else Q(tags__name=name)
        keys = keys.filter(fitting)
    tags = KeyTag.objects.filter(key__in=keys).select_related("key").order_by("key__serial", "name")
    return _page(_beyond(tags, after))


def _readable(actor: Actor, ref: KeyRef) -> Key:
    key = key_get(actor, ref.without_alias())
    authorize(actor, "kms:ListTagResources", key)
    return key


def _beyond(tags: QuerySet[KeyTag], after: TagPosition | None) -> QuerySet[KeyTag]:
    if after is None:
        return tags
    same_key = Q(key__serial=after.serial, name__gt=after.name)
    return tags.filter(Q(key__serial__gt=after.serial) | same_key)


def _page(tags: QuerySet[KeyTag]) -> TagPage:
    rows = list(tags[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    following = None
    if len(rows) > PAGE_SIZE:
        following = TagPosition(shown[-1].key.serial, shown[-1].name)
    return TagPage([(tag.key_id, tag.name, tag.value) for tag in shown], following)
