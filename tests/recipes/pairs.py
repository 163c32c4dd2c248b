"""Key pairs as chapter 2.2 of the product guide names them: a key and one of its versions."""

from dataclasses import dataclass
from typing import Any

from tests.recipes.aliyun import Aliyun
from tests.recipes.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Pair:
    """The two ids that every command names."""

    key_id: str
    version_id: str

    @classmethod
    def create(cls, aliyun: Aliyun, command: str) -> "Pair":
        key_id = aliyun.create_key(command)
        listed = aliyun(f"aliyun kms ListKeyVersions --KeyId {key_id}")["KeyVersions"]
        (version,) = listed["KeyVersion"]
        return cls(key_id, version["KeyVersionId"])

    def save_public_key(self, aliyun: Aliyun, terminal: Terminal, name: str) -> None:
        """Save the PEM text, as the guide does it."""
        answer = aliyun(
            f"aliyun kms GetPublicKey --KeyId={self.key_id} --KeyVersionId={self.version_id}"
        )
        self.require_named(answer)
        assert set(answer) == {"RequestId", "KeyId", "KeyVersionId", "PublicKey"}
        terminal.paste(f'echo "{answer["PublicKey"]}" > {name}')

    def require_named(self, answer: dict[str, Any]) -> None:
        """An AssertionError unless the answer names this version of this key."""
        assert (answer["KeyId"], answer["KeyVersionId"]) == (self.key_id, self.version_id)

    def sign(self, aliyun: Aliyun, algorithm: str, digest: str) -> str:
        """The signature over the digest; both are base64, the digest as openssl prints it."""
        answer = aliyun(
            f"aliyun kms AsymmetricSign --KeyId={self.key_id} --KeyVersionId={self.version_id} "
            f"--Algorithm={algorithm} --Digest='{digest}'"
        )
        self.require_named(answer)
        value: str = answer["Value"]
        return value

    def verify(self, aliyun: Aliyun, algorithm: str, digest: str, value: str) -> bool:
        answer = aliyun(
            f"aliyun kms AsymmetricVerify --KeyId={self.key_id} --KeyVersionId={self.version_id} "
            f"--Algorithm={algorithm} --Digest='{digest}' --Value='{value}'"
        )
        self.require_named(answer)
        verdict: bool = answer["Value"]
        return verdict

    def encrypt(self, aliyun: Aliyun, algorithm: str, plaintext: str) -> str:
        """The ciphertext; both are base64."""
        answer = aliyun(
            f"aliyun kms AsymmetricEncrypt --KeyId {self.key_id} --KeyVersionId {self.version_id} "
            f"--Algorithm {algorithm} --Plaintext {plaintext}"
        )
        self.require_named(answer)
        blob: str = answer["CiphertextBlob"]
        return blob

    def decrypt(self, aliyun: Aliyun, algorithm: str, blob: str) -> str:
        """The plaintext; both are base64, the ciphertext as openssl prints it."""
        answer = aliyun(
            f"aliyun kms AsymmetricDecrypt --KeyId {self.key_id} --KeyVersionId {self.version_id} "
            f"--Algorithm {algorithm} --CiphertextBlob '{blob}'"
        )
        self.require_named(answer)
        plaintext: str = answer["Plaintext"]
        return plaintext
