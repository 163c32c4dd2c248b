"""What is measured: each case prepares request targets, every one signed with a fresh nonce."""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import bare
from tests.calling import Caller
from tests.serving import Server
from tests.signing import sign_rpc

CONTEXT = '{"purpose":"bench","tenant":"4711"}'

Params = Mapping[str, str]

_AES: Params = {}
_SM4: Params = {"KeySpec": "Aliyun_SM4", "ProtectionLevel": "HSM"}
_DIGEST: Params = {"Digest": base64.b64encode(secrets.token_bytes(32)).decode()}


@dataclass(frozen=True, slots=True)
class Case:
    """An operation with a key of a kind; `bare` is the primitive alone, in this process.

    `params` are those of every request beside the key, `prepared` those that the server has to make
    first; `most` is how many requests a second are prepared: a core answers fewer.
    """

    action: str
    key: Params
    bare: Callable[[], Callable[[], object]]
    params: Params
    prepared: Callable[[Caller, Params], Params] = lambda _caller, _names: {}
    most: int = 15_000


class Installation:
    """The server under load: its first access key, and a key of each kind that was needed."""

    def __init__(self, server: Server) -> None:
        self._caller = Caller.owner(server)
        self._params: dict[str, Params] = {}

    def targets(self, name: str, seconds: int, folder: Path) -> Path:
        """A file with a signed request target in each line."""
        path = folder / "targets"
        with path.open("w") as file:
            file.writelines(line + "\n" for line in self._signed(name, seconds))
        return path

    def _signed(self, name: str, seconds: int) -> Iterator[str]:
        case = CASES[name]
        params = self._params.get(name) or self._params.setdefault(name, self._prepare(case))
        for _ in range(case.most * seconds):
            yield sign_rpc(self._caller.key, case.action, params).target

    def _prepare(self, case: Case) -> Params:
        call = self._caller.call
        names = {"KeyId": call("CreateKey", **case.key)["KeyMetadata"]["KeyId"]}
        if case.action.startswith("Asymmetric"):
            [version] = call("ListKeyVersions", **names)["KeyVersions"]["KeyVersion"]
            names["KeyVersionId"] = version["KeyVersionId"]
        return {**names, **case.params, **case.prepared(self._caller, {**names, **case.params})}


def _encrypt(key: Params, size: int, primitive: Callable[[int], Callable[[], object]]) -> Case:
    plaintext = base64.b64encode(secrets.token_bytes(size)).decode()
    params = {"Plaintext": plaintext, "EncryptionContext": CONTEXT}
    return Case("Encrypt", key, partial(primitive, size), params)


def _sign(spec: str, algorithm: str, level: str = "SOFTWARE") -> Case:
    key = {"KeySpec": spec, "KeyUsage": "SIGN/VERIFY", "ProtectionLevel": level}
    primitive = partial(bare.signing, spec, algorithm)
    return Case("AsymmetricSign", key, primitive, {"Algorithm": algorithm, **_DIGEST})


def _decrypt(spec: str, algorithm: str, level: str = "SOFTWARE") -> Case:
    key = {"KeySpec": spec, "KeyUsage": "ENCRYPT/DECRYPT", "ProtectionLevel": level}
    primitive = partial(bare.decrypting, spec, algorithm)
    params = {"Algorithm": algorithm}
    return Case("AsymmetricDecrypt", key, primitive, params, prepared=_ciphertext, most=6000)


def _ciphertext(caller: Caller, names: Params) -> Params:
    plaintext = base64.b64encode(bytes(32)).decode()
    made = caller.call("AsymmetricEncrypt", **names, Plaintext=plaintext)
    return {"CiphertextBlob": made["CiphertextBlob"]}


CASES: Mapping[str, Case] = {
    "Encrypt 32 B": _encrypt(_AES, 32, bare.aes),
    "Encrypt 4 KiB": _encrypt(_AES, 4096, bare.aes),
    "GenerateDataKey": Case("GenerateDataKey", _AES, partial(bare.aes, 32), {"KeySpec": "AES_256"}),
    "Encrypt 32 B, SM4": _encrypt(_SM4, 32, bare.sm4),
    "Encrypt 4 KiB, SM4": _encrypt(_SM4, 4096, bare.sm4),
    "Sign, RSA_2048 PSS": _sign("RSA_2048", "RSA_PSS_SHA_256"),
    "Sign, RSA_2048 PKCS#1": _sign("RSA_2048", "RSA_PKCS1_SHA_256"),
    "Sign, RSA_3072 PSS": _sign("RSA_3072", "RSA_PSS_SHA_256"),
    "Sign, EC_P256": _sign("EC_P256", "ECDSA_SHA_256"),
    "Sign, EC_P256K": _sign("EC_P256K", "ECDSA_SHA_256"),
    "Sign, EC_SM2": _sign("EC_SM2", "SM2DSA", "HSM"),
    "Decrypt, RSA_2048 OAEP": _decrypt("RSA_2048", "RSAES_OAEP_SHA_256"),
    "Decrypt, EC_SM2": _decrypt("EC_SM2", "SM2PKE", "HSM"),
}
