"""Commands for a terminal, as pages show them beside what they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hsm.domain.specs import Algorithm
from keys.domain.exporting import WrappingKeySpec
from keys.domain.specs import KeySpec

_OAEP = "-pkeyopt rsa_padding_mode:oaep \\\n  -pkeyopt rsa_oaep_md:{0} -pkeyopt rsa_mgf1_md:{0}"
_PADDINGS = {
    Algorithm.RSAES_OAEP_SHA_256: _OAEP.format("sha256"),
    Algorithm.RSAES_OAEP_SHA_1: _OAEP.format("sha1"),
    Algorithm.RSAES_PKCS1_V1_5: "-pkeyopt rsa_padding_mode:pkcs1",
}
_MATERIAL_BYTES = {KeySpec.ALIYUN_AES_256: 32, KeySpec.ALIYUN_SM4: 16}


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and what it is for."""

    says: str
    command: str

    @property
    def program(self) -> str:
        return self.command.split(" ", 1)[0]

    @property
    def rest(self) -> str:
        return self.command.split(" ", 1)[1]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Commands in their order, under the name of the algorithm they are for."""

    name: str
    steps: Sequence[Step]

    @property
    def text(self) -> str:
        """The commands alone, to be copied."""
        return "\n".join(step.command for step in self.steps)


def wrapping_recipe(spec: KeySpec, algorithm: Algorithm) -> Recipe:
    """How the owner wraps material (seed chapter 2.1.3); `rsautl` is deprecated in OpenSSL 3."""
    size = _MATERIAL_BYTES[spec]
    padding = f"  {_PADDINGS[algorithm]} \\\n" if algorithm in _PADDINGS else ""
    wrap = (
        "openssl pkeyutl -encrypt -pubin -keyform DER -inkey PublicKey.bin \\\n"
        f"{padding}  -in KeyMaterial.bin -out EncryptedKeyMaterial.bin"
    )
    made = _("make %(bits)d-bit material, unless you have it, and keep it safe")
    return Recipe(
        algorithm.value,
        [
            Step(made % {"bits": size * 8}, f"openssl rand -out KeyMaterial.bin {size}"),
            Step(
                _("decode the public key to DER"),
                "openssl enc -d -base64 -A -in PublicKey_base64.txt -out PublicKey.bin",
            ),
            Step(_("wrap the material"), wrap),
            Step(
                _("encode it as text, to be uploaded next"),
                "openssl enc -e -base64 -A -in EncryptedKeyMaterial.bin \\\n"
                "  -out EncryptedKeyMaterial_base64.txt",
            ),
        ],
    )


UNWRAPS_BY_DEFAULT = Algorithm.RSAES_PKCS1_V1_5
"""What the guide's dialog has chosen already, though OAEP is better."""

CONSOLE_WRAPPING = WrappingKeySpec.RSA_2048
"""SM2 is for the API and the command line (seed chapter 2.1.3)."""
