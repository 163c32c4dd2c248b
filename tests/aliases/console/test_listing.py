"""The list of aliases and the dialogs that change them (A05, A06)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aliases.domain.names import AliasName
from aliases.models import Alias
from aliases.services.lifecycle import alias_create
from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.models import Key
from kms_console.core.actor import Actor
from tests.keys.calls import put_state
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import text_of

LIST = "/console/cn-hangzhou/aliases/"


def name_all(actor: Actor, key: Key, *names: str) -> None:
    for name in names:
        alias_create(actor=actor, name=AliasName(f"alias/{name}"), ref=KeyRef.of(key.id))


def test_the_newest_aliases_come_first(visitor: Client, actor: Actor, key: Key) -> None:
    name_all(actor, key, "first", "second")
    shown = text_of(visitor.get(LIST))
    assert shown.index("alias/second") < shown.index("alias/first")
    assert "2 aliases, showing 1–2" in shown
    assert str(key.id) in shown


def test_an_empty_list_says_what_to_do(visitor: Client) -> None:
    assert "No aliases in this region yet" in text_of(visitor.get(LIST))


def test_the_list_is_found_in_the_navigation(visitor: Client) -> None:
    assert f'href="{LIST}"' in visitor.get("/console/cn-hangzhou/keys/").content.decode()


def test_other_accounts_and_regions_have_lists_of_their_own(
    visitor: Client, actor: Actor, key: Key
) -> None:
    name_all(actor, key, "mine")
    assert "alias/mine" not in text_of(visitor.get("/console/cn-beijing/aliases/"))


def test_aliases_are_found_by_how_they_begin(visitor: Client, actor: Actor, key: Key) -> None:
    name_all(actor, key, "orders/db", "orders/app", "my-orders", "Orders")
    for asked in ("orders", "alias/orders", "ORDERS"):
        shown = text_of(visitor.get(LIST, {"q": asked}))
        assert "alias/Orders" in shown
        assert shown.index("alias/orders/app") < shown.index("alias/orders/db")
        assert "alias/my-orders" not in shown
    assert "No alias begins so" in text_of(visitor.get(LIST, {"q": "_"}))
    assert visitor.get(LIST, {"q": "a" * 262}).status_code == 400


def test_pages_cost_the_same_wherever_they_are(visitor: Client, actor: Actor, key: Key) -> None:
    name_all(actor, key, *(f"a{number:02}" for number in range(45)))
    costs = []
    for page in (1, 2, 3):
        with CaptureQueriesContext(connection) as queries:
            shown = text_of(visitor.get(LIST, {"page": page}))
        costs.append(len(queries))
        assert f"45 aliases, showing {20 * page - 19}–{min(20 * page, 45)}" in shown
    assert len(set(costs)) == 1


def test_a_reader_of_aliases_alone_sees_nothing_of_the_keys(
    ram_visitor: RamVisitor, actor: Actor, key: Key
) -> None:
    name_all(actor, key, "mine")
    visitor = ram_visitor("kms:ListAliases")
    shown = visitor.get(LIST)
    assert "alias/mine" in text_of(shown)
    assert key.spec not in text_of(shown)
    assert f"keys/{key.id}" not in shown.content.decode()


def test_who_may_not_list_aliases_is_told(ram_visitor: RamVisitor) -> None:
    assert ram_visitor("kms:ListKeys").get(LIST).status_code == 403


def test_an_alias_is_pointed_at_another_key(
    visitor: Client, actor: Actor, key: Key, other_key: Key
) -> None:
    name_all(actor, key, "orders/db")
    address = f"{LIST}alias/orders/db/update/"
    asked = visitor.get(address).content.decode()
    assert f'<option value="{other_key.id}">' in asked
    assert f'<option value="{key.id}">' not in asked
    answer = visitor.post(address, {"key": str(other_key.id)})
    assert answer.headers["Location"].endswith(f"/keys/{other_key.id}/")
    assert Alias.objects.get().key_id == other_key.id


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("", "This field is required."),
        ("00000000-0000-4000-8000-000000000000", "There is no such key in this region."),
        ("alias/orders/db", "Unsupported.Alias"),
        ("a\x01b", "This is not a key ID."),
    ],
)
def test_what_is_no_key_is_refused_in_place(
    visitor: Client, actor: Actor, key: Key, target: str, words: str
) -> None:
    name_all(actor, key, "orders/db")
    answer = visitor.post(f"{LIST}alias/orders/db/update/", {"key": target})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert Alias.objects.get().key_id == key.id


def test_a_key_that_is_to_be_deleted_takes_no_alias(
    visitor: Client, actor: Actor, key: Key, other_key: Key
) -> None:
    name_all(actor, key, "orders/db")
    put_state(other_key, KeyState.PENDING_DELETION)
    answer = visitor.post(f"{LIST}alias/orders/db/update/", {"key": str(other_key.id)})
    assert "Rejected.PendingDeletion" in text_of(answer)


def test_an_alias_of_another_region_is_not_found(visitor: Client, actor: Actor, key: Key) -> None:
    name_all(actor, key, "orders/db")
    assert visitor.get("/console/cn-beijing/aliases/alias/orders/db/update/").status_code == 404
    assert visitor.get(f"{LIST}alias/a//b/update/").status_code == 400
