"""Chapter 6.3 of the product guide, "manual rotation of CMKs", step by step with every client.

The commands are the guide's own (chapters 4.2 and 4.3), with the ids of this installation.
"""

import base64
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.clients import KmsClient, Refused, Target
from tests.contract.conftest import OpenClient
from tests.serving import Server

pytestmark = pytest.mark.contract

ALIAS = "alias/MyAppKey"
SECRETS = [base64.b64encode(text.encode()).decode() for text in ("身份证号", "credit card")]


def aliyun(client: KmsClient, command: str) -> dict[str, Any]:
    """What `aliyun kms CreateAlias --KeyId … --AliasName …` calls, through the client."""
    program, product, action, *options = shlex.split(command)
    assert (program, product) == ("aliyun", "kms")
    names = [option.removeprefix("--") for option in options[::2]]
    return client.call(action, **dict(zip(names, options[1::2], strict=True)))


@pytest.fixture(scope="session")
def module_user(server: Server, owner: Target) -> Target:
    """Whom the application's modules sign as: a RAM user with the system's policy for crypto."""
    whose = ["--account", server.credentials["account_id"]]
    server.manage("user", "create", *whose, "--name", "my-app")
    policy = ["--policy", "AliyunKMSCryptoUserAccess"]
    server.manage("policy", "attach", *whose, "--user", "my-app", *policy)
    made = server.manage_json("access_key", "create", *whose, "--user", "my-app")
    return replace(
        owner, access_key_id=made["AccessKeyId"], access_key_secret=made["AccessKeySecret"]
    )


@pytest.fixture
def administrator(client: KmsClient) -> Iterator[KmsClient]:
    """The owner, who removes the guide's alias for the next client afterwards."""
    yield client
    with suppress(Refused):
        aliyun(client, f"aliyun kms DeleteAlias --AliasName {ALIAS}")


@pytest.fixture
def application(open_client: OpenClient, module_user: Target) -> KmsClient:
    return open_client(module_user)


def encrypt(application: KmsClient, plaintext: str) -> dict[str, Any]:
    """The encrypting module: the alias is all it knows."""
    return application.call("Encrypt", KeyId=ALIAS, Plaintext=plaintext)


def decrypt(application: KmsClient, encrypted: dict[str, Any]) -> tuple[str, str]:
    """The decrypting module: it names neither key nor alias. The key and the plaintext."""
    opened = application.call("Decrypt", CiphertextBlob=encrypted["CiphertextBlob"])
    return opened["KeyId"], opened["Plaintext"]


def test_an_application_goes_on_through_the_manual_rotation_of_its_key(
    administrator: KmsClient, application: KmsClient
) -> None:
    # 1. Initial setup: i, ii, iii, iv.
    cmk_a = aliyun(administrator, "aliyun kms CreateKey")["KeyMetadata"]["KeyId"]
    aliyun(administrator, f"aliyun kms CreateAlias --KeyId {cmk_a} --AliasName {ALIAS}")
    before = encrypt(application, SECRETS[0])
    assert before["KeyId"] == cmk_a
    assert decrypt(application, before) == (cmk_a, SECRETS[0])

    # 2. Manual rotation: i, ii, iii, iv.
    cmk_b = aliyun(administrator, "aliyun kms CreateKey")["KeyMetadata"]["KeyId"]
    assert encrypt(application, SECRETS[0])["KeyId"] == cmk_a  # the application does not wait
    aliyun(administrator, f"aliyun kms UpdateAlias --AliasName {ALIAS} --KeyId {cmk_b}")
    after = encrypt(application, SECRETS[1])
    assert after["KeyId"] == cmk_b != cmk_a
    assert decrypt(application, after) == (cmk_b, SECRETS[1])
    assert decrypt(application, before) == (cmk_a, SECRETS[0])


def test_data_keys_follow_the_alias_too(administrator: KmsClient, application: KmsClient) -> None:
    keys = [administrator.create_key()["KeyId"] for _ in range(2)]
    made = []
    for action, key_id in zip(["CreateAlias", "UpdateAlias"], keys, strict=True):
        aliyun(administrator, f"aliyun kms {action} --AliasName {ALIAS} --KeyId {key_id}")
        assert application.describe_key(ALIAS)["KeyId"] == key_id
        made.append(application.generate_data_key(ALIAS, {"table": "cards"}))
    assert [answer["KeyId"] for answer in made] == keys
    for answer in made:
        opened = application.decrypt(answer["CiphertextBlob"], {"table": "cards"})
        assert opened["Plaintext"] == answer["Plaintext"]
