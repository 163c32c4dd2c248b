"""One act on several keys: each by itself, with what became of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create, key_disable
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import text_of

BULK = "/console/cn-hangzhou/keys/bulk/"


@pytest.fixture
def two(actor: Actor) -> list[Key]:
    """Two enabled keys."""
    return [key_create(actor=actor, new=NewKey()) for _ in range(2)]


def _ids(keys: list[Key]) -> list[str]:
    return [str(one.id) for one in keys]


def _states(keys: list[Key]) -> list[str]:
    return [Key.objects.get(id=one.id).state for one in keys]


def test_the_dialog_lists_the_chosen_keys(visitor: Client, two: list[Key]) -> None:
    text = text_of(visitor.get(f"{BULK}disable/", {"id": _ids(two)}))
    assert "2 keys are chosen." in text
    assert _states(two) == [KeyState.ENABLED] * 2


def test_all_are_disabled(visitor: Client, two: list[Key]) -> None:
    text = text_of(visitor.post(f"{BULK}disable/", {"id": _ids(two)}))
    assert "Done for 2 of 2 keys." in text
    assert _states(two) == [KeyState.DISABLED] * 2


def test_what_one_refuses_stops_no_other(visitor: Client, two: list[Key], actor: Actor) -> None:
    fields = {"id": [*_ids(two), str(uuid4())], "days": "7", "word": "DELETE"}
    text = text_of(visitor.post(f"{BULK}schedule-deletion/", fields))
    assert "Done for 2 of 3 keys." in text
    assert "Forbidden.KeyNotFound" in text
    assert _states(two) == [KeyState.PENDING_DELETION] * 2


def test_a_deletion_needs_its_word(visitor: Client, two: list[Key]) -> None:
    fields = {"id": _ids(two), "days": "7", "word": "delete"}
    answer = visitor.post(f"{BULK}schedule-deletion/", fields)
    assert answer.status_code == 422
    assert "Type DELETE to confirm." in text_of(answer)
    assert _states(two) == [KeyState.ENABLED] * 2


def test_deletions_are_cancelled_together(visitor: Client, two: list[Key]) -> None:
    fields = {"id": _ids(two), "days": "7", "word": "DELETE"}
    visitor.post(f"{BULK}schedule-deletion/", fields)
    visitor.post(f"{BULK}cancel-deletion/", {"id": _ids(two)})
    assert KeyState.PENDING_DELETION not in _states(two)


def test_a_key_that_cannot_be_disabled_says_so_before(
    visitor: Client, two: list[Key], actor: Actor
) -> None:
    key_disable(actor=actor, ref=KeyRef.of(two[0].id))
    text = text_of(visitor.get(f"{BULK}disable/", {"id": _ids(two)}))
    assert "The key is disabled." in text


def test_policies_decide_key_by_key(ram_visitor: RamVisitor, two: list[Key]) -> None:
    reader = ram_visitor("kms:DescribeKey", "kms:ListKeys")
    text = text_of(reader.post(f"{BULK}disable/", {"id": _ids(two)}))
    assert "Done for 0 of 2 keys." in text
    assert text.count("Forbidden.NoPermission") == 2


def test_more_than_a_page_has_is_refused(visitor: Client) -> None:
    ids = [str(uuid4()) for _ in range(51)]
    assert visitor.post(f"{BULK}disable/", {"id": ids}).status_code == 400


def test_the_list_offers_its_keys_for_selection(visitor: Client, two: list[Key]) -> None:
    page = visitor.get("/console/cn-hangzhou/keys/").content.decode()
    for one in two:
        assert f'name="id" value="{one.id}" form="bulk"' in page


def test_giving_up_several_keys_asks_for_a_fresh_proof(visitor: Client, two: list[Key]) -> None:
    asked = {"id": _ids(two), "days": "7", "word": "DELETE"}
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        answer = visitor.post(f"{BULK}schedule-deletion/", asked)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/console/prove/?next=")
    assert all(one in answer["Location"] for one in _ids(two))
    assert _states(two) == [KeyState.ENABLED] * 2
