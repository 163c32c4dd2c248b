"""Tags by their wire names, in both generations of the API."""

import base64

import pytest

from keys.models import Key
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.keys.calls import REGION, call

TAGS = '[{"TagKey":"team","TagValue":"payments"},{"TagKey":"stage","TagValue":""}]'


def _refusal(actor: Actor, action_name: str, **params: str) -> tuple[str, str]:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **params)
    return refused.value.code, refused.value.message


def _resources(*key_ids: object, **params: str) -> dict[str, str]:
    numbered = {f"ResourceId.{n}": str(key_id) for n, key_id in enumerate(key_ids, start=1)}
    named = {name.replace("_", "."): value for name, value in params.items()}
    return {"RegionId": REGION, "ResourceType": "key", **numbered, **named}


def _create(actor: Actor) -> str:
    key_id: str = call(actor, "CreateKey")["KeyMetadata"]["KeyId"]
    return key_id


def test_tags_of_one_key_are_set_shown_and_taken_away(actor: Actor, key: Key) -> None:
    key_id = str(key.id)
    assert call(actor, "TagResource", KeyId=key_id, Tags=TAGS) == {}
    assert call(actor, "ListResourceTags", KeyId=key_id)["Tags"]["Tag"] == [
        {"KeyId": key_id, "TagKey": "stage", "TagValue": ""},
        {"KeyId": key_id, "TagKey": "team", "TagValue": "payments"},
    ]
    call(actor, "UntagResource", KeyId=key_id, TagKeys='["team"]')
    call(actor, "UntagResource", KeyId=key_id, TagKeys="stage,never")
    assert call(actor, "ListResourceTags", KeyId=key_id) == {"Tags": {"Tag": []}}


@pytest.mark.parametrize("name", ["SecretName", "CertificateId"])
def test_other_resources_than_keys_have_no_tags_here(actor: Actor, key: Key, name: str) -> None:
    code, message = _refusal(actor, "TagResource", Tags=TAGS, **{name: "x"})
    assert (code, name in message) == ("InvalidParameter", True)
    assert _refusal(actor, "TagResource", Tags=TAGS)[0] == "MissingParameter"
    assert _refusal(actor, "TagResource", KeyId=str(key.id))[0] == "MissingParameter"


def test_several_keys_are_tagged_listed_and_untagged(actor: Actor) -> None:
    first, second, third = (_create(actor) for _ in range(3))
    call(actor, "TagResources", **_resources(first, second, Tag_1_Key="team", Tag_1_Value="a"))
    call(actor, "TagResources", **_resources(second, Tag_1_Key="stage"))
    everything = call(actor, "ListTagResources", **_resources())
    rows = [
        {"ResourceId": first, "ResourceType": "key", "TagKey": "team", "TagValue": "a"},
        {"ResourceId": second, "ResourceType": "key", "TagKey": "stage", "TagValue": ""},
        {"ResourceId": second, "ResourceType": "key", "TagKey": "team", "TagValue": "a"},
    ]
    assert everything == {"NextToken": "", "TagResources": {"TagResource": rows}}

    def listed(*key_ids: str, **params: str) -> list[dict[str, str]]:
        found = call(actor, "ListTagResources", **_resources(*key_ids, **params))
        shown: list[dict[str, str]] = found["TagResources"]["TagResource"]
        return shown

    assert listed(first, third) == rows[:1]
    assert listed(Tag_1_Key="stage") == rows[1:]
    assert listed(Tag_1_Key="stage", Tag_2_Key="team", Tag_2_Value="a") == rows[1:]
    assert listed(Tag_1_Key="team", Tag_1_Value="b") == []
    call(actor, "UntagResources", **_resources(first, second, TagKey_1="team"))
    assert listed() == rows[1:2]
    call(actor, "UntagResources", **_resources(second, All="true"))
    assert listed() == []


def test_a_long_list_of_tags_comes_in_pages_of_200(actor: Actor) -> None:
    tags = ",".join(f'{{"TagKey":"t{n:02}","TagValue":""}}' for n in range(20))
    for _ in range(21):
        call(actor, "CreateKey", Tags=f"[{tags}]")
    sizes, names, token = [], [], ""
    while True:
        page = call(actor, "ListTagResources", **_resources(), NextToken=token)
        rows = page["TagResources"]["TagResource"]
        sizes.append(len(rows))
        names += [(row["ResourceId"], row["TagKey"]) for row in rows]
        token = page["NextToken"]
        if not token:
            break
    assert sizes == [200, 200, 20]
    assert len(set(names)) == len(names) == 420


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "AAAA",
        "A" * 600,
        "值",
        *(base64.b64encode(text).decode() for text in (b"x.y", b"1", b"9" * 19 + b".a", b"1.\0")),
    ],
)
def test_a_made_up_token_is_refused(actor: Actor, token: str) -> None:
    code, message = _refusal(actor, "ListTagResources", **_resources(), NextToken=token)
    assert (code, "NextToken" in message) == ("InvalidParameter", True)


@pytest.mark.parametrize(
    ("action_name", "change", "code", "named"),
    [
        ("TagResources", {"RegionId": ""}, "MissingParameter", "RegionId"),
        ("TagResources", {"ResourceType": ""}, "MissingParameter", "ResourceType"),
        ("TagResources", {"ResourceType": "secret"}, "InvalidParameter", "ResourceType"),
        ("TagResources", {"ResourceId.x": "a"}, "InvalidParameter", "ResourceId"),
        ("TagResources", {"ResourceId.0": "a"}, "InvalidParameter", "ResourceId"),
        ("TagResources", {"Tag.2.Value": "v"}, "InvalidParameter", "Tag"),
        ("TagResources", {"Tag.2.Key": "t"}, "InvalidParameter", "Tag"),
        ("TagResources", {"Tag.2.Key": "acs:x"}, "InvalidParameter", "Tag"),
        ("TagResources", {"Tag.1.Key": "", "Tag.1.Value": ""}, "InvalidParameter", "Tag"),
        ("UntagResources", {}, "MissingParameter", "TagKey.1"),
        ("UntagResources", {"All": "true", "TagKey.1": "t"}, "InvalidParameter", "All"),
        ("UntagResources", {"All": "maybe"}, "InvalidParameter", "All"),
    ],
)
def test_what_is_malformed_is_named(
    actor: Actor, key: Key, action_name: str, change: dict[str, str], code: str, named: str
) -> None:
    params = _resources(key.id)
    if action_name == "TagResources":
        params |= {"Tag.1.Key": "t", "Tag.1.Value": "v"}
    found = _refusal(actor, action_name, **{**params, **change})
    assert (found[0], f'"{named}"' in found[1]) == (code, True)


def test_fifty_keys_at_once_are_the_most(actor: Actor, key: Key) -> None:
    params = _resources(*[key.id] * 50, Tag_1_Key="t")
    assert call(actor, "TagResources", **params) == {}
    params = _resources(*[key.id] * 51, Tag_1_Key="t")
    assert _refusal(actor, "TagResources", **params)[0] == "InvalidParameter"


def test_tags_of_another_account_are_not_found(actor: Actor, stranger: Actor, key: Key) -> None:
    call(actor, "TagResource", KeyId=str(key.id), Tags=TAGS)
    for action_name in ("TagResources", "UntagResources", "ListTagResources"):
        params = _resources(key.id, Tag_1_Key="t", TagKey_1="t")
        assert _refusal(stranger, action_name, **params)[0] == "Forbidden.KeyNotFound"
    assert call(stranger, "ListTagResources", **_resources())["TagResources"]["TagResource"] == []
