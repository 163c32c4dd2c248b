"""Tagging keys, one and several."""

from dataclasses import replace

import pytest

from keys.domain.refs import KeyRef
from keys.domain.tags import MOST, TagNames, Tags
from keys.models import Key, KeyTag
from keys.selectors import key_arn, key_facts
from keys.services.lifecycle import NewKey, key_create
from keys.services.tags import ALL_TAGS, key_tag, key_untag, keys_tag, keys_untag
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    KeyNotFound,
    KeyPendingDeletion,
    LimitExceeded,
    NoPermission,
    UnsupportedAlias,
)
from kms_console.core.generation import current, stripe_of
from tests.keys.calls import Only, put

TEAM = Tags({"team": "payments"})


def _tags(key: Key) -> dict[str, str]:
    return {tag.name: tag.value for tag in KeyTag.objects.filter(key=key)}


@pytest.fixture
def other(actor: Actor) -> Key:
    return key_create(actor=actor, new=NewKey())


def test_tags_are_added_and_those_of_a_name_replaced(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    key_tag(actor=actor, ref=ref, tags=Tags({"team": "old", "stage": "test"}))
    key_tag(actor=actor, ref=ref, tags=TEAM)
    assert _tags(key) == {"team": "payments", "stage": "test"}
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.subject) == ("TagResource", str(key.id))
    assert event.detail["after"] == key_facts(key)


def test_names_are_taken_away_where_they_are(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    key_tag(actor=actor, ref=ref, tags=Tags({"a": "1", "b": "2"}))
    key_untag(actor=actor, ref=ref, names=TagNames.of(["a", "never"]))
    assert _tags(key) == {"b": "2"}


def test_a_key_has_twenty_tags_at_most(actor: Actor, key: Key) -> None:
    ref = KeyRef.of(key.id)
    key_tag(actor=actor, ref=ref, tags=Tags({f"t{n}": "" for n in range(MOST)}))
    key_tag(actor=actor, ref=ref, tags=Tags({"t0": "replaced"}))
    with pytest.raises(LimitExceeded):
        key_tag(actor=actor, ref=ref, tags=Tags({"t1": "changed", "one-more": ""}))
    assert len(_tags(key)) == MOST
    assert (_tags(key)["t0"], _tags(key)["t1"]) == ("replaced", "")


def test_a_key_that_is_to_be_deleted_keeps_its_tags(actor: Actor, key: Key) -> None:
    key_tag(actor=actor, ref=KeyRef.of(key.id), tags=TEAM)
    put(key, state="PendingDeletion")
    with pytest.raises(KeyPendingDeletion):
        key_tag(actor=actor, ref=KeyRef.of(key.id), tags=Tags({"x": ""}))
    with pytest.raises(KeyPendingDeletion):
        key_untag(actor=actor, ref=KeyRef.of(key.id), names=TagNames.of(["team"]))
    assert _tags(key) == {"team": "payments"}


def test_tagging_needs_permission_moves_the_stamp_and_takes_no_alias(
    actor: Actor, stranger: Actor, key: Key
) -> None:
    ref = KeyRef.of(key.id)
    denied = replace(actor, authority=Only("kms:UntagResource", key_arn(key)))
    with pytest.raises(NoPermission):
        key_tag(actor=denied, ref=ref, tags=TEAM)
    with pytest.raises(UnsupportedAlias):
        key_tag(actor=actor, ref=KeyRef.parse("alias/x"), tags=TEAM)
    with pytest.raises(KeyNotFound):
        key_tag(actor=stranger, ref=ref, tags=TEAM)
    assert _tags(key) == {}
    before = current().read(stripe_of(actor.account_id))
    key_tag(actor=actor, ref=ref, tags=TEAM)
    assert current().read(stripe_of(actor.account_id)) > before


def test_several_keys_are_tagged_and_untagged_together(actor: Actor, key: Key, other: Key) -> None:
    refs = [KeyRef.of(key.id), KeyRef.of(other.id), KeyRef.of(key.id)]
    keys_tag(actor=actor, refs=refs, tags=Tags({"team": "payments", "b": ""}))
    assert _tags(key) == _tags(other) == {"team": "payments", "b": ""}
    facts = AuditEvent.objects.filter(action="TagResources", has_facts=True)
    assert {event.subject for event in facts} == {str(key.id), str(other.id)}
    keys_untag(actor=actor, refs=refs, names=TagNames.of(["b"]))
    assert _tags(key) == _tags(other) == {"team": "payments"}
    keys_untag(actor=actor, refs=refs, names=ALL_TAGS)
    assert _tags(key) == _tags(other) == {}


def test_of_several_keys_all_are_tagged_or_none(actor: Actor, key: Key, other: Key) -> None:
    put(other, state="PendingDeletion")
    with pytest.raises(KeyPendingDeletion):
        keys_tag(actor=actor, refs=[KeyRef.of(key.id), KeyRef.of(other.id)], tags=TEAM)
    assert _tags(key) == {}
    refusals = AuditEvent.objects.filter(action="TagResources")
    assert [event.outcome for event in refusals] == ["Rejected.PendingDeletion"]
    allowed = replace(actor, authority=Only("kms:TagResources", key_arn(key)))
    put(other, state="Enabled")
    with pytest.raises(NoPermission):
        keys_tag(actor=allowed, refs=[KeyRef.of(key.id), KeyRef.of(other.id)], tags=TEAM)
    assert _tags(key) == {}
