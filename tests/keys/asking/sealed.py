"""Requests to symmetric keys, and those that name a blob."""

import json

from tests.keys.asking.choices import TEXTS, About, Params, pick
from tests.keys.asking.pairs import source
from tests.keys.sorts import CREATION, SYMMETRIC, Sort
from tests.keys.twins import EXPORT


def encrypt(about: About) -> Params:
    text, context = about.choice.text or TEXTS[1], about.choice.context
    return {**about.named, "Plaintext": text, "EncryptionContext": context}


def generate(about: About) -> Params:
    size, context = about.choice.size, about.choice.context
    return {**about.named, "NumberOfBytes": size, "EncryptionContext": context}


def generate_and_export(about: About) -> Params:
    return {**generate(about), **EXPORT}


def blob(about: About) -> Params:
    """A key that sealed nothing, as no key pair does, is named by a blob all the same."""
    own = about.blobs()
    wire = pick(own, about.choice.number) or about.twins.forge(_some_blob(about), about.key_id)
    context = json.dumps(about.model.blobs[wire].context)
    if about.choice.spoils == "byte":
        wire = about.twins.spoil(wire)
    if about.choice.spoils == "context":
        context = about.choice.context
    return {"CiphertextBlob": wire, "EncryptionContext": context}


def export(about: About) -> Params:
    return {**blob(about), **EXPORT}


def re_encrypt(about: About) -> Params:
    destination = {
        "DestinationKeyId": about.another() if about.choice.number else _destination(about),
        "DestinationEncryptionContext": about.choice.context,
    }
    if about.key.sort not in SYMMETRIC:
        return source(about) | destination
    asked = blob(about)
    return destination | {
        "CiphertextBlob": asked["CiphertextBlob"],
        "SourceEncryptionContext": asked["EncryptionContext"],
    }


def _destination(about: About) -> str:
    """The key itself, or for a key pair one that seals."""
    if about.key.sort in SYMMETRIC:
        return about.ref()
    return _sealing_key(about)


def _sealing_key(about: About) -> str:
    for key_id in about.model.keys_of(about.account):
        key = about.model.keys[key_id]
        if key.sort is Sort.MADE and about.twins.state_of(key_id) == "Enabled":
            return key_id
    return about.twins.create_key(about.account, CREATION[Sort.MADE])


def _some_blob(about: About) -> str:
    """What any key sealed."""
    if not about.model.blobs:
        params = {"KeyId": _sealing_key(about), "NumberOfBytes": "32"}
        assert about.twins.call(about.account, "GenerateDataKey", **params) == ""
    return next(iter(about.model.blobs))
