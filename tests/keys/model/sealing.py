"""What symmetric keys do, and ReEncrypt, which also opens what was made with a public key."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.keys.model import pairs
from tests.keys.model.records import Ask, Blob, Facts, Refused, Texts
from tests.keys.model.service import Model

LARGEST_WRAPPED = 190
"""Bytes that RSA-2048 wraps with OAEP and SHA-256 (RFC 8017 §7.1.1): 256 - 2 * 32 - 2."""


def seal(model: Model, ask: Ask) -> Facts:
    """With the newest version, which is the primary one."""
    key_id = model.admit(ask.account, ask["KeyId"], ask.operation)
    return {"KeyId": key_id, "KeyVersionId": model.keys[key_id].version_ids[-1]}


def seal_for_export(model: Model, ask: Ask) -> Facts:
    facts = seal(model, ask)
    if int(ask["NumberOfBytes"]) > LARGEST_WRAPPED:
        raise Refused("InvalidParameter")
    return facts


def sealed(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    """Remember a new blob."""
    size, is_text = _measured(ask.params.get("Plaintext", ""))
    model.blobs[answer["CiphertextBlob"]] = Blob(
        key_id=answer["KeyId"],
        version=answer["KeyVersionId"],
        context=ask.context(),
        plaintext=ask.params.get("Plaintext") or answer.get("Plaintext", ""),
        size=size or int(ask["NumberOfBytes"]),
        is_text=is_text,
    )


def unseal(model: Model, ask: Ask) -> Facts:
    """Decrypt and ExportDataKey: with the version that made the blob, be it primary or not."""
    blob = model.blobs[ask["CiphertextBlob"]]
    key_id = model.admit(ask.account, blob.key_id, ask.operation)
    _require_opens(blob, ask.context())
    facts = {"KeyId": key_id, "KeyVersionId": blob.version}
    if ask.operation == "Decrypt":
        return {**facts, **({"Plaintext": blob.plaintext} if blob.plaintext else {})}
    if blob.is_text or blob.size > LARGEST_WRAPPED:
        raise Refused("InvalidParameter")
    return facts


def told(model: Model, blob: str, plaintext: str) -> None:
    """Learn what a blob holds, or compare it with what is known."""
    assert model.blobs[blob].plaintext in {"", plaintext}
    model.blobs[blob] = replace(model.blobs[blob], plaintext=plaintext)


def unsealed(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    told(model, ask["CiphertextBlob"], answer["Plaintext"])


def re_encrypt(model: Model, ask: Ask) -> Facts:
    """The source is judged first, and both keys before anything is opened."""
    if "SourceKeyId" in ask.params:
        use = pairs.admit(model, _of_source(ask), "ReEncryptFrom")
        model.admit(ask.account, ask["DestinationKeyId"], "ReEncryptTo")
        pairs.opened(model, use, ask["CiphertextBlob"])
        return {"KeyId": use.key_id, "KeyVersionId": use.version}
    blob = model.blobs[ask["CiphertextBlob"]]
    source = model.admit(ask.account, blob.key_id, "ReEncryptFrom")
    model.admit(ask.account, ask["DestinationKeyId"], "ReEncryptTo")
    _require_opens(blob, ask.context("SourceEncryptionContext"))
    return {"KeyId": source, "KeyVersionId": blob.version}


def re_encrypted(model: Model, ask: Ask, answer: Mapping[str, Any]) -> None:
    """Remember the new blob, which holds what the old ciphertext held."""
    key_id = model.find(ask.account, ask["DestinationKeyId"], aliased=True)
    if "SourceKeyId" in ask.params:
        _, plaintext = model.ciphertexts[ask["CiphertextBlob"]]
        old = Blob("", "", {}, plaintext, len(base64.b64decode(plaintext)))
    else:
        old = model.blobs[ask["CiphertextBlob"]]
    model.blobs[answer["CiphertextBlob"]] = replace(
        old,
        key_id=key_id,
        version=model.keys[key_id].version_ids[-1],
        context=ask.context("DestinationEncryptionContext"),
    )


def _of_source(ask: Ask) -> Ask:
    """What is asked of the source, in the words of an operation on a key pair."""
    names = {
        "KeyId": "SourceKeyId",
        "KeyVersionId": "SourceKeyVersionId",
        "Algorithm": "SourceEncryptionAlgorithm",
    }
    return replace(ask, params={name: ask[source] for name, source in names.items()})


def _require_opens(blob: Blob, context: Texts) -> None:
    if blob.is_spoiled or blob.context != context:
        raise Refused("InvalidParameter")


def _measured(plaintext: str) -> tuple[int, bool]:
    """Bytes, and whether they are text: what is no base64 stands for itself."""
    try:
        return len(base64.b64decode(plaintext, validate=True)), False
    except ValueError:
        return len(plaintext.encode()), True
