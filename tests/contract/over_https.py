"""`python -m tests.contract.over_https CLIENT ADDRESS REGION CA`: one program over https.

It encrypts and decrypts with the access key of its environment, trusting what its environment or,
where CA is not empty, its own setting says, and ends with status 0.
"""

import importlib
import json
import os
import sys
from typing import Any

from alibabacloud_kms20160120 import client as tea
from alibabacloud_kms20160120 import models
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.profile import region_provider

KEY = (os.environ["ACCESS_KEY_ID"], os.environ["ACCESS_KEY_SECRET"])


def core(address: str, region: str, ca: str) -> None:
    """aliyun-python-sdk-core: `verify`, or ALIBABA_CLOUD_CA_BUNDLE."""
    host, _, port = address.partition(":")
    client = AcsClient(*KEY, region, port=int(port), **({"verify": ca} if ca else {}))

    def call(action: str, **parameters: str) -> dict[str, Any]:
        module = importlib.import_module(f"aliyunsdkkms.request.v20160120.{action}Request")
        request = getattr(module, f"{action}Request")()
        request.set_endpoint(host)
        request.set_protocol_type("https")
        for name, value in parameters.items():
            getattr(request, f"set_{name}")(value)
        answer: dict[str, Any] = json.loads(client.do_action_with_exception(request))
        return answer

    key_id = call("CreateKey")["KeyMetadata"]["KeyId"]
    sealed = call("Encrypt", KeyId=key_id, Plaintext="eA==")["CiphertextBlob"]
    assert call("Decrypt", CiphertextBlob=sealed)["Plaintext"] == "eA=="


def tea_v2(address: str, region: str, ca: str) -> None:
    """alibabacloud-kms20160120: `Config.ca`, or SSL_CERT_FILE."""
    client = tea.Client(
        Config(
            endpoint=address,
            protocol="https",
            region_id=region,
            access_key_id=KEY[0],
            access_key_secret=KEY[1],
            **({"ca": ca} if ca else {}),
        )
    )
    key_id = client.create_key(models.CreateKeyRequest()).body.key_metadata.key_id
    made = client.encrypt(models.EncryptRequest(key_id=key_id, plaintext="eA==")).body
    opened = client.decrypt(models.DecryptRequest(ciphertext_blob=made.ciphertext_blob))
    assert opened.body.plaintext == "eA=="


def oss(address: str, region: str, ca: str) -> None:
    """oss2's provider, which hard-wires https: redirected by the package's region table."""
    from oss2.crypto import AliKMSProvider  # noqa: PLC0415  # slow, and of no use to the others

    host, _, port = address.partition(":")
    region_provider.modify_point("Kms", region, f"https://{address}")
    client = AcsClient(*KEY, region, port=int(port))
    module = importlib.import_module("aliyunsdkkms.request.v20160120.CreateKeyRequest")
    request = module.CreateKeyRequest()
    request.set_endpoint(host)
    request.set_protocol_type("https")
    key_id = json.loads(client.do_action_with_exception(request))["KeyMetadata"]["KeyId"]
    provider = AliKMSProvider(*KEY, region, key_id)
    plain, sealed = provider._AliKMSProvider__generate_data_key()
    assert provider._AliKMSProvider__decrypt_data(sealed)
    assert plain


CLIENTS = {"core": core, "tea": tea_v2, "oss2": oss}

if __name__ == "__main__":
    CLIENTS[sys.argv[1]](*sys.argv[2:])
