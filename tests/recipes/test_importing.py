"""Chapters 2.1.3 and 2.1.4 of the product guide: key material of one's own, with `openssl`."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from tests.calling import Caller
from tests.calling import Refused as CallRefused
from tests.contract.clients import Refused
from tests.recipes.aliyun import Aliyun
from tests.recipes.material import (
    AT_HSM,
    BY_RSA,
    CREATE,
    RSA,
    SM2,
    WRAPPINGS,
    bring,
    check_value,
    decrypt,
    deliver,
    described,
    encrypt,
    get_parameters,
    wrap,
)
from tests.recipes.terminal import Terminal
from tests.serving import Server

pytestmark = pytest.mark.contract

JAVA_EXPIRY = 1_546_272_000
"""The `expireTimestamp` of the guide's Java sample, which has passed."""


@pytest.mark.parametrize("name", BY_RSA)
def test_the_recipe_brings_material_of_ones_own(
    aliyun: Aliyun, terminal: Terminal, name: str
) -> None:
    key_id = aliyun.create_key(CREATE)
    assert described(aliyun, key_id)["KeyState"] == "PendingImport"
    assert described(aliyun, key_id)["Origin"] == "EXTERNAL"
    terminal.paste("openssl rand -out KeyMaterial.bin 32")
    get_parameters(aliyun, terminal, key_id, BY_RSA[name])
    complaints = wrap(terminal, BY_RSA[name])
    assert ("rsautl was deprecated" in complaints) == ("rsautl" in BY_RSA[name].command)
    assert deliver(aliyun, terminal, key_id) == check_value(terminal, "AES-256-CBC")
    assert described(aliyun, key_id)["KeyState"] == "Enabled"
    assert described(aliyun, key_id)["MaterialExpireTime"] == ""
    assert decrypt(aliyun, encrypt(aliyun, key_id)) == "eA=="


@pytest.mark.parametrize(
    ("spec", "size", "cipher"),
    [("Aliyun_SM4", 16, "SM4-CBC"), ("Aliyun_AES_256", 32, "AES-256-CBC")],
)
def test_material_comes_wrapped_by_sm2_to_the_managed_hsm(
    aliyun: Aliyun, terminal: Terminal, spec: str, size: int, cipher: str
) -> None:
    key_id = aliyun.create_key(f"{AT_HSM} --KeySpec {spec}")
    terminal.paste(f"openssl rand -out KeyMaterial.bin {size}")
    assert bring(aliyun, terminal, key_id, SM2) == check_value(terminal, cipher)
    metadata = described(aliyun, key_id)
    assert (metadata["KeySpec"], metadata["ProtectionLevel"]) == (spec, "HSM")
    assert metadata["KeyState"] == "Enabled"
    assert decrypt(aliyun, encrypt(aliyun, key_id)) == "eA=="


def test_deleted_material_works_again_once_the_same_file_is_imported(
    aliyun: Aliyun, terminal: Terminal
) -> None:
    key_id = aliyun.create_key(CREATE)
    terminal.paste("openssl rand -out KeyMaterial.bin 32")
    bring(aliyun, terminal, key_id, RSA)
    blob = encrypt(aliyun, key_id)
    aliyun(f"aliyun kms DeleteKeyMaterial --KeyId {key_id}")
    assert described(aliyun, key_id)["KeyState"] == "PendingImport"
    with pytest.raises(Refused, match="PendingImport"):
        decrypt(aliyun, blob)

    terminal.paste("mv KeyMaterial.bin Kept.bin; openssl rand -out KeyMaterial.bin 32")
    with pytest.raises(Refused) as refused:
        bring(aliyun, terminal, key_id, RSA)
    assert (refused.value.code, refused.value.status) == ("InvalidKeyMaterial", 400)
    assert described(aliyun, key_id)["KeyState"] == "PendingImport"

    terminal.paste("mv Kept.bin KeyMaterial.bin")
    bring(aliyun, terminal, key_id, WRAPPINGS["rsautl, OAEP with SHA-1"])
    assert described(aliyun, key_id)["KeyState"] == "Enabled"
    assert decrypt(aliyun, blob) == "eA=="


def test_a_token_is_used_again_to_set_another_expiry(aliyun: Aliyun, terminal: Terminal) -> None:
    key_id = aliyun.create_key(CREATE)
    terminal.paste("openssl rand -out KeyMaterial.bin 32")
    bring(aliyun, terminal, key_id, RSA)
    blob = encrypt(aliyun, key_id)
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    deliver(aliyun, terminal, key_id, f"--KeyMaterialExpireUnix {int(moment.timestamp())}")
    assert described(aliyun, key_id)["MaterialExpireTime"] == f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    assert decrypt(aliyun, blob) == "eA=="
    with pytest.raises(Refused, match="InvalidParameter"):
        deliver(aliyun, terminal, key_id, f"--KeyMaterialExpireUnix {JAVA_EXPIRY}")


def test_a_keys_token_brings_material_to_no_other_key(aliyun: Aliyun, terminal: Terminal) -> None:
    keys = [aliyun.create_key(CREATE) for _ in range(2)]
    terminal.paste("openssl rand -out KeyMaterial.bin 32")
    bring(aliyun, terminal, keys[0], RSA)
    with pytest.raises(Refused) as refused:
        deliver(aliyun, terminal, keys[1])
    assert (refused.value.code, refused.value.status) == ("InvalidImportToken", 400)


def test_the_same_material_in_two_keys_makes_ciphertexts_of_one_each(
    aliyun: Aliyun, terminal: Terminal
) -> None:
    keys = [aliyun.create_key(CREATE) for _ in range(2)]
    terminal.paste("openssl rand -out KeyMaterial.bin 32")
    assert len({bring(aliyun, terminal, key_id, RSA) for key_id in keys}) == 1
    blob = base64.b64decode(encrypt(aliyun, keys[0]))
    other = base64.b64decode(encrypt(aliyun, keys[1]))
    assert (blob[3:19], other[3:19]) == tuple(bytes.fromhex(key.replace("-", "")) for key in keys)
    with pytest.raises(Refused, match="InvalidParameter"):
        decrypt(aliyun, base64.b64encode(other[:35] + blob[35:]).decode())


def test_an_owner_who_states_the_check_value_binds_no_other_material(
    aliyun: Aliyun, terminal: Terminal, server: Server
) -> None:
    key_id = aliyun.create_key(CREATE)
    terminal.paste("openssl rand -out KeyMaterial.bin 32")
    meant = check_value(terminal, "AES-256-CBC")
    get_parameters(aliyun, terminal, key_id, RSA)
    terminal.paste("mv KeyMaterial.bin Meant.bin; openssl rand -out KeyMaterial.bin 32")
    wrap(terminal, RSA)
    with pytest.raises(CallRefused, match="InvalidKeyMaterial"):
        _deliver_checked(server, terminal, key_id, meant)
    terminal.paste("mv Meant.bin KeyMaterial.bin")
    wrap(terminal, RSA)
    _deliver_checked(server, terminal, key_id, meant.lower())
    assert described(aliyun, key_id)["KeyCheckValue"] == meant


def _deliver_checked(server: Server, terminal: Terminal, key_id: str, meant: str) -> None:
    """Step 4 with a parameter that is this server's own, and no SDK's."""
    Caller.owner(server).call(
        "ImportKeyMaterial",
        KeyId=key_id,
        EncryptedKeyMaterial=terminal.read("EncryptedKeyMaterial_base64.txt").decode(),
        ImportToken=terminal.read("ImportToken.txt").decode(),
        KeyCheckValue=meant,
    )


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_material_of_another_length_is_refused(
    aliyun: Aliyun, terminal: Terminal, size: int
) -> None:
    key_id = aliyun.create_key(CREATE)
    terminal.write("KeyMaterial.bin", bytes(size))
    with pytest.raises(Refused, match="InvalidKeyMaterial"):
        bring(aliyun, terminal, key_id, RSA)
    assert described(aliyun, key_id)["KeyState"] == "PendingImport"


def test_material_that_is_wrapped_in_another_way_than_was_said_is_refused(
    aliyun: Aliyun, terminal: Terminal
) -> None:
    key_id = aliyun.create_key(CREATE)
    terminal.paste("openssl rand -out KeyMaterial.bin 32")
    get_parameters(aliyun, terminal, key_id, RSA)
    wrap(terminal, WRAPPINGS["OAEP with SHA-1"])
    with pytest.raises(Refused, match="InvalidKeyMaterial"):
        deliver(aliyun, terminal, key_id)


def test_there_is_nothing_to_import_into_a_key_that_was_made_here(aliyun: Aliyun) -> None:
    key_id = aliyun.create_key("aliyun kms CreateKey")
    with pytest.raises(Refused) as refused:
        aliyun(
            f"aliyun kms GetParametersForImport --KeyId {key_id} "
            "--WrappingAlgorithm RSAES_OAEP_SHA_1 --WrappingKeySpec RSA_2048"
        )
    assert (refused.value.code, refused.value.status) == ("Unsupported.Origin", 400)


def test_a_software_key_takes_no_material_that_is_wrapped_by_sm2(aliyun: Aliyun) -> None:
    key_id = aliyun.create_key(CREATE)
    with pytest.raises(Refused) as refused:
        aliyun(
            f"aliyun kms GetParametersForImport --KeyId {key_id} "
            "--WrappingAlgorithm SM2PKE --WrappingKeySpec EC_SM2"
        )
    assert (refused.value.code, refused.value.status) == ("Unsupported.ProtectionLevel", 400)
