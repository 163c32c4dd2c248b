"""A destroyed key takes its aliases with it."""

from dataclasses import replace

import pytest

from aliases.models import Alias
from aliases.services.insertion import service_alias_create
from keys.models import Key, ListBlock
from kms_console.audit.models import AuditEvent
from kms_console.audit.trail import audited
from kms_console.core import events, generation
from kms_console.core.actor import Actor
from kms_console.iam.actors import host_actor
from kms_console.management.verification import fact_problems
from tests.aliases.samples import SERVICE_NAME, alias_of


def _destroy(actor: Actor, key: Key, failure: Exception | None = None) -> None:
    """What is fired when a key is destroyed, inside of its transaction, which may fail later."""
    with audited(actor, "DestroyKey"):
        Key.objects.select_for_update().get(id=key.id)
        for listener in events.key_destroyed:
            listener(actor, key.id)
        if failure:
            raise failure


@pytest.fixture
def aliases(actor: Actor, key: Key, other_key: Key) -> list[Alias]:
    """Two of the key, and one of another key."""
    service_alias_create(actor=actor, name=SERVICE_NAME, key=key)
    return [alias_of(actor, key, "alias/a"), alias_of(actor, other_key, "alias/b")]


@pytest.mark.usefixtures("aliases")
def test_the_aliases_of_a_destroyed_key_go_with_it(actor: Actor, key: Key) -> None:
    _destroy(actor, key)
    assert [alias.name for alias in Alias.objects.all()] == ["alias/b"]
    assert ListBlock.objects.get(listed="aliases").filled == 1
    deleted = AuditEvent.objects.filter(action="DeleteAlias").order_by("id")
    place = f"alias/{actor.account_id}/{actor.region}"
    assert [event.subject for event in deleted] == [f"{place}/{SERVICE_NAME}", f"{place}/alias/a"]
    assert {event.outcome for event in deleted} == {"OK"}
    assert deleted[0].detail == {
        "old_key": str(key.id),
        "reason": "the key was destroyed",
        "after": {"status": "Deleted"},
    }


@pytest.mark.usefixtures("aliases")
def test_verify_knows_why_they_are_gone(actor: Actor, key: Key) -> None:
    before = list(fact_problems())
    _destroy(actor, key)
    # The accounts of these tests were not made by a service; the aliases were.
    assert [problem for problem in fact_problems() if problem not in before] == []


@pytest.mark.usefixtures("aliases")
def test_a_destruction_that_fails_leaves_them(actor: Actor, key: Key) -> None:
    with pytest.raises(ValueError, match="late"):
        _destroy(actor, key, ValueError("late"))
    assert Alias.objects.count() == 3
    assert ListBlock.objects.get(listed="aliases").filled == 3
    assert not AuditEvent.objects.filter(action="DeleteAlias").exists()


@pytest.mark.usefixtures("aliases")
def test_a_timer_of_the_host_removes_them_from_the_keys_place(actor: Actor, key: Key) -> None:
    stripe = generation.stripe_of(actor.account_id)
    before = generation.current().read(stripe)
    _destroy(replace(host_actor(), region="eu-west-1"), key)
    assert generation.current().read(stripe) > before
    subjects = AuditEvent.objects.filter(action="DeleteAlias").values_list("subject", flat=True)
    assert f"alias/{actor.account_id}/{actor.region}/alias/a" in subjects
    assert ListBlock.objects.get(listed="aliases").filled == 1
