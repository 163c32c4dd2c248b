"""The same call from a program: what the form says, as a command line and as Python.

A text that begins with `$` stands for what the program knows: it becomes a variable.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import QueryDict

from keys.console.playground.context_rows import rows_of
from keys.console.playground.forms import BASE64, ENCRYPTING, SIGNING
from keys.domain.encoding import base64_encode

Parameters = Mapping[str, str]

_VARIABLE = re.compile(r"\$[A-Z_]+")
_LONGEST_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Snippet:
    """One operation with its parameters, in the order of the API's pages."""

    action: str
    parameters: Parameters

    @property
    def shell(self) -> list[tuple[str, str]]:
        """Options and their values, quoted for a POSIX shell."""
        return [(f"--{name}", _shell(value)) for name, value in self.parameters.items()]

    @property
    def python(self) -> list[tuple[str, str]]:
        """Keyword arguments of the official SDK, and their values as Python spells them."""
        return [(_snake(name), _python(name, value)) for name, value in self.parameters.items()]

    @property
    def method(self) -> str:
        """The SDK's method."""
        return _snake(self.action)


def snippet_of(operation: str, data: QueryDict, *, is_pair: bool) -> Snippet:
    """What a form says, also while it is being filled in."""
    return _BUILDERS[operation](data, is_pair=is_pair)


def _encrypt(data: QueryDict, *, is_pair: bool) -> Snippet:
    if is_pair:
        return Snippet("AsymmetricEncrypt", {**_pair(data, ENCRYPTING[0]), **_input(data)})
    return Snippet("Encrypt", {**_key(data), **_input(data), **_context(data)})


def _decrypt(data: QueryDict, *, is_pair: bool) -> Snippet:
    blob = {"CiphertextBlob": _text(data, "content", "$CIPHERTEXT")}
    if is_pair:
        return Snippet("AsymmetricDecrypt", {**_pair(data, ENCRYPTING[0]), **blob})
    return Snippet("Decrypt", {**blob, **_context(data)})


def _data_key(data: QueryDict, *, is_pair: bool) -> Snippet:
    shows = not data or "plain" in data
    action = "GenerateDataKey" if shows else "GenerateDataKeyWithoutPlaintext"
    size = {"NumberOfBytes": _text(data, "size", "32")}
    return Snippet(action, {**_key(data), **size, **_context(data)})


def _re_encrypt(data: QueryDict, *, is_pair: bool) -> Snippet:
    return Snippet(
        "ReEncrypt",
        {
            "CiphertextBlob": _text(data, "content", "$CIPHERTEXT"),
            "DestinationKeyId": _text(data, "key", "$KEY_ID"),
            **_context(data, "SourceEncryptionContext"),
            **_context(data, "DestinationEncryptionContext", "destination"),
        },
    )


def _sign(data: QueryDict, *, is_pair: bool) -> Snippet:
    return Snippet("AsymmetricSign", {**_pair(data, SIGNING[0]), "Digest": "$DIGEST"})


def _verify(data: QueryDict, *, is_pair: bool) -> Snippet:
    value = {"Digest": "$DIGEST", "Value": _text(data, "signature", "$SIGNATURE")}
    return Snippet("AsymmetricVerify", {**_pair(data, SIGNING[0]), **value})


_BUILDERS = {
    "encrypt": _encrypt,
    "decrypt": _decrypt,
    "data-key": _data_key,
    "re-encrypt": _re_encrypt,
    "sign": _sign,
    "verify": _verify,
}


def _text(data: QueryDict, name: str, empty: str) -> str:
    return "".join(data.get(name, "").split())[:_LONGEST_SHOWN] or empty


def _key(data: QueryDict) -> Parameters:
    return {"KeyId": _text(data, "key", "$KEY_ID")}


def _pair(data: QueryDict, usual: str) -> Parameters:
    return {
        **_key(data),
        "KeyVersionId": _text(data, "version", "$KEY_VERSION_ID"),
        "Algorithm": _text(data, "algorithm", usual),
    }


def _input(data: QueryDict) -> Parameters:
    text = data.get("content", "")
    if data.get("format") == BASE64:
        return {"Plaintext": _text(data, "content", "$PLAINTEXT")}
    encoded = base64_encode(text.replace("\r\n", "\n").encode("utf-8", "replace"))
    return {"Plaintext": encoded[:_LONGEST_SHOWN] or "$PLAINTEXT"}


def _context(
    data: QueryDict, name: str = "EncryptionContext", prefix: str = "context"
) -> Parameters:
    try:
        pairs = rows_of(data, prefix).filled()
    except ValidationError:
        return {}
    return {name: json.dumps(pairs, ensure_ascii=False)} if pairs else {}


def _shell(value: str) -> str:
    return f'"{value}"' if _VARIABLE.fullmatch(value) else shlex.quote(value)


def _python(name: str, value: str) -> str:
    if _VARIABLE.fullmatch(value):
        return value[1:].lower()
    if name.endswith("Context"):
        return repr(json.loads(value))
    return value if name == "NumberOfBytes" and value.isdigit() else repr(value)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
