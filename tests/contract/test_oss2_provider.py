"""oss2's AliKMSProvider, as CryptoBucket uses it: envelope encryption of an object."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from aliyunsdkcore.profile import region_provider
from oss2.crypto import AliKMSProvider
from oss2.exceptions import OpenApiServerError
from oss2.models import ContentCryptoMaterial

from tests.contract.clients import AliyunCore, Target
from tests.serving import Server

pytestmark = pytest.mark.contract

PASSPHRASE = "口令 pass phrase"


@pytest.fixture(scope="module", autouse=True)
def _redirected(server: Server, owner: Target) -> Iterator[None]:
    """The provider builds its own AcsClient: only the package's region table can redirect it."""
    region_provider.modify_point("Kms", owner.region, server.url)
    yield
    region_provider.modify_point("Kms", owner.region, f"kms.{owner.region}.aliyuncs.com")


@pytest.fixture(scope="module")
def core(owner: Target) -> AliyunCore:
    return AliyunCore(owner)


@pytest.fixture(scope="module")
def oss_key(core: AliyunCore) -> str:
    found: str = core.create_key(Description="对象存储")["KeyId"]
    return found


def provider(who: Target, key_id: str, passphrase: str | None = PASSPHRASE) -> AliKMSProvider:
    return AliKMSProvider(
        who.access_key_id, who.access_key_secret, who.region, key_id, passphrase=passphrase
    )


def decrypt(reader: AliKMSProvider, material: ContentCryptoMaterial, sealed: bytes) -> bytes:
    """What CryptoBucket does with the two blobs that lie beside an object."""
    key = reader.decrypt_encrypted_key(material.encrypted_key)
    start = reader.decrypt_encrypted_iv(material.encrypted_iv)
    cipher = reader.cipher
    cipher.initialize(key, start)
    opened: bytes = cipher.decrypt(sealed)
    return opened


@pytest.mark.parametrize("passphrase", [PASSPHRASE, None])
def test_an_object_encrypted_by_one_provider_is_decrypted_by_another(
    owner: Target, oss_key: str, passphrase: str | None
) -> None:
    content = os.urandom(100_000)
    material = provider(owner, oss_key, passphrase).create_content_material()
    sealed = material.cipher.encrypt(content)
    assert sealed != content
    assert decrypt(provider(owner, oss_key, passphrase), material, sealed) == content


def test_another_passphrase_does_not_open_the_data_key(owner: Target, oss_key: str) -> None:
    material = provider(owner, oss_key).create_content_material()
    with pytest.raises(OpenApiServerError) as raised:
        provider(owner, oss_key, "another").decrypt_encrypted_key(material.encrypted_key)
    assert (raised.value.status, raised.value.code) == (400, "InvalidParameter")


def test_the_passphrase_is_an_encryption_context(
    owner: Target, oss_key: str, core: AliyunCore
) -> None:
    plain_key, blob = provider(owner, oss_key).get_key()
    decrypted = core.decrypt(blob, {"x-passphrase": PASSPHRASE})
    assert decrypted["KeyId"] == oss_key
    assert len(plain_key) == 32


def test_a_disabled_key_makes_no_material(owner: Target, core: AliyunCore) -> None:
    key_id = core.create_key()["KeyId"]
    core.disable_key(key_id)
    with pytest.raises(OpenApiServerError) as raised:
        provider(owner, key_id).create_content_material()
    assert (raised.value.status, raised.value.code) == (409, "Rejected.Disabled")


def test_a_wrong_secret_is_refused(owner: Target, oss_key: str) -> None:
    stranger = replace(owner, access_key_secret="x" * 30)
    with pytest.raises(OpenApiServerError) as raised:
        provider(stranger, oss_key).get_key()
    assert (raised.value.status, raised.value.code) == (400, "InvalidAccessKeySecret")


def test_an_unknown_key_and_a_powerless_user_are_refused(
    owner: Target, powerless: Target, oss_key: str
) -> None:
    with pytest.raises(OpenApiServerError) as raised:
        provider(owner, "no-such-key").get_key()
    assert (raised.value.status, raised.value.code) == (404, "Forbidden.KeyNotFound")
    with pytest.raises(OpenApiServerError) as raised:
        provider(powerless, oss_key).get_key()
    assert (raised.value.status, raised.value.code) == (403, "Forbidden.NoPermission")
