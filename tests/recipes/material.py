"""The steps of chapter 2.1.3, "importing key material": the guide's commands, in its files.

Where the guide names an algorithm and gives no command, the command is ours.
"""

from dataclasses import dataclass

from tests.recipes import page
from tests.recipes.aliyun import Aliyun
from tests.recipes.terminal import Terminal

RSAUTL = """openssl rsautl -encrypt -in KeyMaterial.bin -oaep -inkey PublicKey.bin \
-keyform DER -pubin -out EncryptedKeyMaterial.bin"""
PKEYUTL = """openssl pkeyutl -encrypt -in KeyMaterial.bin -inkey PublicKey.bin \
-keyform DER -pubin -out EncryptedKeyMaterial.bin"""
OAEP = " -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{0} -pkeyopt rsa_mgf1_md:{0}"


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How material is wrapped: two parameters of the API, and the command that does it."""

    algorithm: str
    spec: str
    command: str


WRAPPINGS = {
    "rsautl, OAEP with SHA-1": Wrapping("RSAES_OAEP_SHA_1", "RSA_2048", RSAUTL),
    "OAEP with SHA-1": Wrapping("RSAES_OAEP_SHA_1", "RSA_2048", PKEYUTL + OAEP.format("sha1")),
    "OAEP with SHA-256": Wrapping(
        "RSAES_OAEP_SHA_256", "RSA_2048", PKEYUTL + OAEP.format("sha256")
    ),
    "PKCS #1": Wrapping(
        "RSAES_PKCS1_V1_5", "RSA_2048", PKEYUTL + " -pkeyopt rsa_padding_mode:pkcs1"
    ),
    "SM2": Wrapping("SM2PKE", "EC_SM2", PKEYUTL),
}
RSA = WRAPPINGS["OAEP with SHA-256"]
SM2 = WRAPPINGS["SM2"]
BY_RSA = {name: wrapping for name, wrapping in WRAPPINGS.items() if wrapping is not SM2}

CREATE = 'aliyun kms CreateKey --Origin EXTERNAL --Description "External key"'
AT_HSM = f"{CREATE} --ProtectionLevel HSM"


def get_parameters(aliyun: Aliyun, terminal: Terminal, key_id: str, wrapping: Wrapping) -> None:
    """Step 2: the public key and the token are files from now on."""
    parameters = aliyun(
        f"aliyun kms GetParametersForImport --KeyId {key_id} "
        f"--WrappingAlgorithm {wrapping.algorithm} --WrappingKeySpec {wrapping.spec}"
    )
    assert parameters["KeyId"] == key_id
    terminal.write("PublicKey_base64.txt", parameters["PublicKey"])
    terminal.write("ImportToken.txt", parameters["ImportToken"])


def wrap(terminal: Terminal, wrapping: Wrapping) -> str:
    """Step 3, without making the material; what openssl complained of."""
    terminal.paste("openssl enc -d -base64 -A -in PublicKey_base64.txt -out PublicKey.bin")
    printed = terminal.paste(wrapping.command)
    terminal.paste(
        """openssl enc -e -base64 -A -in EncryptedKeyMaterial.bin \
-out EncryptedKeyMaterial_base64.txt"""
    )
    return printed.complaints


def deliver(aliyun: Aliyun, terminal: Terminal, key_id: str, more: str = "") -> str:
    """Step 4; the check value of what was imported."""
    wrapped = terminal.read("EncryptedKeyMaterial_base64.txt").decode()
    token = terminal.read("ImportToken.txt").decode()
    answer = aliyun(
        f"aliyun kms ImportKeyMaterial --KeyId {key_id} "
        f"--EncryptedKeyMaterial {wrapped} --ImportToken {token} {more}"
    )
    check_value: str = answer["KeyCheckValue"]
    return check_value


def bring(aliyun: Aliyun, terminal: Terminal, key_id: str, wrapping: Wrapping) -> str:
    """Steps 2 to 4, with the material that lies there; its check value."""
    get_parameters(aliyun, terminal, key_id, wrapping)
    wrap(terminal, wrapping)
    return deliver(aliyun, terminal, key_id)


def check_value(terminal: Terminal, cipher: str) -> str:
    """The check value of the material that lies there, by the openssl program."""
    return terminal.paste(page.CHECK_VALUE.replace("AES-256-CBC", cipher)).text[:6]


def described(aliyun: Aliyun, key_id: str) -> dict[str, str]:
    found: dict[str, str] = aliyun(f"aliyun kms DescribeKey --KeyId {key_id}")["KeyMetadata"]
    return found


def encrypt(aliyun: Aliyun, key_id: str) -> str:
    made = aliyun(f"aliyun kms Encrypt --KeyId {key_id} --Plaintext eA==")
    blob: str = made["CiphertextBlob"]
    return blob


def decrypt(aliyun: Aliyun, blob: str) -> str:
    opened: str = aliyun(f"aliyun kms Decrypt --CiphertextBlob {blob}")["Plaintext"]
    return opened
