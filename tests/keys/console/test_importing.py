"""The area 密钥材料 and its dialogs (I01 to I13)."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hsm.domain.specs import Algorithm
from hsm.models import ImportPair
from keys.domain.specs import Origin
from keys.domain.states import KeyState
from keys.models import Key
from keys.services.lifecycle import NewKey, key_create
from kms_console.audit.models import AuditEvent
from kms_console.console.models import Session
from kms_console.core.actor import Actor
from tests.keys.console.conftest import RamVisitor
from tests.keys.console.reading import page_of, parcels_of, text_of
from tests.keys.owner import wrap

PUBLIC, TOKEN = "PublicKey_base64.txt", "ImportToken_base64.txt"
MATERIAL = b"m" * 32
HTMX = {"hx-request": "true"}


def parameters(
    visitor: Client, key: Key, algorithm: Algorithm = Algorithm.RSAES_OAEP_SHA_256
) -> dict[str, str]:
    """Step 2's files."""
    answer = visitor.post(page_of(key, "import-parameters/"), {"algorithm": algorithm})
    assert answer.status_code == 200
    return parcels_of(answer)


def wrapped(files: dict[str, str], algorithm: Algorithm, material: bytes = MATERIAL) -> str:
    der = base64.b64decode(files[PUBLIC])
    return base64.b64encode(wrap(der, algorithm, material)).decode()


def upload(visitor: Client, key: Key, material: str, token: str, **fields: object) -> object:
    data = {
        "material": SimpleUploadedFile("EncryptedKeyMaterial_base64.txt", material.encode()),
        "token": SimpleUploadedFile(TOKEN, token.encode()),
        "expiry": "never",
        **fields,
    }
    return visitor.post(page_of(key, "import-material/"), data)


def state_of(key: Key) -> str:
    key.refresh_from_db()
    return key.state


def bring(visitor: Client, key: Key, **fields: object) -> object:
    algorithm = Algorithm.RSAES_OAEP_SHA_256
    files = parameters(visitor, key)
    return upload(visitor, key, wrapped(files, algorithm), files[TOKEN], **fields)


def test_only_external_keys_have_the_area(visitor: Client, key: Key, external_key: Key) -> None:
    shown = text_of(visitor.get(page_of(external_key)))
    for words in ("Get import parameters", "Import key material", "Delete key material"):
        assert words in shown
    assert "Get import parameters" not in text_of(visitor.get(page_of(key)))
    assert visitor.get(page_of(key, "import-parameters/")).status_code == 400


def test_the_first_step_offers_three_algorithms_and_the_guides_default(
    visitor: Client, external_key: Key
) -> None:
    answer = visitor.get(page_of(external_key, "import-parameters/"))
    content = answer.content.decode()
    assert content.count('name="algorithm"') == 3
    assert 'value="RSAES_PKCS1_V1_5" checked' in content
    assert "Step 1 of 2" in text_of(answer)


def test_the_second_step_carries_both_files_and_keeps_neither(
    visitor: Client, external_key: Key
) -> None:
    files = parameters(visitor, external_key)
    assert files.keys() == {PUBLIC, TOKEN}
    assert len(base64.b64decode(files[PUBLIC])) == 294
    assert len(base64.b64decode(files[TOKEN])) == 73
    kept = "".join(Session.objects.values_list("session_data", flat=True))
    assert files[TOKEN] not in kept
    assert files[TOKEN] not in visitor.get(page_of(external_key)).content.decode()


def test_step_two_comes_as_a_part_to_a_script(visitor: Client, external_key: Key) -> None:
    address = page_of(external_key, "import-parameters/")
    answer = visitor.post(address, {"algorithm": "RSAES_OAEP_SHA_1"}, headers=HTMX)
    assert b"<html" not in answer.content
    assert parcels_of(answer).keys() == {PUBLIC, TOKEN}
    assert "rsa_oaep_md:sha1" in text_of(answer)


def test_an_unknown_algorithm_makes_nothing(visitor: Client, external_key: Key) -> None:
    answer = visitor.post(page_of(external_key, "import-parameters/"), {"algorithm": "SM2PKE"})
    assert answer.status_code == 422
    assert not ImportPair.objects.exists()


def test_the_page_tells_how_long_the_token_is_good(visitor: Client, external_key: Key) -> None:
    assert b"data-left" not in visitor.get(page_of(external_key)).content
    parameters(visitor, external_key)
    shown = visitor.get(page_of(external_key))
    assert b'data-left="86' in shown.content
    assert "23:59:" in text_of(shown)


@pytest.mark.parametrize(
    "algorithm",
    [Algorithm.RSAES_PKCS1_V1_5, Algorithm.RSAES_OAEP_SHA_1, Algorithm.RSAES_OAEP_SHA_256],
)
def test_importing_enables_the_key(
    visitor: Client, external_key: Key, algorithm: Algorithm
) -> None:
    files = parameters(visitor, external_key, algorithm)
    answer = upload(visitor, external_key, wrapped(files, algorithm), files[TOKEN])
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert state_of(external_key) == KeyState.ENABLED
    assert external_key.material_expires_at is None
    assert "External · imported" in text_of(visitor.get(page_of(external_key)))


def test_files_of_several_lines_are_taken_as_openssl_writes_them(
    visitor: Client, external_key: Key
) -> None:
    algorithm = Algorithm.RSAES_OAEP_SHA_256
    files = parameters(visitor, external_key)
    text = wrapped(files, algorithm)
    lines = "".join(f"{text[start : start + 64]}\n" for start in range(0, len(text), 64))
    upload(visitor, external_key, lines, files[TOKEN] + "\n")
    assert state_of(external_key) == KeyState.ENABLED


def test_a_date_makes_the_material_expire(visitor: Client, external_key: Key) -> None:
    moment = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=40)
    bring(visitor, external_key, expiry="custom", moment=f"{moment:%Y-%m-%dT%H:%M}")
    assert state_of(external_key) == KeyState.ENABLED
    assert external_key.material_expires_at == moment


@pytest.mark.parametrize("moment", ["", "2020-01-01T00:00", "soon"])
def test_no_date_and_a_past_one_are_refused_in_place(
    visitor: Client, external_key: Key, moment: str
) -> None:
    answer = bring(visitor, external_key, expiry="custom", moment=moment)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert state_of(external_key) == KeyState.PENDING_IMPORT


def test_a_token_of_another_key_is_named_in_place(
    visitor: Client, actor: Actor, external_key: Key
) -> None:
    other = key_create(actor=actor, new=NewKey(origin=Origin.EXTERNAL))
    files, foreign = parameters(visitor, external_key), parameters(visitor, other)
    material = wrapped(files, Algorithm.RSAES_OAEP_SHA_256)
    answer = upload(visitor, external_key, material, foreign[TOKEN])
    assert answer.status_code == 422  # type: ignore[attr-defined]
    shown = text_of(answer)
    assert "InvalidImportToken" in shown
    assert f"This token was made for {other.id}." in shown
    assert state_of(external_key) == KeyState.PENDING_IMPORT


def test_a_token_of_another_account_names_nothing(
    visitor: Client, stranger: Actor, external_key: Key
) -> None:
    foreign = key_create(actor=stranger, new=NewKey(origin=Origin.EXTERNAL))
    token = b"\x01" + b"p" * 16 + foreign.id.bytes + bytes(8) + b"t" * 32
    answer = upload(visitor, external_key, "AAAA", base64.b64encode(token).decode())
    assert str(foreign.id) not in text_of(answer)
    assert "Choose the token that was downloaded for this key." in text_of(answer)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no base64!", "This file is not Base64 text."),
        ("A" * 2052, "This file is too large"),
        ("", "The submitted file is empty."),
    ],
)
def test_what_is_no_such_file_is_refused_at_its_field(
    visitor: Client, external_key: Key, content: str, words: str
) -> None:
    answer = upload(visitor, external_key, "AAAA", content)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert words in text_of(answer)
    assert not AuditEvent.objects.filter(action="ImportKeyMaterial").exists()


def test_bound_for_good_to_the_first_material(visitor: Client, external_key: Key) -> None:
    bring(visitor, external_key)
    visitor.post(page_of(external_key, "delete-material/"))
    assert state_of(external_key) == KeyState.PENDING_IMPORT
    files = parameters(visitor, external_key)
    other = wrapped(files, Algorithm.RSAES_OAEP_SHA_256, b"n" * 32)
    answer = upload(visitor, external_key, other, files[TOKEN])
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "is not the material that the key is bound to" in text_of(answer)
    bring(visitor, external_key)
    assert state_of(external_key) == KeyState.ENABLED


def test_a_check_value_is_compared_before_anything_is_bound(
    visitor: Client, external_key: Key
) -> None:
    answer = bring(visitor, external_key, check_value="000000")
    assert "InvalidKeyMaterial" in text_of(answer)
    assert "6 hexadecimal digits" in text_of(bring(visitor, external_key, check_value="zz"))
    external_key.refresh_from_db()
    assert external_key.material_binding == ""


def test_deleting_asks_once_and_is_offered_only_with_material(
    visitor: Client, external_key: Key
) -> None:
    assert "The key has no material." in visitor.get(page_of(external_key)).content.decode()
    bring(visitor, external_key)
    assert "Do you have a copy?" in text_of(visitor.get(page_of(external_key, "delete-material/")))
    assert state_of(external_key) == KeyState.ENABLED


def test_who_may_not_import_is_refused_in_the_dialog(
    ram_visitor: RamVisitor, external_key: Key
) -> None:
    visitor = ram_visitor("kms:DescribeKey")
    answer = visitor.post(
        page_of(external_key, "import-parameters/"), {"algorithm": "RSAES_OAEP_SHA_1"}
    )
    assert answer.status_code == 422
    assert "Forbidden.NoPermission" in text_of(answer)
    assert not ImportPair.objects.exists()
