"""Aliases of service-managed keys."""

import pytest
from django.db import transaction

from aliases.models import Alias
from aliases.selectors import alias_facts
from aliases.services.insertion import service_alias_create
from keys.models import Key
from kms_console.audit.trail import audited
from kms_console.core.actor import Actor
from kms_console.core.errors import AliasAlreadyExists, InvalidParameter
from tests.aliases.samples import NAME, SERVICE_NAME, last_event
from tests.keys.calls import call


def test_a_service_gives_its_key_a_reserved_alias(actor: Actor, key: Key) -> None:
    with audited(actor, "CreateKey", str(key.id)):
        alias = service_alias_create(actor=actor, name=SERVICE_NAME, key=key)
    assert (alias.key, alias.name) == (key, "alias/acs/oss")
    events = {event.action: event for event in type(last_event()).objects.all()}
    assert events["CreateAlias"].detail["after"] == alias_facts(Alias.objects.get())


def test_users_use_and_list_it(actor: Actor, key: Key) -> None:
    service_alias_create(actor=actor, name=SERVICE_NAME, key=key)
    made = call(actor, "Encrypt", KeyId=SERVICE_NAME, Plaintext="x")
    assert made["KeyId"] == str(key.id)
    listed = call(actor, "ListAliases")["Aliases"]["Alias"]
    assert [alias["AliasName"] for alias in listed] == [SERVICE_NAME]


def test_a_service_takes_no_users_name(actor: Actor, key: Key) -> None:
    with pytest.raises(InvalidParameter):
        service_alias_create(actor=actor, name=NAME, key=key)
    assert not Alias.objects.exists()


def test_an_alias_of_a_service_exists_once(actor: Actor, key: Key, other_key: Key) -> None:
    service_alias_create(actor=actor, name=SERVICE_NAME, key=key)
    with pytest.raises(AliasAlreadyExists), transaction.atomic():
        service_alias_create(actor=actor, name=SERVICE_NAME, key=other_key)
    assert Alias.objects.get().key == key
