"""Tags: of one key (the documents of 2021), and of several at once (the newer ones)."""

from collections.abc import Mapping
from typing import Annotated, Any

from keys.domain.refs import KeyRef
from keys.domain.tags import MOST, NO_TAGS, TagNames, Tags
from keys.selectors.tags import TagPosition, tag_list, tags_of
from keys.services.tags import ALL_TAGS, key_tag, key_untag, keys_tag, keys_untag
from kms_console.core.actor import Actor
from kms_console.core.errors import InvalidParameter, MissingParameter
from kms_console.rpc.readers import Numbered, numbered
from kms_console.rpc.registry import Kind, action

_OTHERS = ("SecretName", "CertificateId")
_MOST_RESOURCES = 50


class _NumberedTags:
    """`Tag.1.Key`, `Tag.1.Value`, …: None when there are none."""

    def parse_params(self, params: Mapping[str, str], name: str) -> Tags | None:
        names, values = numbered(params, name, "Key"), numbered(params, name, "Value")
        if values.keys() - names.keys():
            raise ValueError("a value without a name")
        pairs = [(names[number], values.get(number, "")) for number in sorted(names)]
        return Tags.of(pairs) if pairs else None


class _NumberedKeys:
    """`ResourceId.1`, …: key ids."""

    def parse_params(self, params: Mapping[str, str], name: str) -> tuple[KeyRef, ...] | None:
        texts = Numbered(_MOST_RESOURCES).parse_params(params, name)
        return tuple(map(KeyRef.parse, texts)) if texts else None


class _NumberedNames:
    """`TagKey.1`, …"""

    def parse_params(self, params: Mapping[str, str], name: str) -> TagNames | None:
        texts = Numbered(MOST).parse_params(params, name)
        return TagNames.of(texts) if texts else None


def _only_keys(text: str) -> str:
    """`ResourceType`; secrets are not served here. Raises ValueError."""
    if text != "key":
        raise ValueError("not a type that has tags here")
    return text


ResourceType = Annotated[str, _only_keys]
Resources = Annotated[tuple[KeyRef, ...], _NumberedKeys()]


@action("TagResource", kind=Kind.CHANGE, refuses=_OTHERS)
def tag_resource(actor: Actor, *, key_id: KeyRef, tags: Tags) -> dict[str, Any]:
    key_tag(actor=actor, ref=key_id, tags=tags)
    return {}


@action("UntagResource", kind=Kind.CHANGE, refuses=_OTHERS)
def untag_resource(actor: Actor, *, key_id: KeyRef, tag_keys: TagNames) -> dict[str, Any]:
    key_untag(actor=actor, ref=key_id, names=tag_keys)
    return {}


@action("ListResourceTags", kind=Kind.READ)
def list_resource_tags(actor: Actor, *, key_id: KeyRef) -> dict[str, Any]:
    key = tags_of(actor=actor, ref=key_id)
    return {
        "Tags": {
            "Tag": [
                {"KeyId": str(key.id), "TagKey": tag.name, "TagValue": tag.value}
                for tag in key.tags.order_by("name")
            ]
        }
    }


@action("TagResources", kind=Kind.CHANGE)
def tag_resources(
    actor: Actor,
    *,
    region_id: str,
    resource_type: ResourceType,
    resource_id: Resources,
    tag: Annotated[Tags, _NumberedTags()],
) -> dict[str, Any]:
    keys_tag(actor=actor, refs=resource_id, tags=tag)
    return {}


@action("UntagResources", kind=Kind.CHANGE)
def untag_resources(  # one argument per parameter of the API
    actor: Actor,
    *,
    region_id: str,
    resource_type: ResourceType,
    resource_id: Resources,
    tag_key: Annotated[TagNames | None, _NumberedNames()] = None,
    all: bool = False,  # noqa: A002  # the parameter's name
) -> dict[str, Any]:
    if all and tag_key:
        raise InvalidParameter(name="All")
    if not all and not tag_key:
        raise MissingParameter(name="TagKey.1")
    keys_untag(actor=actor, refs=resource_id, names=ALL_TAGS if all else tag_key)
    return {}


@action("ListTagResources", kind=Kind.READ)
def list_tag_resources(  # one argument per parameter of the API
    actor: Actor,
    *,
    region_id: str,
    resource_type: ResourceType,
    resource_id: Annotated[tuple[KeyRef, ...], _NumberedKeys()] = (),
    tag: Annotated[Tags, _NumberedTags()] = NO_TAGS,
    next_token: TagPosition | None = None,
) -> dict[str, Any]:
    page = tag_list(actor=actor, refs=resource_id, wanted=tag, after=next_token)
    return {
        "NextToken": page.following.to_wire() if page.following else "",
        "TagResources": {
            "TagResource": [
                {
                    "ResourceId": str(key_id),
                    "ResourceType": resource_type,
                    "TagKey": name,
                    "TagValue": value,
                }
                for key_id, name, value in page.tags
            ]
        },
    }
