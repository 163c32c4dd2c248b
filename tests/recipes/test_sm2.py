"""SM2 beside `openssl`: signatures and ciphertexts pass either way, by docs/asymmetric.md.

A private key never leaves the server and none of another's comes in: where `openssl` holds the
private key, the server's engine has the public one.
"""

import base64

import pytest

from hsm.modules.sm2 import engine, z_value
from hsm.modules.sm2.engine import Sm2PublicKey
from hsm.modules.sm2.hashing import sm3
from tests.contract.clients import Refused
from tests.recipes import page
from tests.recipes.aliyun import Aliyun
from tests.recipes.pairs import Pair
from tests.recipes.terminal import Terminal

pytestmark = pytest.mark.contract

CREATE = "aliyun kms CreateKey --KeySpec=EC_SM2 --KeyUsage={} --ProtectionLevel=HSM"
ENCRYPT = """openssl pkeyutl -encrypt -in plaintext-file.txt \
-inkey sm2_publickey.pub -pubin -out plaintext-file.enc"""
PLAINTEXT = "this is plaintext\n"
FOR_SM2 = "--WrappingAlgorithm SM2PKE --WrappingKeySpec EC_SM2"


@pytest.fixture(scope="module")
def signing(aliyun: Aliyun) -> Pair:
    return Pair.create(aliyun, CREATE.format("SIGN/VERIFY"))


@pytest.fixture(scope="module")
def encrypting(aliyun: Aliyun) -> Pair:
    return Pair.create(aliyun, CREATE.format("ENCRYPT/DECRYPT"))


@pytest.fixture
def foreign(terminal: Terminal) -> Sm2PublicKey:
    """The public half of a key of openssl's, as the server's engine has it."""
    terminal.paste("openssl genpkey -algorithm SM2 -out sm2_key.pem")
    terminal.paste("openssl pkey -in sm2_key.pem -pubout -out sm2_publickey.pub")
    terminal.paste("openssl pkey -in sm2_key.pem -pubout -outform DER -out sm2_publickey.der")
    serving = engine()
    assert serving is not None
    return serving.load_public(terminal.read("sm2_publickey.der"))


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sign(aliyun: Aliyun, terminal: Terminal, pair: Pair) -> tuple[str, str]:
    """Digest and signature of the message, by the page; both are files as well."""
    pair.save_public_key(aliyun, terminal, "sm2_publickey.pub")
    terminal.paste('echo "this is message" > message-file.txt')
    digest = terminal.paste(page.DIGEST).text
    value = pair.sign(aliyun, "SM2DSA", digest)
    terminal.paste(f"echo {value} | openssl base64 -d -out sm2_signature.bin")
    return digest, value


def test_openssl_verifies_what_is_signed(aliyun: Aliyun, terminal: Terminal, signing: Pair) -> None:
    sign(aliyun, terminal, signing)
    assert terminal.paste(page.VERIFY).text == "Verified OK\n"
    without_id = page.VERIFY.replace("-sigopt distid:1234567812345678", "")
    assert terminal.paste(without_id, status=1).text == "Verification failure\n"
    terminal.paste('echo "this is another message" > message-file.txt')
    assert terminal.paste(page.VERIFY, status=1).text == "Verification failure\n"


def test_openssl_verifies_the_bare_digest_as_well(
    aliyun: Aliyun, terminal: Terminal, signing: Pair
) -> None:
    sign(aliyun, terminal, signing)
    verify = "openssl pkeyutl -verify -pubin -inkey sm2_publickey.pub -sigfile sm2_signature.bin"
    assert "Verified Successfully" in terminal.paste(f"{verify} -in message-sm3.bin").text
    assert (
        "Verified Successfully"
        in terminal.paste(f"""{verify} \
-rawin -digest sm3 -pkeyopt distid:1234567812345678 -in message-file.txt""").text
    )


def test_the_server_says_the_same_of_the_signature(
    aliyun: Aliyun, terminal: Terminal, signing: Pair
) -> None:
    digest, value = sign(aliyun, terminal, signing)
    data = base64.b64decode(value)
    assert data[0] == 0x30
    assert signing.verify(aliyun, "SM2DSA", digest, value) is True
    altered = base64_of(data[:-1] + bytes([data[-1] ^ 1]))
    assert signing.verify(aliyun, "SM2DSA", digest, altered) is False
    without_z = base64_of(sm3(terminal.read("message-file.txt")))
    assert signing.verify(aliyun, "SM2DSA", without_z, value) is False


def test_the_pages_digest_is_that_of_the_engine(
    aliyun: Aliyun, terminal: Terminal, signing: Pair
) -> None:
    sign(aliyun, terminal, signing)
    terminal.paste("openssl pkey -pubin -in sm2_publickey.pub -outform DER -out public.der")
    z = z_value(terminal.read("public.der"))
    assert terminal.read("z.bin") == z
    assert terminal.read("message-sm3.bin") == sm3(z, terminal.read("message-file.txt"))


@pytest.mark.parametrize(
    "command",
    [
        """openssl dgst -sm3 -sign sm2_key.pem -sigopt distid:1234567812345678 \
-out sm2_signature.bin message-file.txt""",
        """openssl pkeyutl -sign -inkey sm2_key.pem -rawin -digest sm3 \
-pkeyopt distid:1234567812345678 -in message-file.txt -out sm2_signature.bin""",
        "openssl pkeyutl -sign -inkey sm2_key.pem -in message-sm3.bin -out sm2_signature.bin",
    ],
    ids=["dgst", "pkeyutl", "pkeyutl of the bare digest"],
)
def test_the_engine_verifies_what_openssl_signs(
    terminal: Terminal, foreign: Sm2PublicKey, command: str
) -> None:
    terminal.paste('echo "this is message" > message-file.txt')
    terminal.paste(page.DIGEST)
    terminal.paste(command)
    digest, signature = terminal.read("message-sm3.bin"), terminal.read("sm2_signature.bin")
    assert foreign.verify_digest(digest, signature)
    assert not foreign.verify_digest(sm3(digest), signature)


def test_what_openssl_encrypts_is_decrypted(
    aliyun: Aliyun, terminal: Terminal, encrypting: Pair
) -> None:
    encrypting.save_public_key(aliyun, terminal, "sm2_publickey.pub")
    terminal.paste('echo "this is plaintext" > plaintext-file.txt')
    terminal.paste(ENCRYPT)
    printed = terminal.paste("openssl base64 -in plaintext-file.enc").text
    for blob in (printed, "".join(printed.split())):
        plaintext = encrypting.decrypt(aliyun, "SM2PKE", blob)
        assert terminal.paste(f"echo {plaintext} | openssl base64 -d").text == PLAINTEXT


def test_what_openssl_encrypts_moves_to_a_symmetric_key(
    aliyun: Aliyun, terminal: Terminal, encrypting: Pair
) -> None:
    encrypting.save_public_key(aliyun, terminal, "sm2_publickey.pub")
    terminal.write("plaintext-file.txt", PLAINTEXT)
    terminal.paste(ENCRYPT)
    blob = terminal.paste("openssl base64 -in plaintext-file.enc").text
    key_id = aliyun.create_key("aliyun kms CreateKey")
    moved = aliyun(
        f"aliyun kms ReEncrypt --CiphertextBlob '{blob}' --SourceKeyId {encrypting.key_id} "
        f"--SourceKeyVersionId {encrypting.version_id} --SourceEncryptionAlgorithm SM2PKE "
        f"--DestinationKeyId {key_id}"
    )
    opened = aliyun(f"aliyun kms Decrypt --CiphertextBlob {moved['CiphertextBlob']}")
    assert (opened["KeyId"], base64.b64decode(opened["Plaintext"])) == (key_id, PLAINTEXT.encode())


@pytest.mark.parametrize("size", [1, 18, 6047])
def test_what_the_server_encrypts_it_decrypts_in_both_forms(
    aliyun: Aliyun, encrypting: Pair, size: int
) -> None:
    plaintext = base64_of(b"x" * size)
    made = encrypting.encrypt(aliyun, "SM2PKE", plaintext)
    raw = base64.b64decode(made)
    assert (len(raw), raw[0]) == (size + 97, 0x04)
    assert encrypting.decrypt(aliyun, "SM2PKE", made) == plaintext
    assert encrypting.decrypt(aliyun, "SM2PKE", base64_of(page.der_of(raw))) == plaintext


@pytest.mark.parametrize("size", [1, 18, 100, 6047])
def test_openssl_decrypts_what_the_engine_encrypts(
    terminal: Terminal, foreign: Sm2PublicKey, size: int
) -> None:
    plaintext = ("this is plaintext " * 400)[:size]
    raw = foreign.encrypt(plaintext.encode())
    terminal.write("ciphertext.bin", raw)
    assert terminal.paste(page.DECRYPT).text == plaintext
    assert terminal.read("ciphertext.der") == page.der_of(raw)


def test_both_of_the_pages_ways_write_numbers_in_their_shortest_form(terminal: Terminal) -> None:
    into_der = page.DECRYPT[: page.DECRYPT.index("openssl pkeyutl")]
    for x, y in ((1, 2**256 - 1), (0x80, 2**255), (2**248 - 1, 0)):
        raw = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big") + bytes(32) + b"body"
        terminal.write("ciphertext.bin", raw)
        terminal.paste(into_der)
        assert terminal.read("ciphertext.der") == page.der_of(raw)


def test_openssl_decrypts_a_data_key_that_was_exported_to_it(
    aliyun: Aliyun, terminal: Terminal, foreign: Sm2PublicKey
) -> None:
    key_id = aliyun.create_key("aliyun kms CreateKey")
    blob = base64_of(terminal.read("sm2_publickey.der"))
    made = aliyun(
        f"aliyun kms GenerateAndExportDataKey --KeyId {key_id} --PublicKeyBlob {blob} {FOR_SM2}"
    )
    terminal.write("ciphertext.bin", base64.b64decode(made["ExportedDataKey"]))
    terminal.paste(f"({page.DECRYPT}) > data-key.bin")
    opened = aliyun(f"aliyun kms Decrypt --CiphertextBlob {made['CiphertextBlob']}")
    assert base64_of(terminal.read("data-key.bin")) == opened["Plaintext"]


def test_a_ciphertext_that_openssl_made_and_somebody_altered_is_refused(
    aliyun: Aliyun, terminal: Terminal, encrypting: Pair
) -> None:
    encrypting.save_public_key(aliyun, terminal, "sm2_publickey.pub")
    terminal.write("plaintext-file.txt", PLAINTEXT)
    terminal.paste(ENCRYPT)
    made = terminal.read("plaintext-file.enc")
    for data in (made[:-1] + bytes([made[-1] ^ 1]), made[:-1], made + b"\0", made[1:]):
        with pytest.raises(Refused) as refused:
            encrypting.decrypt(aliyun, "SM2PKE", base64_of(data))
        assert (refused.value.code, refused.value.status) == ("InvalidParameter", 400)
