"""How others use a key pair's public key (seed chapters 2.2.2 and 2.2.3)."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from hsm.domain.specs import Algorithm
from keys.console.commands import Recipe, Step
from keys.domain.specs import ALGORITHMS, KeySpec, KeyUsage
from keys.models import Key, KeyVersion

_NAMES: Mapping[KeySpec, str] = {
    KeySpec.RSA_2048: "rsa",
    KeySpec.RSA_3072: "rsa",
    KeySpec.EC_P256: "ec_p256",
    KeySpec.EC_P256K: "ec_p256k",
    KeySpec.EC_SM2: "sm2",
}
"""How the guide names the files of each spec."""

_OPTIONS = {
    Algorithm.RSA_PSS_SHA_256: "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1",
    Algorithm.RSA_PKCS1_SHA_256: "-sha256",
    Algorithm.ECDSA_SHA_256: "-sha256",
    Algorithm.SM2DSA: "-sm3 -sigopt distid:1234567812345678",
}
_KINDS = {Algorithm.RSA_PSS_SHA_256: "_pss", Algorithm.RSA_PKCS1_SHA_256: "_pkcs1"}
_HASHES = {Algorithm.RSAES_OAEP_SHA_256: "sha256", Algorithm.RSAES_OAEP_SHA_1: "sha1"}


def public_key_file(key: Key, version: KeyVersion) -> str:
    """As the guide calls it, and which version it is: `ec_p256_publickey_v2.pub`."""
    return f"{_NAMES[KeySpec(key.spec)]}_publickey_v{version.number}.pub"


def recipes(key: Key, version: KeyVersion) -> Sequence[Recipe]:
    """One for each algorithm of the key that `openssl` has."""
    usage = KeyUsage(key.usage)
    make = _signature if usage is KeyUsage.SIGN_VERIFY else _encryption
    algorithms = sorted(ALGORITHMS[KeySpec(key.spec)][usage], reverse=True)
    return [make(key, version, algorithm) for algorithm in algorithms]


def _signature(key: Key, version: KeyVersion, algorithm: Algorithm) -> Recipe:
    name = _NAMES[KeySpec(key.spec)]
    signature = f"{name}{_KINDS.get(algorithm, '')}_signature.bin"
    verify = (
        f"openssl dgst -verify {public_key_file(key, version)} \\\n  {_OPTIONS[algorithm]} \\\n"
        f"  -signature {signature} message-file.txt"
    )
    return Recipe(
        algorithm.value,
        [
            *_digest(algorithm),
            Step(_says_sign(algorithm), _call("AsymmetricSign", key, version, algorithm, "Digest")),
            Step(
                _("keep the Value of the answer as a file"),
                f"echo **** | openssl base64 -d -A -out {signature}",
            ),
            Step(_("verify it with the public key: Verified OK"), verify),
        ],
    )


def _says_sign(algorithm: Algorithm) -> str:
    is_sm2 = algorithm is Algorithm.SM2DSA
    return _("sign the digest, SM3 of Z and the message") if is_sm2 else _("sign the digest")


def _digest(algorithm: Algorithm) -> list[Step]:
    """Of SM2 it is the digest of Z and the message, which takes more than one command."""
    if algorithm is Algorithm.SM2DSA:
        return []
    made = "openssl dgst -sha256 -binary -out message-sha256.bin message-file.txt"
    return [
        Step(_("digest the message"), made),
        Step(_("encode the digest"), "openssl base64 -in message-sha256.bin"),
    ]


def _encryption(key: Key, version: KeyVersion, algorithm: Algorithm) -> Recipe:
    padding = ""
    if algorithm in _HASHES:
        padding = (
            " -pkeyopt rsa_padding_mode:oaep \\\n"
            "  -pkeyopt rsa_oaep_md:{0} -pkeyopt rsa_mgf1_md:{0}"
        ).format(_HASHES[algorithm])
    encrypt = (
        f"openssl pkeyutl -encrypt -in plaintext-file.txt \\\n"
        f"  -inkey {public_key_file(key, version)} -pubin{padding} -out plaintext-file.enc"
    )
    decrypt = _call("AsymmetricDecrypt", key, version, algorithm, "CiphertextBlob")
    return Recipe(
        algorithm.value,
        [
            Step(_("encrypt with the public key"), encrypt),
            Step(_("encode the ciphertext"), "openssl base64 -in plaintext-file.enc"),
            Step(_("decrypt; the Plaintext of the answer is Base64"), decrypt),
        ],
    )


def _call(action: str, key: Key, version: KeyVersion, algorithm: Algorithm, what: str) -> str:
    return (
        f"aliyun kms {action} --KeyId {key.id} \\\n  --KeyVersionId {version.id} \\\n"
        f"  --Algorithm {algorithm} --{what} ****"
    )
