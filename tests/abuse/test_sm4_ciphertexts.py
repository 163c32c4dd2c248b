"""Cases 12 and 14 for SM4: no changed ciphertext and no other context opens anything."""

import base64
import json
from collections.abc import Iterator, Mapping
from uuid import UUID

import pytest

from tests.abuse.annex import HSM, Annex, annex_of
from tests.abuse.house import House
from tests.abuse.spoiling import cut, flipped, grown, wire
from tests.abuse.test_ciphertexts import KEY_ID, _other_spellings
from tests.abuse.test_contexts import _DIFFERENT, MALFORMED, MAP

pytestmark = pytest.mark.usefixtures("unchanged")

HEADER = 35


@pytest.fixture(scope="module")
def annex(house: House) -> Iterator[Annex]:
    with annex_of(house) as opened:
        yield opened


@pytest.fixture(scope="module")
def key_id(annex: Annex) -> str:
    return annex.create("Aliyun_SM4", **HSM)


@pytest.fixture(scope="module")
def other_id(annex: Annex) -> str:
    return annex.create("Aliyun_AES_256")


@pytest.fixture(scope="module")
def blob(annex: Annex, key_id: str) -> bytes:
    """A ciphertext whose base64 has no padding bits to spare: 35 + 12 + 18 + 16 bytes."""
    return base64.b64decode(_sealed(annex, key_id, plaintext=annex.house.canary()[:18]))


def _sealed(annex: Annex, key_id: str, *, plaintext: str = "", context: str = "{}") -> str:
    parameters = {
        "KeyId": key_id,
        "Plaintext": plaintext or annex.house.canary(),
        "EncryptionContext": context,
    }
    made: str = annex.call("Encrypt", parameters)["CiphertextBlob"]
    return made


def _blobs(blobs: Iterator[bytes] | list[bytes]) -> list[Mapping[str, str]]:
    return [{"CiphertextBlob": wire(changed)} for changed in blobs]


def _decrypt_refused(annex: Annex, blobs: Iterator[bytes] | list[bytes]) -> None:
    answer = annex.refuse_alike("Decrypt", _blobs(blobs), "InvalidParameter", 400)
    assert '"CiphertextBlob"' in answer.json["Message"]


def test_it_is_sm4_and_opens(annex: Annex, key_id: str, blob: bytes) -> None:
    assert blob[:3] == b"\x01\x03\x01"
    assert blob[3:19] == UUID(key_id).bytes
    assert len(blob) == HEADER + 12 + 18 + 16
    annex.call("Decrypt", {"CiphertextBlob": wire(blob)})


def test_no_ciphertext_with_one_flipped_bit_opens(annex: Annex, blob: bytes) -> None:
    named = [changed for where, changed in flipped(blob) if where in KEY_ID]
    others = [changed for where, changed in flipped(blob) if where not in KEY_ID]
    assert (len(named), len(others)) == (16 * 8, 65 * 8)
    annex.refuse_alike("Decrypt", _blobs(named), "Forbidden.KeyNotFound", 404)
    _decrypt_refused(annex, others)


def test_no_ciphertext_that_was_cut_or_that_grew_opens(annex: Annex, blob: bytes) -> None:
    _decrypt_refused(annex, [*cut(blob), *grown(blob), blob + bytes(7000), blob[:HEADER] + blob])


def test_a_ciphertext_has_one_spelling_in_base64(annex: Annex, key_id: str) -> None:
    whole = [_sealed(annex, key_id, plaintext=wire(b"x" * size)) for size in (1, 2)]
    others = [other for text in whole for other in _other_spellings(text)]
    assert len(others) > 10
    requests = [{"CiphertextBlob": text} for text in others]
    annex.refuse_alike("Decrypt", requests, "InvalidParameter", 400)


def test_no_algorithm_but_its_own_opens_a_ciphertext(annex: Annex, blob: bytes) -> None:
    """An AES key's ciphertext said to be SM4's, and the other way round, with nonces that fit."""
    sealed = blob[HEADER:]
    renamed = [blob[:1] + bytes((number,)) + blob[2:] for number in (0, 1, 2, 4, 255)]
    fitting = blob[:1] + b"\x01" + blob[2:HEADER] + bytes(12) + sealed
    _decrypt_refused(annex, [*renamed, fitting])


def test_another_keys_header_opens_nothing(
    annex: Annex, key_id: str, other_id: str, blob: bytes
) -> None:
    aes = base64.b64decode(_sealed(annex, other_id))
    _decrypt_refused(
        annex,
        [
            aes[:HEADER] + blob[HEADER:],
            blob[:HEADER] + aes[HEADER:],
            blob[:3] + aes[3:HEADER] + blob[HEADER:],
            blob[:19] + aes[19:HEADER] + blob[HEADER:],
            aes[:3] + blob[3:HEADER] + aes[HEADER:],
        ],
    )


def test_parts_of_two_ciphertexts_make_no_third(annex: Annex, key_id: str, blob: bytes) -> None:
    made = _sealed(annex, key_id, plaintext=annex.house.canary()[:18])
    other = base64.b64decode(made)
    _decrypt_refused(annex, [blob[:at] + other[at:] for at in range(HEADER + 1, len(blob))])


@pytest.mark.parametrize(
    "equal",
    [
        '{ "user" : "42",\n\t"org":"\\u00e9", "A":"" }',
        '{"\\u0041":"","us\\u0065r":"\\u0034\\u0032","org":"\\u00E9"}',
    ],
)
def test_an_equal_context_decrypts_in_every_spelling(annex: Annex, key_id: str, equal: str) -> None:
    one, another = json.dumps(MAP), equal
    for sealed, opened in ((one, another), (another, one)):
        blob = _sealed(annex, key_id, context=sealed)
        annex.call("Decrypt", {"CiphertextBlob": blob, "EncryptionContext": opened})


def test_every_other_context_is_refused_in_the_words_for_a_changed_ciphertext(
    annex: Annex, key_id: str
) -> None:
    blob = _sealed(annex, key_id, context=json.dumps(MAP))
    requests = [
        {"CiphertextBlob": blob, "EncryptionContext": json.dumps(other)} for other in _DIFFERENT
    ]
    *_, (_, spoiled) = flipped(base64.b64decode(blob))
    requests.append({"CiphertextBlob": wire(spoiled), "EncryptionContext": json.dumps(MAP)})
    annex.refuse_alike("Decrypt", requests, "InvalidParameter", 400)


def test_a_malformed_context_is_refused_wherever_sm4_is_used(annex: Annex, key_id: str) -> None:
    blob = _sealed(annex, key_id)
    calls: dict[str, Mapping[str, str]] = {
        "Encrypt": {"KeyId": key_id, "Plaintext": annex.house.canary()},
        "Decrypt": {"CiphertextBlob": blob},
        "GenerateDataKey": {"KeyId": key_id},
    }
    for action, parameters in calls.items():
        requests = [{**parameters, "EncryptionContext": text} for text in MALFORMED.values()]
        answer = annex.refuse_alike(action, requests, "InvalidParameter", 400)
        assert '"EncryptionContext"' in answer.json["Message"]


@pytest.mark.parametrize("name", ["SourceEncryptionContext", "DestinationEncryptionContext"])
def test_re_encrypt_refuses_a_malformed_context(
    annex: Annex, key_id: str, other_id: str, name: str
) -> None:
    whole = {"CiphertextBlob": _sealed(annex, key_id), "DestinationKeyId": other_id}
    requests = [{**whole, name: text} for text in MALFORMED.values()]
    answer = annex.refuse_alike("ReEncrypt", requests, "InvalidParameter", 400)
    assert f'"{name}"' in answer.json["Message"]


def test_re_encrypt_opens_no_ciphertext_with_another_context(
    annex: Annex, key_id: str, other_id: str
) -> None:
    """What opened it never matters to what is refused, nor does the destination's context."""
    blob = _sealed(annex, key_id, context=json.dumps(MAP))
    whole = {"CiphertextBlob": blob, "DestinationKeyId": other_id}
    destination = {"DestinationEncryptionContext": json.dumps(MAP)}
    requests = [
        {**whole, "SourceEncryptionContext": json.dumps(other), **more}
        for other in _DIFFERENT
        for more in ({}, destination)
    ]
    answer = annex.refuse_alike("ReEncrypt", requests, "InvalidParameter", 400)
    assert '"CiphertextBlob"' in answer.json["Message"]


@pytest.mark.parametrize("sends_to_aes", [True, False])
def test_re_encrypt_changes_context_and_key_and_nothing_else(
    annex: Annex, key_id: str, other_id: str, sends_to_aes: bool
) -> None:
    source, target = (key_id, other_id) if sends_to_aes else (other_id, key_id)
    plaintext = annex.house.canary()
    parameters = {
        "CiphertextBlob": _sealed(annex, source, plaintext=plaintext, context=json.dumps(MAP)),
        "SourceEncryptionContext": json.dumps(dict(reversed(MAP.items()))),
        "DestinationKeyId": target,
        "DestinationEncryptionContext": '{"new":""}',
    }
    made = annex.call("ReEncrypt", parameters)["CiphertextBlob"]
    opened = annex.call("Decrypt", {"CiphertextBlob": made, "EncryptionContext": '{"new":""}'})
    assert (opened["Plaintext"], opened["KeyId"]) == (plaintext, target)
    requests = [
        {"CiphertextBlob": made, "EncryptionContext": text} for text in ("{}", json.dumps(MAP))
    ]
    annex.refuse_alike("Decrypt", requests, "InvalidParameter", 400)
