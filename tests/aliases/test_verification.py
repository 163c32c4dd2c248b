"""What `verify` learns about aliases, and names."""

import pytest

from aliases import verification
from aliases.models import Alias
from aliases.selectors import alias_facts, subject_of
from aliases.services.lifecycle import alias_delete, alias_update
from keys.domain.refs import KeyRef
from keys.models import Key, ListBlock
from keys.services.lifecycle import NewKey, key_create
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from kms_console.management.verification import checks, fact_problems
from tests.aliases.samples import NAME, alias_of

SUBJECT = f"alias/1234567890123456/cn-hangzhou/{NAME}"


@pytest.fixture
def alias(actor: Actor, key: Key) -> Alias:
    alias_of(actor, key, "alias/first")
    return alias_of(actor, key)


def _about_aliases() -> list[str]:
    return [problem for problem in fact_problems() if problem.startswith("alias/")]


def test_aliases_that_services_changed_have_no_problems(
    actor: Actor, key: Key, other_key: Key, alias: Alias
) -> None:
    alias_update(actor=actor, name=NAME, ref=KeyRef.of(other_key.id))
    alias_of(actor, key, "alias/second")
    alias_delete(actor=actor, name=NAME)
    alias_of(actor, key)
    alias_delete(actor=actor, name=NAME)
    assert _about_aliases() == []
    assert list(verification.problems()) == []


def test_facts_are_those_of_the_last_event(alias: Alias) -> None:
    recorded = AuditEvent.objects.filter(subject=SUBJECT).latest("id").detail["after"]
    assert dict(verification.facts())[SUBJECT] == recorded == alias_facts(alias)
    assert verification.facts_of(SUBJECT) == recorded


@pytest.mark.parametrize(
    "subject",
    ["", "alias", "alias/x", "alias/x/y", SUBJECT + "x", SUBJECT[:-1], "user/1", "key/" + SUBJECT],
)
@pytest.mark.usefixtures("alias")
def test_other_subjects_have_no_facts(subject: str) -> None:
    assert verification.facts_of(subject) is None


@pytest.mark.parametrize("column", ["key", "serial", "created_at"])
def test_a_column_changed_in_the_table_is_named(
    actor: Actor, other_key: Key, alias: Alias, column: str
) -> None:
    values = {"key": other_key, "serial": 7, "created_at": "2020-01-01T00:00:00Z"}
    Alias.objects.filter(id=alias.id).update(**{column: values[column]})
    assert _about_aliases() == [f"{SUBJECT}: {column} differ from the last audit event"]


def test_a_renamed_alias_is_named_twice(alias: Alias) -> None:
    Alias.objects.filter(id=alias.id).update(name="alias/stolen")
    stolen = SUBJECT.replace(NAME, "alias/stolen")
    assert _about_aliases() == [
        f"{stolen}: no audit event tells how it came to be",
        f"{SUBJECT}: the row is gone, and no audit event tells why",
    ]


def test_a_removed_row_is_named(alias: Alias) -> None:
    alias.delete()
    assert _about_aliases() == [f"{SUBJECT}: the row is gone, and no audit event tells why"]


def test_an_alias_that_no_event_made_is_named(alias: Alias) -> None:
    alias.id, alias.name, alias.serial = 0, "alias/slipped-in", 9
    alias.save(force_insert=True)
    assert [problem.split(": ")[0] for problem in _about_aliases()] == [subject_of(alias)]


def test_an_alias_that_came_back_after_its_removal_is_named(actor: Actor, alias: Alias) -> None:
    alias_delete(actor=actor, name=NAME)
    alias.save(force_insert=True)
    (problem,) = _about_aliases()
    assert problem.startswith(f"{SUBJECT}: account, created_at, key, name, region, serial, status")


def _key_elsewhere(actor: Actor, stranger: Actor, is_foreign: bool) -> Key:
    made = key_create(actor=stranger if is_foreign else actor, new=NewKey())
    if not is_foreign:
        Key.objects.filter(id=made.id).update(region="cn-beijing")
    return made


@pytest.mark.parametrize("is_foreign", [True, False])
def test_a_key_of_another_account_or_region_is_a_problem(
    actor: Actor, stranger: Actor, alias: Alias, is_foreign: bool
) -> None:
    elsewhere = _key_elsewhere(actor, stranger, is_foreign)
    Alias.objects.filter(id=alias.id).update(key=elsewhere)
    assert list(verification.problems()) == [
        f"Alias {SUBJECT} names a key of another account or region."
    ]


@pytest.mark.usefixtures("alias")
def test_a_block_that_miscounts_is_a_problem(actor: Actor) -> None:
    ListBlock.objects.filter(listed="aliases").update(filled=1)
    assert list(verification.problems()) == [
        f"List block 0 of aliases of {actor.account_id} in cn-hangzhou counts 1, and there are 2."
    ]


@pytest.mark.usefixtures("alias")
def test_a_block_of_removed_aliases_counts_none(actor: Actor) -> None:
    Alias.objects.all().delete()
    (problem,) = verification.problems()
    assert problem.endswith("counts 2, and there are 0.")


@pytest.mark.parametrize("serial", [2, 999, 1000, 10**12])
def test_a_place_that_was_never_given_is_a_problem(alias: Alias, serial: int) -> None:
    Alias.objects.filter(id=alias.id).update(serial=serial)
    problems = list(verification.problems())
    assert f"Alias {SUBJECT} has place {serial}, which was never given." in problems


@pytest.mark.usefixtures("alias")
def test_keys_have_blocks_of_their_own(actor: Actor) -> None:
    ListBlock.objects.filter(listed="aliases").delete()
    assert len(list(verification.problems())) == 2


@pytest.mark.usefixtures("alias")
def test_aliases_are_a_check_of_verify() -> None:
    ListBlock.objects.filter(listed="aliases").update(filled=1)
    found = {name: list(problems) for name, problems in checks() if name == "aliases"}
    assert len(found["aliases"]) == 1
