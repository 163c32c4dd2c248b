"""Key pairs of the annex, as requests name them."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.abuse.annex import HSM, Annex
from tests.abuse.spoiling import wire


@dataclass(frozen=True, slots=True)
class Pair:
    """One version of a key pair with an algorithm."""

    annex: Annex
    key_id: str
    version: str
    algorithm: str

    @classmethod
    def create(cls, annex: Annex, spec: str, usage: str, algorithm: str) -> "Pair":
        """A new key pair."""
        protection = HSM if spec == "EC_SM2" else {}
        key_id = annex.create(spec, KeyUsage=usage, **protection)
        return cls(annex, key_id, annex.versions(key_id)[0], algorithm)

    def next_version(self) -> "Pair":
        """A new version of the same key."""
        made = self.annex.call("CreateKeyVersion", {"KeyId": self.key_id})
        return replace(self, version=made["KeyVersion"]["KeyVersionId"])

    @property
    def named(self) -> dict[str, str]:
        """What every operation on key pairs asks for."""
        return {"KeyId": self.key_id, "KeyVersionId": self.version, "Algorithm": self.algorithm}

    def rsa_numbers(self) -> tuple[int, int]:
        """n and e."""
        named = {"KeyId": self.key_id, "KeyVersionId": self.version}
        found = self.annex.call("GetPublicKey", named)
        key = load_pem_public_key(found["PublicKey"].encode())
        assert isinstance(key, RSAPublicKey)
        return key.public_numbers().n, key.public_numbers().e

    def encrypt(self, plaintext: bytes) -> bytes:
        made = self.annex.call("AsymmetricEncrypt", {**self.named, "Plaintext": wire(plaintext)})
        return base64.b64decode(made["CiphertextBlob"])

    def opening(self, ciphertext: bytes) -> Mapping[str, str]:
        """The parameters that decrypt it."""
        return {**self.named, "CiphertextBlob": wire(ciphertext)}

    def decrypt(self, ciphertext: bytes) -> bytes:
        opened = self.annex.call("AsymmetricDecrypt", self.opening(ciphertext))
        return base64.b64decode(opened["Plaintext"])

    def refuse_all(self, ciphertexts: Iterable[bytes]) -> None:
        """None of them is opened, and the refusals are the same."""
        requests = [self.opening(ciphertext) for ciphertext in ciphertexts]
        answer = self.annex.refuse_alike("AsymmetricDecrypt", requests, "InvalidParameter", 400)
        expected = 'The specified parameter "CiphertextBlob" is not valid.'
        assert answer.json["Message"] == expected

    def sign(self, digest: bytes) -> bytes:
        signed = self.annex.call("AsymmetricSign", {**self.named, "Digest": wire(digest)})
        return base64.b64decode(signed["Value"])

    def verifies(self, digest: bytes, signature: bytes) -> bool:
        """What the server says, which is no refusal whatever the signature is."""
        parameters = {**self.named, "Digest": wire(digest), "Value": wire(signature)}
        verdict: bool = self.annex.call("AsymmetricVerify", parameters)["Value"]
        assert isinstance(verdict, bool)
        return verdict
