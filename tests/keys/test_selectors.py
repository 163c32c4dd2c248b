"""Reading keys: an account's own, in the region the request speaks to."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from keys.domain.refs import KeyRef
from keys.domain.tags import Tags
from keys.models import Key
from keys.selectors import key_arn, key_describe, key_get, key_list
from keys.services.lifecycle import NewKey, key_create
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasNotFound, KeyNotFound, KmsError, NoPermission
from kms_console.core.paging import PageRequest
from kms_console.iam import policy
from tests.keys.calls import Only

_TAGGED = """{"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
     "Condition": {"StringEquals": {"kms:tag/team": ["payments"]}}}]}"""


def _refusal(actor: Actor, text: str) -> KmsError:
    with pytest.raises(KmsError) as refused:
        key_get(actor, KeyRef.parse(text))
    return refused.value


def test_a_key_is_found_by_id_and_by_arn(actor: Actor, key: Key) -> None:
    for text in (str(key.id), key_arn(key)):
        assert key_get(actor, KeyRef.parse(text)) == key
        assert key_get(actor, KeyRef.parse(text), lock=True) == key


def test_another_accounts_key_is_like_one_that_does_not_exist(stranger: Actor, key: Key) -> None:
    unknown = str(uuid4())
    expected = _refusal(stranger, unknown)
    assert type(expected) is KeyNotFound
    names = [str(key.id), key_arn(key), arn.key(key.region, stranger.account_id, str(key.id))]
    for name in [*names, arn.key(key.region, stranger.account_id, unknown), "nonsense"]:
        refusal = _refusal(stranger, name)
        assert (type(refusal), refusal.message, refusal.subject) == (
            KeyNotFound,
            expected.message,
            name,
        )


def test_a_key_of_another_region_is_not_found(actor: Actor, key: Key) -> None:
    elsewhere = replace(actor, region="cn-beijing")
    for name in (str(key.id), key_arn(key)):
        assert type(_refusal(elsewhere, name)) is KeyNotFound


def test_no_alias_is_found(actor: Actor) -> None:
    assert type(_refusal(actor, "alias/x")) is AliasNotFound


def test_describing_needs_permission_on_the_key(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    allowed = replace(actor, authority=Only("kms:DescribeKey", key_arn(key)))
    assert key_describe(actor=allowed, ref=ref) == key
    with pytest.raises(NoPermission):
        key_describe(actor=replace(actor, authority=Only("kms:ListKeys", key_arn(key))), ref=ref)


def test_a_policy_may_ask_for_tags(actor: Actor, key: Key) -> None:
    tagged = key_create(actor=actor, new=NewKey(tags=Tags({"team": "payments"})))
    reader = replace(actor, authority=policy.CompiledPolicy([policy.parse(_TAGGED)]))
    assert key_describe(actor=reader, ref=KeyRef.of(tagged.id)) == tagged
    with pytest.raises(NoPermission):
        key_describe(actor=reader, ref=KeyRef.of(key.id))


def test_keys_are_listed_oldest_first_page_by_page(actor: Actor, stranger: Actor) -> None:
    ids = [
        key_create(actor=replace(actor, now=actor.now + timedelta(seconds=n)), new=NewKey()).id
        for n in range(5)
    ]
    key_create(actor=stranger, new=NewKey())
    key_create(actor=replace(actor, region="cn-beijing"), new=NewKey())
    pages = [key_list(actor=actor, page=PageRequest(n, 2)) for n in (1, 2, 3, 4)]
    assert [page.ids for page in pages] == [ids[:2], ids[2:4], ids[4:], []]
    assert {page.total for page in pages} == {5}


def test_listing_needs_permission_on_the_key_container(actor: Actor) -> None:
    container = arn.key_container(actor.region, actor.account_id)
    allowed = replace(actor, authority=Only("kms:ListKeys", container))
    assert key_list(actor=allowed, page=PageRequest()).total == 0
    with pytest.raises(NoPermission):
        key_list(actor=replace(actor, authority=policy.DENY_ALL), page=PageRequest())
