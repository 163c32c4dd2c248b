"""Case 17: an import token is good as it was given out, for one key, with the pair it names."""

import base64
import secrets
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from tests.abuse.annex import Annex
from tests.abuse.imports.keys import External
from tests.abuse.imports.owner import AES, PKCS1, SHA_1, SHA_256, SM2, SM4, check_value
from tests.abuse.spoiling import cut, flipped, grown, wire
from tests.signing import Answer

pytestmark = pytest.mark.usefixtures("unchanged")

PAIR, KEY, EXPIRES, TAG = slice(1, 17), slice(17, 33), slice(33, 41), slice(41, 73)
"""The parts of a token."""


def _refuse_tokens(key: External, texts: Iterable[str]) -> Answer:
    """Each of them, with material that is right, is refused as no token."""
    whole = key.bringing(key.wrap(key.new_material()))
    requests = [{**whole, "ImportToken": text} for text in texts]
    answer = key.refuse_requests(requests, "InvalidImportToken")
    assert answer.json["Message"] == "The import token is not valid."
    return answer


def _refuse_token_bytes(key: External, tokens: Iterable[bytes]) -> None:
    _refuse_tokens(key, (wire(token) for token in tokens))


def _bytes(key: External) -> bytes:
    return base64.b64decode(key.token)


def _with(token: bytes, part: slice, value: bytes) -> bytes:
    return token[: part.start] + value + token[part.stop :]


def test_a_token_says_whose_it_is_and_until_when(annex: Annex) -> None:
    """The parts are where the tests below look for them."""
    key = External.create(annex, AES)
    token = _bytes(key)
    assert (len(token), token[0]) == (73, 1)
    assert UUID(bytes=token[PAIR]).version == 4
    assert UUID(bytes=token[KEY]) == UUID(key.key_id)
    assert int.from_bytes(token[EXPIRES], "big") > 1_700_000_000


def test_no_token_with_one_flipped_bit_is_taken(annex: Annex) -> None:
    key = External.create(annex, AES)
    _refuse_token_bytes(key, (changed for _, changed in flipped(_bytes(key))))
    assert key.state == "PendingImport"
    key.bring(key.new_material())


def test_no_token_that_was_cut_grew_or_was_never_one_is_taken(annex: Annex) -> None:
    key = External.create(annex, AES)
    token = _bytes(key)
    _refuse_token_bytes(key, [*cut(token), *grown(token), bytes(73), b"\x01" + bytes(72)])
    spelled = ["é", "AAA", "QUJDRB==", key.token[:-1], key.token.rstrip("=") + "B", f" {key.token}"]
    _refuse_tokens(key, [*spelled, key.token + "====", "A" * 4096])


def test_no_part_of_a_token_can_be_exchanged(annex: Annex) -> None:
    """Neither for that of another token of the key, nor for one that would suit its bearer."""
    key = External.create(annex, AES)
    token, other = _bytes(key), _bytes(key.asking())
    later = (int.from_bytes(token[EXPIRES], "big") + 86_400).to_bytes(8, "big")
    never = b"\xff" * 8
    _refuse_token_bytes(
        key,
        [
            *(_with(token, part, other[part]) for part in (PAIR, TAG)),
            *(_with(token, EXPIRES, moment) for moment in (later, never, bytes(8))),
            *(_with(token, PAIR, uuid4().bytes), _with(token, KEY, uuid4().bytes)),
            *(_with(token, TAG, bytes(32)), b"\2" + token[1:]),
        ],
    )


def test_another_keys_token_is_refused_also_when_it_names_the_key(annex: Annex) -> None:
    key, another = External.create(annex, AES), External.create(annex, AES)
    theirs = _bytes(another)
    renamed = _with(theirs, KEY, UUID(key.key_id).bytes)
    _refuse_token_bytes(key, [theirs, renamed])
    material = key.new_material()
    mixed = replace(key, public_der=another.public_der, token=another.token)
    mixed.refuse_requests([mixed.bringing(mixed.wrap(material))], "InvalidImportToken")
    assert (key.state, another.state) == ("PendingImport", "PendingImport")
    another.bring(material)


def test_another_accounts_token_is_refused(annex: Annex) -> None:
    theirs = External.create(annex.of(annex.house.members.stranger), AES)
    ours = External.create(annex, AES)
    _refuse_token_bytes(ours, [_bytes(theirs)])
    _refuse_token_bytes(theirs, [_bytes(ours)])
    whole = ours.bringing(ours.wrap(ours.new_material()))
    for key_id in (ours.key_id, str(uuid4())):
        request = {**whole, "KeyId": key_id}
        theirs.annex.refuse("ImportKeyMaterial", request, "Forbidden.KeyNotFound", 404)
    assert (ours.state, theirs.state) == ("PendingImport", "PendingImport")


def test_another_regions_token_is_refused(annex: Annex) -> None:
    away = replace(annex, member=replace(annex.member, region="cn-shanghai"))
    there, here = External.create(away, AES), External.create(annex, AES)
    _refuse_token_bytes(here, [_bytes(there)])
    request = there.bringing(there.wrap(there.new_material()))
    annex.refuse("ImportKeyMaterial", request, "Forbidden.KeyNotFound", 404)
    assert there.state == "PendingImport"


@pytest.mark.parametrize("algorithm", [SHA_256, SHA_1, PKCS1, SM2])
def test_a_token_is_good_again_and_again(annex: Annex, algorithm: str) -> None:
    key = External.create(annex, SM4, algorithm)
    material = key.new_material()
    told = {key.bring(material) for _ in range(2)}
    key.lose()
    told |= {key.bring(material) for _ in range(2)}
    assert told == {check_value(SM4, material)}
    assert annex.versions(key.key_id) == [annex.describe(key.key_id)["PrimaryKeyVersion"]]


def test_several_tokens_are_good_at_once_each_with_its_own_pair(annex: Annex) -> None:
    key = External.create(annex, SM4, SHA_256)
    asked = [key.asking(algorithm) for algorithm in (SHA_256, SHA_1, PKCS1, SM2, SM2)]
    assert len({one.public_der for one in asked}) == len({one.token for one in asked}) == 5
    material = key.new_material()
    for one in (*asked, key):
        one.bring(material)


@pytest.mark.parametrize("algorithm", [SHA_256, SHA_1, PKCS1, SM2])
def test_material_under_the_public_key_of_another_call_is_refused(
    annex: Annex, algorithm: str
) -> None:
    """With PKCS #1 v1.5 the check value is what tells: nothing else would, once in a while."""
    key = External.create(annex, SM4, algorithm)
    first, second = key, key.asking()
    material = key.new_material()
    expected = {"KeyCheckValue": check_value(SM4, material)}
    first.refuse_all([second.wrap(material)], **expected)
    second.refuse_all([first.wrap(material)], **expected)
    assert (key.state, key.shown_check_value) == ("PendingImport", None)
    second.bring(material, **expected)


def test_a_key_that_is_to_be_deleted_takes_nothing_until_it_is_saved(annex: Annex) -> None:
    key = External.create(annex, AES)
    request = key.bringing(key.wrap(key.new_material()))
    annex.call("ScheduleKeyDeletion", {"KeyId": key.key_id, "PendingWindowInDays": "7"})
    annex.refuse("ImportKeyMaterial", request, "Rejected.StateModifiedFailed", 409)
    assert key.shown_check_value is None
    annex.call("CancelKeyDeletion", {"KeyId": key.key_id})
    assert key.state == "PendingImport"
    annex.call("ImportKeyMaterial", request)
    assert key.state == "Enabled"


def test_a_disabled_key_takes_its_material_and_stays_disabled(annex: Annex) -> None:
    key = External.create(annex, AES)
    material = key.new_material()
    key.bring(material)
    annex.call("DisableKey", {"KeyId": key.key_id})
    key.bring(material)
    assert key.state == "Disabled"
    key.refuse_all([key.wrap(secrets.token_bytes(32))])
    assert key.state == "Disabled"


def test_a_user_without_a_policy_neither_asks_nor_brings(annex: Annex) -> None:
    powerless = annex.of(annex.house.members.powerless)
    key = External.create(annex, AES)
    asked = {
        "KeyId": key.key_id,
        "WrappingAlgorithm": SHA_256,
        "WrappingKeySpec": "RSA_2048",
    }
    request = key.bringing(key.wrap(key.new_material()))
    for action, parameters in (
        ("GetParametersForImport", asked),
        ("ImportKeyMaterial", request),
        ("DeleteKeyMaterial", {"KeyId": key.key_id}),
    ):
        powerless.refuse(action, parameters, "Forbidden.NoPermission", 403)
    assert key.state == "PendingImport"
