"""Cases 13, 16 and 18: which material a key takes, and that it is bound to the first for ever."""

import base64
import itertools
import secrets
import time
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes

from tests.abuse.annex import Annex
from tests.abuse.imports.keys import WAYS, External
from tests.abuse.imports.owner import (
    AES,
    PKCS1,
    SHA_1,
    SHA_256,
    SIZES,
    SM2,
    SM4,
    check_value,
    oaep,
    wrap,
    wrong_check_value,
)
from tests.abuse.spoiling import cut, grown, wire

pytestmark = pytest.mark.usefixtures("unchanged")

ways = pytest.mark.parametrize(("spec", "algorithm"), WAYS)
specs = pytest.mark.parametrize("spec", list(SIZES))


def _bound(annex: Annex, spec: str, material: bytes, algorithm: str = SHA_256) -> External:
    """A new key with this material."""
    key = External.create(annex, spec, algorithm)
    assert key.bring(material) == check_value(spec, material)
    return key


def test_an_answer_that_showed_material_would_be_noticed(annex: Annex) -> None:
    """What every other test of this folder leaves to `Annex.ask`."""
    sealed = External.create(annex, AES)
    sealed.bring(sealed.new_material())
    blob = sealed.encrypt(wire(annex.keep(secrets.token_bytes(32))))
    with pytest.raises(AssertionError):
        sealed.decrypt(blob)


@ways
def test_material_is_taken_and_used_however_it_was_wrapped(
    annex: Annex, spec: str, algorithm: str
) -> None:
    key = External.create(annex, spec, algorithm)
    assert (key.state, key.shown_check_value) == ("PendingImport", None)
    material = key.new_material()
    assert key.bring(material) == check_value(spec, material)
    assert (key.state, key.shown_check_value) == ("Enabled", check_value(spec, material))
    text = annex.house.canary()
    assert key.decrypt(key.encrypt(text)) == text


@ways
def test_material_of_another_length_is_refused(annex: Annex, spec: str, algorithm: str) -> None:
    """32 bytes are no SM4 key and 16 no AES-256 key; SM2 does not encrypt nothing at all."""
    key = External.create(annex, spec, algorithm)
    sizes = {1, 15, 16, 17, 24, 31, 32, 33, 64, 190, *([] if algorithm == SM2 else [0])}
    room = 190 if algorithm in {SHA_256, SM2} else 214
    wrong = [*(sizes - {SIZES[spec]}), room]
    key.refuse_all([key.wrap(secrets.token_bytes(size)) for size in wrong])
    assert (key.state, key.shown_check_value) == ("PendingImport", None)


def test_whatever_is_wrong_with_oaep_is_refused_alike(annex: Annex) -> None:
    """Case 16: padding, hash, label and length give one code and one text."""
    key = External.create(annex, AES)
    public, right = key.public_der, key.new_material()
    good = oaep(public, right)
    answer = key.refuse_all(
        [
            wrap(PKCS1, public, right),
            wrap(SHA_1, public, right),
            oaep(public, right, mgf=hashes.SHA1),
            oaep(public, right, digest=hashes.SHA1, mgf=hashes.SHA256),
            oaep(public, right, digest=hashes.SHA512),
            oaep(public, right, label=b"x"),
            oaep(public, right[:-1]),
            oaep(public, right + b"\0"),
            oaep(public, b""),
            *(bytes([good[0] ^ 1]) + good[1:], good[:-1] + bytes([good[-1] ^ 1])),
            *(bytes(256), b"\xff" * 256, secrets.token_bytes(256)),
            *(good[:-1], good[1:], good + b"\0", b"\0" + good, good + good, b"\0"),
            *(bytes(1024), bytes(1025), bytes(2000)),
        ]
    )
    assert answer.json["Message"] == "The key material is not valid."
    assert (key.state, key.shown_check_value) == ("PendingImport", None)
    assert key.bring(right) == check_value(AES, right)


def test_the_hash_that_was_asked_for_is_the_one_that_opens(annex: Annex) -> None:
    key = External.create(annex, AES, SHA_1)
    right = key.new_material()
    public = key.public_der
    key.refuse_all([oaep(public, right), oaep(public, right, digest=hashes.SHA1, label=b"x")])
    key.bring(right)


def test_whatever_is_wrong_with_sm2_is_refused_alike(annex: Annex) -> None:
    key = External.create(annex, SM4, SM2)
    right = key.new_material()
    good = key.wrap(right)
    changed = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(len(good))]
    some = itertools.islice(cut(good), 0, None, 5)
    key.refuse_all([*changed, *some, *grown(good), b"\x04" + bytes(112), b"\x30\0"])
    assert (key.state, key.shown_check_value) == ("PendingImport", None)
    key.bring(right)


def test_what_is_no_base64_is_refused_as_wrong_bytes_are(annex: Annex) -> None:
    key = External.create(annex, AES)
    good = wire(key.wrap(key.new_material()))
    texts = ["é", "AAA", "QUJDRB==", good[:-1], f"{good}=", f" {good}", "A" * 4000, wire(bytes(9))]
    whole = key.bringing(b"")
    requests = [{**whole, "EncryptedKeyMaterial": text} for text in texts]
    key.refuse_requests(requests, "InvalidKeyMaterial")


@ways
def test_other_material_is_never_taken_again_and_the_same_always(
    annex: Annex, spec: str, algorithm: str
) -> None:
    key = External.create(annex, spec, algorithm)
    material = key.new_material()
    key.bring(material)
    text = annex.house.canary()
    blob = key.encrypt(text)
    other = key.wrap(key.new_material())
    for _ in range(2):
        refused = key.refuse_all([other])
        assert refused.json["Message"] == "The key material is not valid."
        assert key.decrypt(blob) == text
        key.lose()
        key.refuse_all([other])
        assert (key.state, key.shown_check_value) == ("PendingImport", check_value(spec, material))
        annex.refuse("Decrypt", {"CiphertextBlob": blob}, "Rejected.PendingImport", 409)
        assert key.bring(material) == check_value(spec, material)
        assert key.decrypt(blob) == text


@specs
def test_the_first_material_stays_the_only_one_under_every_token(annex: Annex, spec: str) -> None:
    key = External.create(annex, spec)
    material = key.new_material()
    key.bring(material)
    key.lose()
    for algorithm in (SHA_1, PKCS1):
        later = key.asking(algorithm)
        other = key.new_material()
        expected = {"KeyCheckValue": check_value(spec, other)}
        later.refuse_all([later.wrap(other)], **expected)
        later.bring(material)


@specs
def test_a_wrong_check_value_refuses_and_binds_nothing(annex: Annex, spec: str) -> None:
    key = External.create(annex, spec)
    first, second = key.new_material(), key.new_material()
    wrapped = key.wrap(first)
    wrong = [wrong_check_value(spec, first), check_value(spec, second), "000000", "FFFFFF"]
    requests = [key.bringing(wrapped, KeyCheckValue=value) for value in wrong]
    refused = key.refuse_requests(requests, "InvalidKeyMaterial")
    assert refused.json["Message"] == "The key material is not valid."
    assert (key.state, key.shown_check_value) == ("PendingImport", None)
    told = key.bring(second, KeyCheckValue=check_value(spec, second).lower())
    assert told == check_value(spec, second)
    key.refuse_all([wrapped], KeyCheckValue=check_value(spec, first))


def test_a_check_value_is_six_hexadecimal_digits(annex: Annex) -> None:
    key = External.create(annex, AES)
    wrapped = key.wrap(key.new_material())
    texts = ("12345", "1234567", "12 456", "GGGGGG", "0x1234", "１２３４５６", "123456\n")
    requests = [key.bringing(wrapped, KeyCheckValue=text) for text in texts]
    answer = key.refuse_requests(requests, "InvalidParameter")
    assert '"KeyCheckValue"' in answer.json["Message"]
    assert key.state == "PendingImport"


@specs
def test_material_that_expires_in_the_past_is_refused_and_binds_nothing(
    annex: Annex, spec: str
) -> None:
    key = External.create(annex, spec)
    wrapped = key.wrap(key.new_material())
    now = int(time.time())
    texts = ["1", "-1", "x", "1.5", "1e9", "９", "9" * 18, "9" * 19, "253402214401"]
    texts += [str(now - 1), str(now - 86_400), hex(now)]
    requests = [key.bringing(wrapped, KeyMaterialExpireUnix=text) for text in texts]
    answer = key.refuse_requests(requests, "InvalidParameter")
    assert '"KeyMaterialExpireUnix"' in answer.json["Message"]
    assert (key.state, key.shown_check_value) == ("PendingImport", None)
    key.bring(key.new_material(), KeyMaterialExpireUnix=str(now + 3600))
    assert annex.describe(key.key_id)["MaterialExpireTime"]


@specs
def test_keys_with_equal_material_stay_keys_of_their_own(annex: Annex, spec: str) -> None:
    """Case 13, also with a key of another account: their ciphertexts say so to no avail."""
    material = annex.keep(secrets.token_bytes(SIZES[spec]))
    theirs = annex.of(annex.house.members.stranger)
    first, second = _bound(annex, spec, material), _bound(annex, spec, material)
    foreign = _bound(theirs, spec, material)
    text = annex.house.canary()
    blobs = {key.key_id: key.encrypt(text) for key in (first, second, foreign)}
    for key in (first, second, foreign):
        others = [blob for key_id, blob in blobs.items() if key_id != key.key_id]
        requests = [{"CiphertextBlob": _under(key, blob)} for blob in others]
        key.annex.refuse_alike("Decrypt", requests, "InvalidParameter", 400)
        assert key.decrypt(blobs[key.key_id]) == text
    requests = [{"CiphertextBlob": blobs[key.key_id]} for key in (first, second)]
    theirs.refuse_alike("Decrypt", requests, "Forbidden.KeyNotFound", 404)


@specs
def test_of_keys_with_equal_material_each_loses_its_own(annex: Annex, spec: str) -> None:
    material = annex.keep(secrets.token_bytes(SIZES[spec]))
    first, second = _bound(annex, spec, material), _bound(annex, spec, material)
    blob, other = first.encrypt("aGVsbG8="), second.encrypt("aGVsbG8=")
    first.lose()
    assert second.decrypt(other) == "aGVsbG8="
    assert (first.state, second.state) == ("PendingImport", "Enabled")
    annex.refuse("Decrypt", {"CiphertextBlob": blob}, "Rejected.PendingImport", 409)
    annex.refuse("Decrypt", {"CiphertextBlob": _under(second, blob)}, "InvalidParameter", 400)
    first.bring(material)
    assert first.decrypt(blob) == "aGVsbG8="


def _under(key: External, blob: str) -> str:
    """The ciphertext, said to be of another key and its version."""
    data = base64.b64decode(blob)
    version = UUID(key.annex.versions(key.key_id)[0])
    return wire(data[:3] + UUID(key.key_id).bytes + version.bytes + data[35:])


@specs
def test_lost_material_opens_nothing_through_re_encrypt_either(annex: Annex, spec: str) -> None:
    key = _bound(annex, spec, annex.keep(secrets.token_bytes(SIZES[spec])))
    blob = key.encrypt(annex.house.canary())
    target = annex.create(AES)
    key.lose()
    requests = [
        {"CiphertextBlob": blob, "DestinationKeyId": target},
        {"CiphertextBlob": _sealed(annex, target), "DestinationKeyId": key.key_id},
    ]
    annex.refuse_alike("ReEncrypt", requests, "Rejected.PendingImport", 409)


def _sealed(annex: Annex, key_id: str) -> str:
    parameters = {"KeyId": key_id, "Plaintext": annex.house.canary()}
    blob: str = annex.call("Encrypt", parameters)["CiphertextBlob"]
    return blob


def test_a_key_that_was_made_here_takes_no_material(annex: Annex) -> None:
    key_id, external = annex.create(AES), External.create(annex, AES)
    wrapped = external.bringing(external.wrap(external.new_material()))
    asked = {"WrappingAlgorithm": SHA_256, "WrappingKeySpec": "RSA_2048"}
    for action, more in (
        ("GetParametersForImport", asked),
        ("ImportKeyMaterial", wrapped),
        ("DeleteKeyMaterial", {}),
    ):
        annex.refuse(action, {**more, "KeyId": key_id}, "Unsupported.Origin", 400)
    blob = _sealed(annex, key_id)
    annex.call("Decrypt", {"CiphertextBlob": blob})
