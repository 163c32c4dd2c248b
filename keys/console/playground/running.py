"""What the buttons of the playground do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keys.console.playground.calling import Call, call
from keys.console.playground.pairs import digest_of, is_pair, pair_use
from keys.dataplane import asymmetric, operations
from keys.dataplane.operations import ReEncrypted
from keys.dataplane.sealing import Encrypted
from keys.dataplane.sources import SealedSource
from keys.domain.context import EncryptionContext
from keys.domain.encoding import base64_encode, base64_lines_decode
from keys.domain.plaintext import Plaintext
from keys.domain.refs import KeyRef
from kms_console.audit.record import Json
from kms_console.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A result as the page shows it: values by the API's names, and what was used.

    `text` is a plaintext that can be read; `verdict` is that of a signature.
    """

    key_id: str
    version_id: str
    request_id: str
    milliseconds: float
    values: Mapping[str, str] = field(repr=False)
    text: str | None = field(default=None, repr=False)
    verdict: bool | None = None
    algorithm: str = ""


Fields = Mapping[str, Any]


def encrypt(actor: Actor, fields: Fields, context: EncryptionContext) -> Outcome:
    """Encrypt, or AsymmetricEncrypt for a key pair. Raises as the operations do."""
    ref: KeyRef = fields["key"]
    if is_pair(actor, ref):
        return _pair_encrypt(actor, ref, fields)
    made = call(
        actor,
        "Encrypt",
        ref.raw,
        lambda who: operations.encrypt(
            actor=who, ref=ref, plaintext=Plaintext(fields["content"]), context=context
        ),
    )
    return _outcome(made, {"CiphertextBlob": made.result.blob.to_wire()})


def decrypt(actor: Actor, fields: Fields, context: EncryptionContext) -> Outcome:
    """Decrypt, or AsymmetricDecrypt where a key pair is named."""
    if fields["key"] is not None:
        return _pair_decrypt(actor, fields["key"], fields)
    blob = fields["blob"]
    opened = call(
        actor,
        "Decrypt",
        str(blob.header.key_id),
        lambda who: operations.decrypt(actor=who, blob=blob, context=context),
    )
    plaintext = opened.result.plaintext
    return _opened(opened, plaintext.data, plaintext.to_wire())


def data_key(actor: Actor, fields: Fields, context: EncryptionContext) -> Outcome:
    """GenerateDataKey, or GenerateDataKeyWithoutPlaintext."""
    ref, size = fields["key"], fields["size"]
    if not fields["plain"]:
        sealed = call(
            actor,
            "GenerateDataKeyWithoutPlaintext",
            ref.raw,
            lambda who: operations.data_key_generate_sealed(
                actor=who, ref=ref, size=size, context=context
            ),
        )
        return _outcome(sealed, {"CiphertextBlob": sealed.result.blob.to_wire()})
    plain: list[Plaintext] = []

    def generate(who: Actor) -> Encrypted:
        made = operations.data_key_generate(actor=who, ref=ref, size=size, context=context)
        plain.append(made.plaintext)
        return made.encrypted

    made = call(actor, "GenerateDataKey", ref.raw, generate)
    blob = made.result.blob.to_wire()
    return _outcome(made, {"Plaintext": plain[0].to_wire(), "CiphertextBlob": blob})


def re_encrypt(
    actor: Actor, fields: Fields, context: EncryptionContext, destination: EncryptionContext
) -> Outcome:
    """ReEncrypt of a symmetric key's ciphertext."""

    def detail(made: ReEncrypted) -> Mapping[str, Json]:
        sealed = made.encrypted
        return {
            "destination": str(sealed.key_id),
            "destination_version": str(sealed.version_id),
        }

    made = call(
        actor,
        "ReEncrypt",
        fields["key"].raw,
        lambda who: operations.re_encrypt(
            actor=who,
            source=SealedSource(fields["content"], context),
            destination=fields["key"],
            destination_context=destination,
        ),
        detail,
    )
    return _outcome(made, {"CiphertextBlob": made.result.encrypted.blob.to_wire()})


def sign(actor: Actor, fields: Fields) -> Outcome:
    """AsymmetricSign of a message's digest."""
    use = pair_use(actor, fields["key"], fields["version"], fields["algorithm"])
    digest = digest_of(actor, use, fields["content"])
    made = call(
        actor,
        "AsymmetricSign",
        use.ref.raw,
        lambda who: asymmetric.digest_sign(actor=who, use=use, digest=digest),
    )
    values = {"Value": base64_encode(made.result.data), "Digest": base64_encode(digest)}
    return _outcome(made, values, algorithm=use.algorithm)


def verify(actor: Actor, fields: Fields) -> Outcome:
    """AsymmetricVerify of a signature over a message's digest."""
    use = pair_use(actor, fields["key"], fields["version"], fields["algorithm"])
    digest = digest_of(actor, use, fields["content"])
    judged = call(
        actor,
        "AsymmetricVerify",
        use.ref.raw,
        lambda who: asymmetric.signature_verify(
            actor=who, use=use, digest=digest, signature=fields["signature"]
        ),
    )
    values = {"Digest": base64_encode(digest)}
    verdict = judged.result.is_right
    return _outcome(judged, values, algorithm=use.algorithm, verdict=verdict)


def _pair_encrypt(actor: Actor, ref: KeyRef, fields: Fields) -> Outcome:
    use = pair_use(actor, ref, fields["version"], fields["algorithm"])
    made = call(
        actor,
        "AsymmetricEncrypt",
        ref.raw,
        lambda who: asymmetric.asymmetric_encrypt(actor=who, use=use, plaintext=fields["content"]),
    )
    values = {"CiphertextBlob": base64_encode(made.result.data)}
    return _outcome(made, values, algorithm=use.algorithm)


def _pair_decrypt(actor: Actor, ref: KeyRef, fields: Fields) -> Outcome:
    use = pair_use(actor, ref, fields["version"], fields["algorithm"])
    ciphertext = base64_lines_decode(fields["content"])
    opened = call(
        actor,
        "AsymmetricDecrypt",
        ref.raw,
        lambda who: asymmetric.asymmetric_decrypt(actor=who, use=use, ciphertext=ciphertext),
    )
    data = opened.result.data
    return _opened(opened, data, base64_encode(data), algorithm=use.algorithm)


def _opened(made: Call[Any], data: bytes, wire: str, *, algorithm: str = "") -> Outcome:
    try:
        text: str | None = data.decode()
    except UnicodeDecodeError:
        text = None
    return _outcome(made, {"Plaintext": wire}, text=text, algorithm=algorithm)


def _outcome(
    made: Call[Any],
    values: Mapping[str, str],
    *,
    text: str | None = None,
    verdict: bool | None = None,
    algorithm: str = "",
) -> Outcome:
    return Outcome(
        key_id=str(made.result.key_id),
        version_id=str(made.result.version_id),
        request_id=made.request_id,
        milliseconds=made.milliseconds,
        values=values,
        text=text,
        verdict=verdict,
        algorithm=algorithm,
    )
