"""Commands on aliases at the same moment, each in a transaction of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from aliases import verification
from aliases.domain.names import AliasName
from aliases.models import Alias
from aliases.services.lifecycle import alias_create, alias_delete, alias_update
from keys.domain.refs import KeyRef
from keys.models import Key, ListBlock
from keys.services.lifecycle import NewKey, key_create
from kms_console.audit.trail import audited
from kms_console.core import events
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from tests.aliases.samples import NAME, alias_of

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def _together(commands: Sequence[Callable[[], object]]) -> list[str]:
    """Run all at once; the code of each refusal, and empty text for a success."""
    barrier = Barrier(len(commands))

    def run(command: Callable[[], object]) -> str:
        barrier.wait(20)
        try:
            command()
        except KmsError as refused:
            return refused.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(commands)) as threads:
        return sorted(threads.map(run, commands))


@pytest.fixture
def keys(actor: Actor) -> list[Key]:
    return [key_create(actor=actor, new=NewKey()) for _ in range(6)]


def _create(actor: Actor, key: Key) -> Callable[[], object]:
    return lambda: alias_create(actor=actor, name=NAME, ref=KeyRef.of(key.id))


def _update(actor: Actor, key: Key) -> Callable[[], object]:
    return lambda: alias_update(actor=actor, name=NAME, ref=KeyRef.of(key.id))


def _delete(actor: Actor, name: AliasName = NAME) -> Callable[[], object]:
    return lambda: alias_delete(actor=actor, name=name)


def _destroy(actor: Actor, key: Key) -> Callable[[], object]:
    def destroy() -> None:
        with audited(actor, "DestroyKey"):
            Key.objects.select_for_update().get(id=key.id)
            for listener in events.key_destroyed:
                listener(actor, key.id)

    return destroy


@pytest.mark.parametrize("is_one_key", [True, False])
def test_of_creations_with_one_name_exactly_one_succeeds(
    actor: Actor, keys: list[Key], is_one_key: bool
) -> None:
    for _ in range(ROUNDS):
        targets = keys[:1] * len(keys) if is_one_key else keys
        outcomes = _together([_create(actor, key) for key in targets])
        assert outcomes == ["", *["AliasAlreadyExists"] * (len(keys) - 1)]
        assert ListBlock.objects.get(listed="aliases").filled == Alias.objects.count() == 1
        alias_delete(actor=actor, name=NAME)


def test_updates_of_one_alias_all_succeed(actor: Actor, keys: list[Key]) -> None:
    alias_of(actor, keys[0])
    for _ in range(ROUNDS):
        assert set(_together([_update(actor, key) for key in keys])) == {""}


def test_an_alias_is_removed_once(actor: Actor, keys: list[Key]) -> None:
    for _ in range(ROUNDS):
        alias_of(actor, keys[0])
        outcomes = _together([_delete(actor)] * 4)
        assert outcomes == ["", *["Forbidden.AliasNotFound"] * 3]
        assert ListBlock.objects.get(listed="aliases").filled == 0


def test_a_key_is_destroyed_while_its_alias_goes_another_way(actor: Actor, keys: list[Key]) -> None:
    for _ in range(4 * ROUNDS):
        alias_of(actor, keys[0])
        commands = [_destroy(actor, keys[0]), _update(actor, keys[1]), _delete(actor)]
        assert set(_together(commands)) <= {"", "Forbidden.AliasNotFound"}
        assert not Alias.objects.filter(key=keys[0]).exists()
        assert list(verification.problems()) == []
        assert not Alias.objects.exists()


def test_whatever_meets_the_list_and_its_rows_agree(actor: Actor, keys: list[Key]) -> None:
    """No order of locks makes two of them wait for each other: that would be an error here."""
    for _ in range(ROUNDS):
        commands = [
            *(_create(actor, key) for key in keys[:3]),
            *(_update(actor, key) for key in keys[:3]),
            *(_delete(actor) for _ in range(2)),
            *(_destroy(actor, key) for key in keys[:2]),
        ]
        assert set(_together(commands)) <= {"", "AliasAlreadyExists", "Forbidden.AliasNotFound"}
        assert list(verification.problems()) == []
