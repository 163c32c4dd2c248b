"""Sequences that chance would hardly find, asked of the product and of the model."""

import pytest

from tests.keys.asking import Choice
from tests.keys.bringing import DAY, bring, enable, equip
from tests.keys.mistakes import BAD_MATERIAL, MISTAKES
from tests.keys.model.importing import LIFETIME, MOST_OFFERS
from tests.keys.model.versions import MOST_VERSIONS
from tests.keys.playing import Play
from tests.keys.sorts import CREATION, Sort

TIMES = 10

SOFTWARE = {"Origin": "EXTERNAL"}
RSA = ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "RSAES_PKCS1_V1_5")
WAITING = Choice(number=3)
"""Of ListKeys: for keys that wait for import."""
LIMIT = "Rejected.LimitExceeded"


@pytest.fixture
def play(db: None) -> Play:
    return Play()


@pytest.fixture
def empty(play: Play) -> str:
    """An external key that never had material."""
    return play.twins.create_key(play.twins.accounts[0], CREATION[Sort.EXTERNAL])


def test_a_request_with_one_mistake_is_refused_with_its_code(play: Play) -> None:
    enabled = {sort: play.fitting(sort, "Enabled") for sort in Sort}
    for sort, operation, choice, code in MISTAKES * TIMES:
        key_id = enabled[sort]
        enable(play.twins, key_id)
        if operation == "CreateKeyVersion":
            assert play.ask(key_id, operation) == ""
        assert (play.ask(key_id, operation, choice), operation, choice) == (code, operation, choice)


def test_material_that_was_refused_binds_nothing(play: Play, empty: str) -> None:
    other = Choice(spoils="context")
    assert play.ask(empty, "ImportKeyMaterial", Choice(check="wrong")) == BAD_MATERIAL
    assert play.ask(empty, "ImportKeyMaterial", other) == ""
    assert play.ask(empty, "ImportKeyMaterial", other) == BAD_MATERIAL


@pytest.mark.parametrize("by_expiry", [False, True])
def test_what_a_key_is_bound_to_outlives_its_material(
    play: Play, empty: str, by_expiry: bool
) -> None:
    equip(play.twins, empty)
    for _ in range(TIMES):
        bring(play.twins, empty, "PendingImport", by_expiry=by_expiry)
        assert play.ask(empty, "Decrypt") == "Rejected.PendingImport"
        assert play.ask(empty, "ListKeys", WAITING) == ""
        assert play.ask(empty, "ImportKeyMaterial", Choice(spoils="context")) == BAD_MATERIAL
        assert play.ask(empty, "ImportKeyMaterial") == ""
        assert play.ask(empty, "Decrypt") == ""
    play.end()


def test_another_expiry_takes_the_place_of_the_first(play: Play, empty: str) -> None:
    for days, state in ((1, "Enabled"), (7, "Enabled"), (0, "Enabled"), (1, "PendingImport")):
        assert play.ask(empty, "ImportKeyMaterial", Choice(days=days)) == ""
        play.twins.wait(DAY if state == "PendingImport" else 0.5 * DAY)
        play.twins.compare(empty)
        assert play.twins.state_of(empty) == state


def test_material_comes_wrapped_in_every_way_that_its_level_allows(play: Play) -> None:
    key_id = play.twins.create_key(play.twins.accounts[0], SOFTWARE)
    for algorithm in RSA:
        wraps = Choice(wraps=(algorithm, "RSA_2048"))
        assert play.ask(key_id, "GetParametersForImport", wraps) == ""
        assert play.ask(key_id, "ImportKeyMaterial") == ""
    sm2 = Choice(wraps=("SM2PKE", "EC_SM2"))
    assert play.ask(key_id, "GetParametersForImport", sm2) == "Unsupported.ProtectionLevel"
    play.end()


def test_a_key_has_a_hundred_tokens_in_force(play: Play, empty: str) -> None:
    for _ in range(MOST_OFFERS):
        assert play.ask(empty, "GetParametersForImport") == ""
    assert play.ask(empty, "GetParametersForImport") == LIMIT
    play.twins.wait(LIFETIME)
    assert play.ask(empty, "GetParametersForImport") == ""


@pytest.mark.parametrize("sort", [Sort.ENCRYPTING, Sort.SIGNING])
def test_a_key_pair_has_fifty_versions_that_all_stay_of_use(play: Play, sort: Sort) -> None:
    key_id = play.fitting(sort, "Enabled")
    use = {Sort.ENCRYPTING: "AsymmetricEncrypt", Sort.SIGNING: "AsymmetricSign"}[sort]
    for _ in range(MOST_VERSIONS - 1):
        assert play.ask(key_id, "CreateKeyVersion") == ""
        assert play.ask(key_id, use) == ""
    assert play.ask(key_id, "CreateKeyVersion") == LIMIT
    play.end()


def test_blobs_of_all_versions_stay_of_use_when_a_key_rotates(play: Play) -> None:
    key_id = play.fitting(Sort.MADE, "Enabled")
    for _ in range(TIMES):
        play.rotate("Enabled")
        assert play.ask(key_id, "Encrypt") == ""
    play.end()
    blobs = [blob for blob in play.twins.model.blobs.values() if blob.key_id == key_id]
    assert len({blob.version for blob in blobs}) == TIMES + 1
