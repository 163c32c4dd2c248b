"""The playground: what its forms do, what they refuse, and what they leave behind."""

import re
from pathlib import Path

import pytest
from django.test import Client

from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, KeyUsage, ProtectionLevel
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create, key_disable
from kms_console.audit import shipping
from kms_console.audit.models import AuditEvent
from kms_console.core.actor import Actor
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import text_of

PLAY = "/console/cn-hangzhou/playground/"
CANARY = "canary-6222-0210"


def _value(response: object, name: str) -> str:
    """What the page lets one copy under a name of the API."""
    page = response.content.decode()  # type: ignore[attr-defined]
    found = re.search(rf'data-copy="([^"]*)" aria-label="Copy {name}"', page)
    assert found, text_of(response)
    return found[1]


def _encrypted(visitor: Client, key: Key, **more: str) -> str:
    fields = {"key": str(key.id), "content": CANARY, "format": "text", **more}
    return _value(visitor.post(PLAY, fields), "CiphertextBlob")


def test_what_is_encrypted_decrypts_with_the_same_context_alone(visitor: Client, key: Key) -> None:
    context = {"context_name": "tenant", "context_value": "acme"}
    blob = _encrypted(visitor, key, **context)
    opened = visitor.post(f"{PLAY}decrypt/", {"content": blob, **context})
    assert CANARY in text_of(opened)
    refused = visitor.post(f"{PLAY}decrypt/", {"content": blob})
    assert refused.status_code == 422
    assert "InvalidParameter" in text_of(refused)


def test_a_data_key_comes_with_its_plaintext_or_without(visitor: Client, key: Key) -> None:
    fields = {"key": str(key.id), "size": "32"}
    shown = visitor.post(f"{PLAY}data-key/", {**fields, "plain": "on"})
    assert len(_value(shown, "Plaintext")) == 44
    hidden = visitor.post(f"{PLAY}data-key/", fields)
    assert 'aria-label="Copy Plaintext"' not in hidden.content.decode()
    assert _value(hidden, "CiphertextBlob")


def test_a_ciphertext_moves_to_another_key_unseen(visitor: Client, key: Key, actor: Actor) -> None:
    other = key_create(actor=actor, new=NewKey())
    fields = {"content": _encrypted(visitor, key), "key": str(other.id)}
    moved = visitor.post(f"{PLAY}re-encrypt/", fields)
    assert CANARY not in text_of(moved)
    blob = _value(moved, "CiphertextBlob")
    assert CANARY in text_of(visitor.post(f"{PLAY}decrypt/", {"content": blob}))


@pytest.mark.parametrize(
    ("spec", "level"),
    [
        (KeySpec.RSA_2048, ProtectionLevel.SOFTWARE),
        (KeySpec.EC_P256, ProtectionLevel.SOFTWARE),
        (KeySpec.EC_SM2, ProtectionLevel.HSM),
    ],
)
def test_a_signature_is_right_for_its_message_and_wrong_for_another(
    visitor: Client, actor: Actor, spec: KeySpec, level: ProtectionLevel
) -> None:
    new = NewKey(spec=spec, usage=KeyUsage.SIGN_VERIFY, protection_level=level)
    fields = {"key": str(key_create(actor=actor, new=new).id), "format": "text"}
    signed = visitor.post(f"{PLAY}sign/", {**fields, "content": "hello"})
    signature = _value(signed, "Value")
    right = visitor.post(f"{PLAY}verify/", {**fields, "content": "hello", "signature": signature})
    assert "The signature is right" in text_of(right)
    wrong = visitor.post(f"{PLAY}verify/", {**fields, "content": "hallo", "signature": signature})
    assert "The signature is wrong" in text_of(wrong)


def test_a_key_pair_encrypts_with_the_same_form(visitor: Client, actor: Actor) -> None:
    new = NewKey(spec=KeySpec.RSA_2048, usage=KeyUsage.ENCRYPT_DECRYPT)
    pair = key_create(actor=actor, new=new)
    blob = _encrypted(visitor, pair)
    opened = visitor.post(f"{PLAY}decrypt/", {"content": blob, "key": str(pair.id)})
    assert CANARY in text_of(opened)


def test_a_refusal_has_the_apis_code_and_keeps_the_form(
    visitor: Client, key: Key, actor: Actor
) -> None:
    key_disable(actor=actor, ref=KeyRef.of(key.id))
    refused = visitor.post(PLAY, {"key": str(key.id), "content": "x", "format": "text"})
    assert refused.status_code == 422
    assert "Rejected.Disabled" in text_of(refused)
    assert str(key.id) in refused.content.decode()


def test_policies_decide_as_at_the_api(ram_visitor: RamVisitor, key: Key) -> None:
    visitor = ram_visitor("kms:Encrypt")
    blob = _encrypted(visitor, key)
    refused = visitor.post(f"{PLAY}decrypt/", {"content": blob})
    assert "Forbidden.NoPermission" in text_of(refused)


def test_rows_are_added_and_removed_without_a_call(visitor: Client, key: Key) -> None:
    fields = {"key": str(key.id), "content": CANARY, "context_name": "a", "context_value": "b"}
    more = visitor.post(PLAY, {**fields, "context_add": "1"}).content.decode()
    assert more.count('name="context_name"') == 2
    less = visitor.post(PLAY, {**fields, "context_remove": "0"}).content.decode()
    assert less.count('name="context_name"') == 1
    assert "CiphertextBlob" not in less


def test_two_rows_of_one_key_are_refused_in_place(visitor: Client, key: Key) -> None:
    fields = {"key": str(key.id), "content": "x", "context_name": ["a", "a"]}
    answer = visitor.post(PLAY, {**fields, "context_value": ["1", "2"]})
    assert answer.status_code == 422
    assert "Two rows have the same key." in text_of(answer)


def test_the_call_is_recorded_as_the_apis_and_without_what_was_typed(
    visitor: Client, key: Key, tmp_path: Path
) -> None:
    _encrypted(visitor, key, context_name="tenant", context_value=CANARY)
    shipping.ship(tmp_path / "journal")
    event = AuditEvent.objects.get(action="Encrypt")
    assert (event.subject, event.outcome) == (str(key.id), "OK")
    assert event.version_id == str(key.primary_version)
    for path in (tmp_path / "journal").iterdir():
        assert CANARY not in path.read_text()


def test_nothing_typed_is_taken_from_an_address(visitor: Client, key: Key) -> None:
    page = visitor.get(PLAY, {"key": str(key.id), "content": CANARY}).content.decode()
    assert f">{CANARY}" not in page
    assert f'value="{CANARY}"' not in page
    assert f'value="{key.id}"' in page


def test_the_snippet_follows_the_form(visitor: Client, key: Key) -> None:
    fields = {
        "key": "alias/it's",
        "content": "x",
        "format": "text",
        "context_name": "a",
        "context_value": "b",
    }
    text = text_of(visitor.post(f"{PLAY}encrypt/snippet/", fields))
    assert "--KeyId 'alias/it'\"'\"'s'" in text
    assert "--Plaintext eA==" in text
    assert "encryption_context= {'a': 'b'}" in text


def test_aes_and_sm4_encrypt_side_by_side(visitor: Client, key: Key, actor: Actor) -> None:
    new = NewKey(spec=KeySpec.ALIYUN_SM4, protection_level=ProtectionLevel.HSM)
    sm4 = key_create(actor=actor, new=new)
    fields = {"left": str(key.id), "right": str(sm4.id), "content": "x", "format": "text"}
    page = visitor.post(f"{PLAY}compare/symmetric/", fields)
    assert _value(page, "Aliyun_AES_256 CiphertextBlob")
    assert _value(page, "Aliyun_SM4 CiphertextBlob")


def test_one_side_refused_does_not_stop_the_other(visitor: Client, key: Key, actor: Actor) -> None:
    off = key_create(actor=actor, new=NewKey())
    key_disable(actor=actor, ref=KeyRef.of(off.id))
    fields = {"left": str(off.id), "right": str(key.id), "content": "x", "format": "text"}
    page = visitor.post(f"{PLAY}compare/symmetric/", fields)
    assert "Rejected.Disabled" in text_of(page)
    assert _value(page, "Aliyun_SM4 CiphertextBlob")
