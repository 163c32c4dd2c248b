"""What `verify` learns about keys."""

from uuid import uuid4

import pytest

from hsm.verification import sealed_problems
from keys import verification
from keys.domain.refs import KeyRef
from keys.domain.tags import Tags
from keys.models import Key, KeyTag, KeyVersion, ListBlock
from keys.services.lifecycle import NewKey, key_create, key_disable
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from tests.keys.calls import put


@pytest.fixture
def keys(actor: Actor) -> list[Key]:
    return [key_create(actor=actor, new=NewKey(tags=Tags({"a": str(n)}))) for n in range(3)]


def _recorded(subject: str) -> object:
    return AuditEvent.objects.filter(subject=subject).latest("id").detail["after"]


def test_keys_that_services_made_have_no_problems(actor: Actor, keys: list[Key]) -> None:
    key_disable(actor=actor, ref=KeyRef.of(keys[0].id))
    assert list(verification.problems()) == []
    assert list(sealed_problems(verification.materials())) == []
    facts = dict(verification.facts())
    assert set(facts) == {str(key.id) for key in keys}
    assert all(facts[subject] == _recorded(subject) for subject in facts)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "Disabled"},
        {"description": "x"},
        {"deletion_protection": True},
        {"primary_version": uuid4()},
        {"region": "cn-beijing"},
    ],
)
def test_a_column_changed_behind_the_services_back_changes_the_facts(
    keys: list[Key], columns: dict[str, object]
) -> None:
    put(keys[1], **columns)
    facts = dict(verification.facts())
    changed = [subject for subject in facts if facts[subject] != _recorded(subject)]
    assert changed == [str(keys[1].id)]


def test_a_tag_or_version_changed_behind_the_services_back_changes_the_facts(
    keys: list[Key], actor: Actor
) -> None:
    KeyTag.objects.filter(key=keys[0]).update(value="other")
    KeyVersion.objects.create(key=keys[1], number=2, created_at=actor.now)
    facts = dict(verification.facts())
    changed = {subject for subject in facts if facts[subject] != _recorded(subject)}
    assert changed == {str(keys[0].id), str(keys[1].id)}


def test_materials_come_in_order_with_the_place_they_belong_to(
    keys: list[Key], actor: Actor
) -> None:
    KeyVersion.objects.create(key=keys[0], number=2, created_at=actor.now)  # without material
    materials = list(verification.materials())
    ids = [material_id for material_id, _ in materials]
    assert ids == sorted(ids)
    assert {(place.key_id, place.version_id) for _, place in materials} == {
        (key.id, key.primary_version) for key in keys
    }


def test_a_gap_among_versions_is_a_problem(keys: list[Key], actor: Actor) -> None:
    KeyVersion.objects.create(key=keys[0], number=3, material_id=uuid4(), created_at=actor.now)
    (problem,) = verification.problems()
    assert problem.startswith(f"Key {keys[0].id} has versions that are not numbered")


def test_a_key_without_its_version_is_a_problem(keys: list[Key]) -> None:
    KeyVersion.objects.filter(key=keys[0]).delete()
    assert list(verification.problems()) == [f"Key {keys[0].id} has no version."]


@pytest.mark.parametrize("primary", [None, uuid4()])
def test_a_primary_that_is_no_version_is_a_problem(keys: list[Key], primary: object) -> None:
    put(keys[2], primary_version=primary)
    (problem,) = verification.problems()
    assert problem.startswith(f"Key {keys[2].id} has a primary version that is not")


def test_an_external_key_may_wait_for_its_material(keys: list[Key]) -> None:
    KeyVersion.objects.filter(key=keys[0]).delete()
    put(keys[0], origin="EXTERNAL", state="PendingImport", primary_version=None)
    assert list(verification.problems()) == []


def test_a_block_that_miscounts_its_keys_is_a_problem(keys: list[Key]) -> None:
    ListBlock.objects.filter(account_id=keys[0].account_id).update(filled=1)
    (problem,) = verification.problems()
    assert problem.startswith("Block 0 of the keys of account 1234567890123456 in cn-hangzhou")
    assert problem.endswith("counts 1 and holds 3.")


def test_keys_that_no_block_counts_are_a_problem(keys: list[Key]) -> None:
    ListBlock.objects.filter(account_id=keys[0].account_id).delete()
    (problem,) = verification.problems()
    assert problem.endswith("counts 0 and holds 3.")
