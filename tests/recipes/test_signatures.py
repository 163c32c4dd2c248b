"""Chapter 2.2.3 of the product guide, "signing with a key pair", with `openssl`.

The commands are the guide's own, with the ids of this installation.
"""

import base64
from dataclasses import dataclass

import pytest

from tests.contract.clients import Refused
from tests.recipes.aliyun import Aliyun
from tests.recipes.pairs import Pair
from tests.recipes.terminal import Terminal

pytestmark = pytest.mark.contract


@dataclass(frozen=True, slots=True)
class Recipe:
    """One row of the chapter: how the key is made, and how openssl verifies its signatures."""

    create: str
    algorithm: str
    public_key: str
    signature: str
    verify: str


RECIPES = {
    "RSASSA-PSS": Recipe(
        "aliyun kms CreateKey --KeySpec=RSA_2048 --KeyUsage=SIGN/VERIFY --ProtectionLevel=HSM",
        "RSA_PSS_SHA_256",
        "rsa_publickey.pub",
        "rsa_pss_signature.bin",
        """openssl dgst \
-verify rsa_publickey.pub \
-sha256 \
-sigopt rsa_padding_mode:pss \
-sigopt rsa_pss_saltlen:-1 \
-signature rsa_pss_signature.bin \
message-file.txt""",
    ),
    "RSASSA_PKCS1_V1_5": Recipe(
        "aliyun kms CreateKey --KeySpec=RSA_2048 --KeyUsage=SIGN/VERIFY --ProtectionLevel=HSM",
        "RSA_PKCS1_SHA_256",
        "rsa_publickey.pub",
        "rsa_pkcs1_signature.bin",
        """openssl dgst \
-verify rsa_publickey.pub \
-sha256 \
-signature rsa_pkcs1_signature.bin \
message-file.txt""",
    ),
    "NIST P-256": Recipe(
        "aliyun kms CreateKey --KeySpec=EC_P256 --KeyUsage=SIGN/VERIFY --ProtectionLevel=HSM",
        "ECDSA_SHA_256",
        "ec_p256_publickey.pub",
        "ec_p256_signature.bin",
        """openssl dgst \
-verify ec_p256_publickey.pub \
-sha256 \
-signature ec_p256_signature.bin \
message-file.txt""",
    ),
    "secp256k1": Recipe(
        "aliyun kms CreateKey --KeySpec=EC_P256K --KeyUsage=SIGN/VERIFY --ProtectionLevel=HSM",
        "ECDSA_SHA_256",
        "ec_p256k_publickey.pub",
        "ec_p256k_signature.bin",
        """openssl dgst \
-verify ec_p256k_publickey.pub \
-sha256 \
-signature ec_p256k_signature.bin \
message-file.txt""",
    ),
}
GUIDES_DIGEST = "hRP2cuRFSlfEoUXCGuPyi7kZr18VCTZeVOTw0jbUB6w="
"""The chapter's own, of a message that ends with a space, CR and LF."""


@pytest.fixture(scope="module", params=RECIPES)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return RECIPES[request.param]


@pytest.fixture(scope="module")
def pair(aliyun: Aliyun, recipe: Recipe) -> Pair:
    return Pair.create(aliyun, recipe.create)


def digest(terminal: Terminal) -> str:
    """What openssl prints of the message's digest, with the end of its line."""
    terminal.paste('echo "this is message" > message-file.txt')
    terminal.paste("openssl dgst -sha256 -binary -out message-sha256.bin message-file.txt")
    return terminal.paste("openssl base64 -in message-sha256.bin").text


def sign(aliyun: Aliyun, terminal: Terminal, pair: Pair, recipe: Recipe) -> str:
    """Sign and verify as the chapter does; the signature in base64."""
    value = pair.sign(aliyun, recipe.algorithm, digest(terminal))
    terminal.paste(f"echo {value} | openssl base64 -d -out {recipe.signature}")
    pair.save_public_key(aliyun, terminal, recipe.public_key)
    return value


def altered(value: str) -> str:
    """The signature with its last bit changed."""
    data = base64.b64decode(value)
    return base64.b64encode(data[:-1] + bytes([data[-1] ^ 1])).decode()


def test_openssl_verifies_what_is_signed(
    aliyun: Aliyun, terminal: Terminal, pair: Pair, recipe: Recipe
) -> None:
    sign(aliyun, terminal, pair, recipe)
    assert terminal.paste(recipe.verify).text == "Verified OK\n"
    terminal.paste('echo "this is another message" > message-file.txt')
    assert terminal.paste(recipe.verify, status=1).text == "Verification failure\n"


def test_the_server_says_the_same_of_the_signature(
    aliyun: Aliyun, terminal: Terminal, pair: Pair, recipe: Recipe
) -> None:
    value = sign(aliyun, terminal, pair, recipe)
    of_message = digest(terminal)
    assert pair.verify(aliyun, recipe.algorithm, of_message, value) is True
    assert pair.verify(aliyun, recipe.algorithm, of_message.strip(), value) is True
    broken = terminal.paste(f"openssl base64 -in {recipe.signature}").text
    assert pair.verify(aliyun, recipe.algorithm, of_message, broken) is True
    assert pair.verify(aliyun, recipe.algorithm, of_message, altered(value)) is False
    assert pair.verify(aliyun, recipe.algorithm, GUIDES_DIGEST, value) is False


def test_the_chapters_digest_is_that_of_its_message(terminal: Terminal) -> None:
    terminal.write("message-file.txt", "this is message \r\n")
    terminal.paste("openssl dgst -sha256 -binary -out message-sha256.bin message-file.txt")
    assert terminal.paste("openssl base64 -in message-sha256.bin").text == f"{GUIDES_DIGEST}\n"


def test_the_salt_of_pss_is_as_long_as_the_digest(aliyun: Aliyun, terminal: Terminal) -> None:
    recipe = RECIPES["RSASSA-PSS"]
    sign(aliyun, terminal, Pair.create(aliyun, recipe.create), recipe)
    assert "Verified OK" in terminal.paste(recipe.verify.replace("saltlen:-1", "saltlen:32")).text
    terminal.paste(recipe.verify.replace("saltlen:-1", "saltlen:20"), status=1)


def test_a_digest_of_another_hash_is_refused(
    aliyun: Aliyun, terminal: Terminal, pair: Pair, recipe: Recipe
) -> None:
    digest(terminal)
    terminal.paste("openssl dgst -sha384 -binary -out message-sha384.bin message-file.txt")
    of_384_bits = terminal.paste("openssl base64 -in message-sha384.bin").text
    with pytest.raises(Refused) as refused:
        pair.sign(aliyun, recipe.algorithm, of_384_bits)
    assert (refused.value.code, refused.value.status) == ("InvalidParameter", 400)
