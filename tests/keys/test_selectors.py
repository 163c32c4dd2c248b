"""Reading keys: an account's own, in the region the request speaks to."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keys.domain.filters import Filters
from keys.domain.refs import KeyRef
from keys.domain.tags import Tags
from keys.models import BLOCK_SIZE, Key, ListBlock, Listed
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


def _listed(actor: Actor, filters: str) -> list[UUID]:
    page = key_list(actor=actor, page=PageRequest(1, 100), filters=Filters.parse(filters))
    assert page.total == len(page.ids)
    return page.ids


def test_filters_narrow_the_list(actor: Actor) -> None:
    tags = Tags({"team": "payments", "stage": "test"})
    plain = key_create(actor=actor, new=NewKey()).id
    tagged = key_create(actor=actor, new=NewKey(tags=tags)).id
    managed = key_create(actor=actor, new=NewKey(creator="oss")).id
    Key.objects.filter(id=tagged).update(state="Disabled")
    one = '[{"Key":"%s","Values":["%s"]}]'
    expected = {
        ("KeyState", "Disabled"): [tagged],
        ("KeySpec", "Aliyun_AES_256"): [plain, tagged, managed],
        ("KeySpec", "EC_SM2"): [],
        ("KeyUsage", "ENCRYPT/DECRYPT"): [plain, tagged, managed],
        ("ProtectionLevel", "HSM"): [],
        ("CreatorType", "User"): [plain, tagged],
        ("CreatorType", "Service"): [managed],
        ("CreatorType", "Nobody"): [],
        ("Creator", "oss"): [managed],
        ("Creator", actor.account_id): [plain, tagged],
        ("keyId", str(plain)): [plain],
        ("KeyId", "nonsense"): [],
        ("TagKey", "team"): [tagged],
        ("TagValue", "test"): [tagged],
        ("AliasName", "alias/none"): [],
        ("DKMSInstanceId", "kst-x"): [],
    }
    found = {(name, value): _listed(actor, one % (name, value)) for name, value in expected}
    assert found == expected


def test_a_key_must_fit_every_name_and_one_value_of_each(actor: Actor) -> None:
    tags = Tags({"a": "1", "b": "2"})
    enabled, disabled = (key_create(actor=actor, new=NewKey(tags=tags)).id for _ in range(2))
    Key.objects.filter(id=disabled).update(state="Disabled")
    states = '{"Key":"KeyState","Values":["Enabled","Disabled"]}'
    assert _listed(actor, f"[{states}]") == [enabled, disabled]
    assert _listed(actor, f'[{states},{{"Key":"TagKey","Values":["a","b"]}}]') == [
        enabled,
        disabled,
    ]
    assert _listed(actor, f'[{states},{{"Key":"KeyState","Values":["Enabled"]}}]') == [
        enabled,
        disabled,
    ]
    assert _listed(actor, f'[{states},{{"Key":"TagKey","Values":["c"]}}]') == []


def test_filters_show_nothing_of_other_accounts_and_regions(
    actor: Actor, stranger: Actor, key: Key
) -> None:
    for other in (stranger, replace(actor, region="cn-beijing")):
        assert _listed(other, '[{"Key":"KeyState","Values":["Enabled"]}]') == []
        assert _listed(other, f'[{{"Key":"KeyId","Values":["{key.id}"]}}]') == []


def test_the_last_page_of_a_long_list_asks_what_the_first_asks(actor: Actor) -> None:
    """A hundred thousand keys, of which the rows of two pages are there to be found."""
    ids = [key_create(actor=actor, new=NewKey()).id for _ in range(20)]
    for place, key_id in enumerate(ids):
        serial = place if place < 10 else 99_980 + place
        Key.objects.filter(id=key_id).update(serial=serial)
    ListBlock.objects.filter(account_id=actor.account_id).delete()
    ListBlock.objects.bulk_create(
        ListBlock(
            account_id=actor.account_id,
            region=actor.region,
            listed=Listed.KEYS,
            number=number,
            taken=BLOCK_SIZE,
            filled=BLOCK_SIZE if number else 10,
        )
        for number in range(100)
    )
    # The last block has 10 keys, so that its page begins with the first of them.
    ListBlock.objects.filter(number=99).update(filled=10)
    last = (10 + 98 * BLOCK_SIZE) // 10 + 1
    seen = []
    for number in (1, last):
        with CaptureQueriesContext(connection) as queries:
            page = key_list(actor=actor, page=PageRequest(number, 10))
        assert page.total == 20 + 98 * BLOCK_SIZE
        seen.append((page.ids, len(queries)))
        assert "OFFSET" not in queries[-1]["sql"]
    assert seen == [(ids[:10], 2), (ids[10:], 2)]


def test_a_page_that_begins_within_a_block_skips_to_it(actor: Actor) -> None:
    ids = [key_create(actor=actor, new=NewKey()).id for _ in range(7)]
    for place, key_id in enumerate(ids):
        Key.objects.filter(id=key_id).update(serial=place if place < 3 else BLOCK_SIZE + place)
    ListBlock.objects.update(taken=BLOCK_SIZE, filled=3)
    ListBlock.objects.create(
        account_id=actor.account_id,
        region=actor.region,
        listed=Listed.KEYS,
        number=1,
        taken=7,
        filled=4,
    )
    pages = [key_list(actor=actor, page=PageRequest(n, 2)).ids for n in range(1, 6)]
    assert pages == [ids[:2], ids[2:4], ids[4:6], ids[6:], []]


def test_listing_needs_permission_on_the_key_container(actor: Actor) -> None:
    container = arn.key_container(actor.region, actor.account_id)
    allowed = replace(actor, authority=Only("kms:ListKeys", container))
    assert key_list(actor=allowed, page=PageRequest()).total == 0
    with pytest.raises(NoPermission):
        key_list(actor=replace(actor, authority=policy.DENY_ALL), page=PageRequest())
