"""Tags, description, protection and policy of a key, changed in dialogs (R07)."""

import json

import pytest
from django.test import Client

from keys.domain.refs import KeyRef
from keys.domain.states import KeyState
from keys.domain.tags import Tags
from keys.models import Key
from keys.services.tags import key_tag
from kms_console.core.actor import Actor
from tests.keys.calls import put_state
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import page_of, text_of

NAME = "cost/center:a+b=c@d"


@pytest.fixture
def tagged(actor: Actor, key: Key) -> Key:
    key_tag(actor=actor, ref=KeyRef.of(key.id), tags=Tags({NAME: "42"}))
    return key


def tags_of(key: Key) -> dict[str, str]:
    return dict(key.tags.values_list("name", "value"))


def test_a_tag_is_added_and_shown(visitor: Client, key: Key) -> None:
    answer = visitor.post(page_of(key, "tags/add/"), {"name": "env", "value": "prod"})
    assert answer.status_code == 302
    assert tags_of(key) == {"env": "prod"}
    shown = text_of(visitor.get(page_of(key)))
    assert "env prod" in shown
    assert "1 / 20" in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "value": ""},
        {"name": "acs:mine", "value": ""},
        {"name": "a b", "value": ""},
        {"name": "a" * 129, "value": ""},
        {"name": "a", "value": "b c"},
    ],
)
def test_what_is_no_tag_is_refused_in_place(
    visitor: Client, key: Key, fields: dict[str, str]
) -> None:
    answer = visitor.post(page_of(key, "tags/add/"), fields)
    assert answer.status_code == 422
    assert b'class="err"' in answer.content
    assert tags_of(key) == {}


def test_more_than_20_are_refused_with_the_limit(visitor: Client, actor: Actor, key: Key) -> None:
    many = Tags({f"t{number}": "" for number in range(20)})
    key_tag(actor=actor, ref=KeyRef.of(key.id), tags=many)
    answer = visitor.post(page_of(key, "tags/add/"), {"name": "more", "value": ""})
    assert answer.status_code == 422
    assert "Rejected.LimitExceeded" in text_of(answer)
    assert "Add tag" not in text_of(visitor.get(page_of(key)))


def test_a_tag_gets_another_value_and_keeps_its_name(visitor: Client, tagged: Key) -> None:
    shown = visitor.get(page_of(tagged)).content.decode()
    address = page_of(tagged, "tags/edit/?name=cost%2Fcenter%3Aa%2Bb%3Dc%40d")
    assert f'href="{address}"' in shown
    assert 'value="42"' in visitor.get(address).content.decode()
    visitor.post(address, {"name": "other", "value": "43"})
    assert tags_of(tagged) == {NAME: "43"}


def test_a_tag_is_removed_after_one_question(visitor: Client, tagged: Key) -> None:
    address = page_of(tagged, "tags/remove/?name=cost%2Fcenter%3Aa%2Bb%3Dc%40d")
    assert NAME in text_of(visitor.get(address))
    assert tags_of(tagged) != {}
    visitor.post(address)
    assert tags_of(tagged) == {}


def test_no_address_leads_to_a_tag_that_is_none(visitor: Client, tagged: Key) -> None:
    for query in ("", "?name=", "?name=a%20b", "?name=gone"):
        assert visitor.get(page_of(tagged, f"tags/edit/{query}")).status_code == 400


def test_who_may_not_list_tags_sees_none(ram_visitor: RamVisitor, tagged: Key) -> None:
    visitor = ram_visitor("kms:DescribeKey")
    shown = text_of(visitor.get(page_of(tagged)))
    assert NAME not in shown
    assert "kms:ListResourceTags" in shown
    assert visitor.get(page_of(tagged, "tags/add/")).status_code == 403


def test_the_description_is_edited_and_shown_with_its_lines(visitor: Client, key: Key) -> None:
    visitor.post(page_of(key, "description/"), {"description": "one\r\n<b>two</b>"})
    key.refresh_from_db()
    assert key.description == "one\r\n<b>two</b>"
    assert b"&lt;b&gt;two&lt;/b&gt;" in visitor.get(page_of(key)).content
    answer = visitor.post(page_of(key, "description/"), {"description": "a\x85b"})
    assert answer.status_code == 422


def test_protection_is_switched_on_with_a_reason_and_off_without(visitor: Client, key: Key) -> None:
    visitor.post(page_of(key, "protection/"), {"enabled": "on", "description": "in production"})
    key.refresh_from_db()
    assert key.deletion_protection
    assert "in production" in text_of(visitor.get(page_of(key)))
    visitor.post(page_of(key, "protection/"), {"description": "in production"})
    key.refresh_from_db()
    assert (key.deletion_protection, key.deletion_protection_description) == (False, "")


def test_texts_of_a_key_that_is_to_be_deleted_are_final(visitor: Client, key: Key) -> None:
    put_state(key, KeyState.PENDING_DELETION)
    shown = visitor.get(page_of(key)).content.decode()
    for name in ("tags/add/", "description/", "protection/"):
        assert page_of(key, name) not in shown
    answer = visitor.post(page_of(key, "description/"), {"description": "late"})
    assert "Rejected.PendingDeletion" in text_of(answer)


def test_the_default_policy_is_shown_laid_out(visitor: Client, key: Key) -> None:
    shown = text_of(visitor.get(page_of(key, "policy/")))
    assert '"Sid": "kms default key policy"' in shown
    assert "Policy document Default" in shown


def test_a_policy_is_saved_as_it_was_typed(visitor: Client, key: Key) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": {"RAM": [f"acs:ram::{key.account_id}:*"]},
        "Action": ["kms:Decrypt"],
        "Resource": ["*"],
    }
    text = json.dumps({"Version": "1", "Statement": [statement]}, indent=1)
    assert visitor.post(page_of(key, "policy/"), {"document": text}).status_code == 302
    key.refresh_from_db()
    assert key.policy == text
    assert "Its own document" in text_of(visitor.get(page_of(key)))


@pytest.mark.parametrize("document", ["", "{}", "[", '{"Version": "1", "Statement": []}'])
def test_what_is_no_policy_is_refused_at_its_field(
    visitor: Client, key: Key, document: str
) -> None:
    answer = visitor.post(page_of(key, "policy/"), {"document": document})
    assert answer.status_code == 422
    assert b'id="id_document_error"' in answer.content
    key.refresh_from_db()
    assert key.policy == ""


def test_who_may_only_read_the_policy_is_offered_no_saving(
    ram_visitor: RamVisitor, key: Key
) -> None:
    visitor = ram_visitor("kms:DescribeKey", "kms:GetKeyPolicy")
    assert b'type="submit">Save' not in visitor.get(page_of(key, "policy/")).content
