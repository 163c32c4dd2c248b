"""Where ciphertexts of key pairs meet symmetric keys, with the clients that know of it."""

import base64

import pytest

from hsm.modules import sm2
from hsm.modules.sm2.engine import Sm2Engine
from tests.contract.clients import KmsClient
from tests.contract.test_clients import CONTEXT, PLAINTEXT

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def engine() -> Sm2Engine:
    found = sm2.engine()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("spec", "algorithm"), [("RSA_2048", "RSAES_OAEP_SHA_256"), ("EC_SM2", "SM2PKE")]
)
def test_what_a_key_pair_encrypted_moves_to_a_symmetric_key(
    python_client: KmsClient, spec: str, algorithm: str
) -> None:
    client, asked = python_client, {"KeyUsage": "ENCRYPT/DECRYPT", "ProtectionLevel": "HSM"}
    source = client.create_key(KeySpec=spec, **asked)["KeyId"]
    destination = client.create_key()["KeyId"]
    listed = client.call("ListKeyVersions", KeyId=source)["KeyVersions"]["KeyVersion"]
    pair = {"KeyId": source, "KeyVersionId": listed[0]["KeyVersionId"]}
    made = client.call("AsymmetricEncrypt", Algorithm=algorithm, Plaintext=PLAINTEXT, **pair)
    moved = client.call(
        "ReEncrypt",
        CiphertextBlob=made["CiphertextBlob"],
        SourceKeyId=pair["KeyId"],
        SourceKeyVersionId=pair["KeyVersionId"],
        SourceEncryptionAlgorithm=algorithm,
        DestinationKeyId=destination,
        DestinationEncryptionContext=CONTEXT,
    )
    assert pair.items() <= moved.items()
    opened = client.decrypt(moved["CiphertextBlob"], CONTEXT)
    assert (opened["KeyId"], opened["Plaintext"]) == (destination, PLAINTEXT)


def test_data_keys_leave_under_an_sm2_key(python_client: KmsClient, engine: Sm2Engine) -> None:
    client, recipient = python_client, engine.load(engine.generate())
    wrapping = {
        "PublicKeyBlob": base64.b64encode(recipient.public_der()).decode(),
        "WrappingKeySpec": "EC_SM2",
        "WrappingAlgorithm": "SM2PKE",
    }
    key_id = client.create_key(KeySpec="Aliyun_SM4", ProtectionLevel="HSM")["KeyId"]
    made = client.generate_data_key(key_id, {})
    exported = client.call("ExportDataKey", CiphertextBlob=made["CiphertextBlob"], **wrapping)
    opened = recipient.decrypt(base64.b64decode(exported["ExportedDataKey"]))
    assert opened == base64.b64decode(made["Plaintext"])
    both = client.call("GenerateAndExportDataKey", KeyId=key_id, **wrapping)
    opened = recipient.decrypt(base64.b64decode(both["ExportedDataKey"]))
    assert (
        base64.b64encode(opened).decode()
        == (client.decrypt(both["CiphertextBlob"], {})["Plaintext"])
    )
