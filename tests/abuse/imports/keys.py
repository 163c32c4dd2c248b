"""Keys of the annex that wait for material, and the requests that bring it."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.abuse.annex import HSM, Annex
from tests.abuse.imports.owner import PKCS1, SHA_1, SHA_256, SIZES, SM2, SM4, wrap
from tests.abuse.spoiling import wire
from tests.signing import Answer


@dataclass(frozen=True, slots=True)
class External:
    """A key without material of its own, and the parameters that were asked for last."""

    annex: Annex
    key_id: str
    spec: str
    algorithm: str = ""
    token: str = ""
    public_der: bytes = b""

    @classmethod
    def create(cls, annex: Annex, spec: str, algorithm: str = SHA_256) -> "External":
        """A new key with parameters for importing."""
        protection = HSM if spec == SM4 or algorithm == SM2 else {}
        key_id = annex.create(spec, Origin="EXTERNAL", **protection)
        return cls(annex, key_id, spec).asking(algorithm)

    def asking(self, algorithm: str = "") -> "External":
        """The key with new parameters, for another algorithm if one is named."""
        chosen = algorithm or self.algorithm
        asked = {
            "KeyId": self.key_id,
            "WrappingAlgorithm": chosen,
            "WrappingKeySpec": "EC_SM2" if chosen == SM2 else "RSA_2048",
        }
        made = self.annex.call("GetParametersForImport", asked)
        public_der = base64.b64decode(made["PublicKey"])
        return replace(self, algorithm=chosen, token=made["ImportToken"], public_der=public_der)

    @property
    def state(self) -> str:
        return self.annex.describe(self.key_id)["KeyState"]

    @property
    def shown_check_value(self) -> str | None:
        """None as long as nothing was ever bound to the key."""
        return self.annex.describe(self.key_id).get("KeyCheckValue")

    def new_material(self) -> bytes:
        """Bytes of the right number that nobody may ever read anywhere."""
        return self.annex.keep(secrets.token_bytes(SIZES[self.spec]))

    def wrap(self, material: bytes) -> bytes:
        return wrap(self.algorithm, self.public_der, material)

    def bringing(self, wrapped: bytes, **more: str) -> Mapping[str, str]:
        """The parameters of ImportKeyMaterial."""
        return {
            "KeyId": self.key_id,
            "ImportToken": self.token,
            "EncryptedKeyMaterial": wire(wrapped),
            **more,
        }

    def bring(self, material: bytes, **more: str) -> str:
        """Import it; the check value that the server tells."""
        made = self.annex.call("ImportKeyMaterial", self.bringing(self.wrap(material), **more))
        assert made.keys() == {"RequestId", "KeyCheckValue"}
        told: str = made["KeyCheckValue"]
        return told

    def refuse_all(self, wrapped: list[bytes], **more: str) -> Answer:
        """None of them is taken, and the refusals are the same."""
        requests = [self.bringing(one, **more) for one in wrapped]
        return self.refuse_requests(requests, "InvalidKeyMaterial")

    def refuse_requests(
        self, requests: Sequence[Mapping[str, str]], code: str, status: int = 400
    ) -> Answer:
        return self.annex.refuse_alike("ImportKeyMaterial", requests, code, status)

    def lose(self) -> None:
        self.annex.call("DeleteKeyMaterial", {"KeyId": self.key_id})

    def encrypt(self, plaintext: str) -> str:
        sealed: str = self.annex.call("Encrypt", {"KeyId": self.key_id, "Plaintext": plaintext})[
            "CiphertextBlob"
        ]
        return sealed

    def decrypt(self, blob: str) -> str:
        opened: dict[str, Any] = self.annex.call("Decrypt", {"CiphertextBlob": blob})
        assert opened["KeyId"] == self.key_id
        text: str = opened["Plaintext"]
        return text


WAYS = [(spec, algorithm) for spec in SIZES for algorithm in (SHA_256, SHA_1, PKCS1, SM2)]
"""Every spec with every way to wrap its material."""
