"""Chapter 2.2.2 of the product guide, "encrypting with a key pair", with `openssl`.

The commands are the guide's own, with the ids of this installation; SHA-1 and RSA_3072 are ours.
"""

import base64

import pytest

from tests.contract.clients import Refused
from tests.recipes.aliyun import Aliyun
from tests.recipes.pairs import Pair
from tests.recipes.terminal import Terminal

pytestmark = pytest.mark.contract

CREATE = "aliyun kms CreateKey --KeySpec={} --KeyUsage=ENCRYPT/DECRYPT --ProtectionLevel=HSM"
OAEP = {"RSAES_OAEP_SHA_256": "sha256", "RSAES_OAEP_SHA_1": "sha1"}
LARGEST = {
    ("RSA_2048", "RSAES_OAEP_SHA_256"): 190,
    ("RSA_2048", "RSAES_OAEP_SHA_1"): 214,
    ("RSA_3072", "RSAES_OAEP_SHA_256"): 318,
    ("RSA_3072", "RSAES_OAEP_SHA_1"): 342,
}

every_algorithm = pytest.mark.parametrize("algorithm", OAEP)


@pytest.fixture(scope="module", params=["RSA_2048", "RSA_3072"])
def spec(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def pair(aliyun: Aliyun, spec: str) -> Pair:
    return Pair.create(aliyun, CREATE.format(spec))


def encrypt(terminal: Terminal, algorithm: str) -> None:
    """The guide encrypts with SHA-256; the other hash is put in its place."""
    command = """openssl pkeyutl -encrypt -in plaintext-file.txt \
-inkey rsa_publickey.pub -pubin \
-pkeyopt rsa_padding_mode:oaep \
-pkeyopt rsa_oaep_md:sha256 \
-pkeyopt rsa_mgf1_md:sha256 \
-out plaintext-file.enc"""
    terminal.paste(command.replace("sha256", OAEP[algorithm]))


@every_algorithm
def test_what_openssl_encrypts_is_decrypted(
    aliyun: Aliyun, terminal: Terminal, pair: Pair, algorithm: str
) -> None:
    pair.save_public_key(aliyun, terminal, "rsa_publickey.pub")
    terminal.paste('echo "this is plaintext" > plaintext-file.txt')
    encrypt(terminal, algorithm)
    printed = terminal.paste("openssl base64 -in plaintext-file.enc").text
    assert printed.count("\n") > 4
    for blob in (printed, printed.replace("\n", "\r\n"), "".join(printed.split())):
        plaintext = pair.decrypt(aliyun, algorithm, blob)
        shown = terminal.paste(f"echo {plaintext} | openssl base64 -d")
        assert shown.text == "this is plaintext\n"


@every_algorithm
def test_as_many_bytes_go_in_as_the_documents_say(
    aliyun: Aliyun, terminal: Terminal, pair: Pair, spec: str, algorithm: str
) -> None:
    pair.save_public_key(aliyun, terminal, "rsa_publickey.pub")
    largest = bytes(LARGEST[spec, algorithm])
    terminal.write("plaintext-file.txt", largest)
    encrypt(terminal, algorithm)
    blob = base64.b64encode(terminal.read("plaintext-file.enc")).decode()
    assert base64.b64decode(pair.decrypt(aliyun, algorithm, blob)) == largest
    made = pair.encrypt(aliyun, algorithm, base64.b64encode(largest).decode())
    assert base64.b64decode(pair.decrypt(aliyun, algorithm, made)) == largest
    with pytest.raises(Refused, match="InvalidParameter"):
        pair.encrypt(aliyun, algorithm, base64.b64encode(largest + b"x").decode())


def test_a_ciphertext_opens_with_its_own_algorithm_alone_and_unaltered(
    aliyun: Aliyun, terminal: Terminal, pair: Pair
) -> None:
    pair.save_public_key(aliyun, terminal, "rsa_publickey.pub")
    terminal.paste('echo "this is plaintext" > plaintext-file.txt')
    encrypt(terminal, "RSAES_OAEP_SHA_256")
    made = terminal.read("plaintext-file.enc")
    altered = bytes([made[0], made[1] ^ 1]) + made[2:]
    for algorithm, data in (
        ("RSAES_OAEP_SHA_1", made),
        ("RSAES_OAEP_SHA_256", altered),
        ("RSAES_OAEP_SHA_256", made[:-1]),
        ("RSAES_PKCS1_V1_5", made),
        ("SM2PKE", made),
    ):
        with pytest.raises(Refused) as refused:
            pair.decrypt(aliyun, algorithm, base64.b64encode(data).decode())
        assert (refused.value.code, refused.value.status) == ("InvalidParameter", 400)
