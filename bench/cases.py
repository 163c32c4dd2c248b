"""What is measured: each case prepares request targets, every one signed with a fresh nonce."""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.calling import Caller
from tests.serving import Server
from tests.signing import sign_rpc

PER_SECOND = 15_000
"""Targets prepared per second of load; a core answers fewer."""

CONTEXT = '{"purpose":"bench","tenant":"4711"}'


class Installation:
    """The server under load: its first access key and one key to work with."""

    def __init__(self, server: Server) -> None:
        self._caller = Caller.owner(server)
        self.key_id: str = self._caller.call("CreateKey")["KeyMetadata"]["KeyId"]

    def targets(self, action: str, parameters: Mapping[str, str], count: int) -> Iterator[str]:
        for _ in range(count):
            yield sign_rpc(self._caller.key, action, parameters).target


Maker = Callable[[Installation, int, Path], Path]


def _encrypt(size: int) -> Maker:
    plaintext = base64.b64encode(secrets.token_bytes(size)).decode()
    return _maker("Encrypt", {"Plaintext": plaintext, "EncryptionContext": CONTEXT})


def _maker(action: str, parameters: Mapping[str, str]) -> Maker:
    def make(installation: Installation, seconds: int, folder: Path) -> Path:
        path = folder / "targets"
        lines = installation.targets(
            action, {"KeyId": installation.key_id, **parameters}, PER_SECOND * seconds
        )
        with path.open("w") as file:
            file.writelines(line + "\n" for line in lines)
        return path

    return make


CASES: Mapping[str, Maker] = {
    "Encrypt 32 B": _encrypt(32),
    "Encrypt 4 KiB": _encrypt(4096),
    "GenerateDataKey": _maker("GenerateDataKey", {"KeySpec": "AES_256"}),
}
