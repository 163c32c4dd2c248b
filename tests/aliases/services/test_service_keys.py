"""Keys that a cloud product manages in an account."""

from collections.abc import Callable

import pytest

from aliases.domain.products import Product
from aliases.models import Alias
from aliases.services.service_keys import service_key_create
from keys.models import Key
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasAlreadyExists, KmsError
from kms_console.core.generation import current, stripe_of
from tests.keys.calls import call

OSS = Product("oss")


@pytest.fixture
def managed(actor: Actor) -> Key:
    return service_key_create(actor=actor, product=OSS)


def test_a_products_key_names_its_creator_and_has_the_reserved_alias(
    actor: Actor, managed: Key
) -> None:
    shown = call(actor, "DescribeKey", KeyId="alias/acs/oss")["KeyMetadata"]
    assert (shown["KeyId"], shown["Creator"]) == (str(managed.id), "oss")
    assert (shown["KeyState"], shown["AutomaticRotation"]) == ("Enabled", "Disabled")


def test_the_account_uses_it_like_its_own(actor: Actor, managed: Key) -> None:
    made = call(actor, "Encrypt", KeyId="alias/acs/oss", Plaintext="eA==")
    assert made["KeyId"] == str(managed.id)
    assert call(actor, "Decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == "eA=="


_POLICY = '{"Version":"1","Statement":[]}'
_CHANGES: dict[str, Callable[[str], dict[str, str]]] = {
    "EnableKey": lambda key_id: {"KeyId": key_id},
    "DisableKey": lambda key_id: {"KeyId": key_id},
    "ScheduleKeyDeletion": lambda key_id: {"KeyId": key_id},
    "UpdateKeyDescription": lambda key_id: {"KeyId": key_id, "Description": "x"},
    "SetDeletionProtection": lambda key_id: {"KeyId": key_id, "EnableDeletionProtection": "true"},
    "SetKeyPolicy": lambda key_id: {"KeyId": key_id, "PolicyName": "default", "Policy": _POLICY},
}


@pytest.mark.parametrize("action_name", list(_CHANGES))
def test_the_account_does_not_change_it(actor: Actor, managed: Key, action_name: str) -> None:
    with pytest.raises(KmsError) as refused:
        call(actor, action_name, **_CHANGES[action_name](str(managed.id)))
    assert refused.value.code == "Rejected.UnsupportedOperation"


def test_its_alias_is_not_the_accounts_to_move_or_remove(actor: Actor, managed: Key) -> None:
    own = call(actor, "CreateKey")["KeyMetadata"]["KeyId"]
    for action_name in ("CreateAlias", "UpdateAlias", "DeleteAlias"):
        with pytest.raises(KmsError) as refused:
            call(actor, action_name, AliasName="alias/acs/oss", KeyId=own)
        assert refused.value.code == "InvalidParameter"
    assert Alias.objects.get().key_id == managed.id


def test_a_product_has_one_key_in_a_region(actor: Actor, stranger: Actor, managed: Key) -> None:
    with pytest.raises(AliasAlreadyExists):
        service_key_create(actor=actor, product=OSS)
    assert list(Key.objects.values_list("id", flat=True)) == [managed.id]
    assert service_key_create(actor=stranger, product=OSS).account_id == stranger.account_id


def test_the_stamp_moves_before_and_after(actor: Actor) -> None:
    stripe = stripe_of(actor.account_id)
    before = current().read(stripe)
    service_key_create(actor=actor, product=OSS)
    assert current().read(stripe) >= before + 2
    assert current().is_settled(stripe)
