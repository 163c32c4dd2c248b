"""The guide's `aliyun kms …` commands, each made by the official Python SDK.

The program itself speaks the same RPC protocol and puts the same parameters into the same places.
"""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.contract.clients import AliyunCore, Target


class Aliyun:
    """What stands for the program: configured once, then called with its command lines."""

    def __init__(self, owner: Target) -> None:
        self._owner = owner
        self._clients: dict[str, AliyunCore] = {}

    def __call__(self, command: str, *, region: str = "cn-hangzhou") -> dict[str, Any]:
        """The answer's members. `region` is the profile's. Raises Refused."""
        program, product, action, *rest = shlex.split(command)
        assert (program, product) == ("aliyun", "kms")
        return self._client(region).call(action, **dict(_options(rest)))

    def create_key(self, command: str, *, region: str = "cn-hangzhou") -> str:
        """The id of the key that the command creates."""
        made: str = self(command, region=region)["KeyMetadata"]["KeyId"]
        return made

    def _client(self, region: str) -> AliyunCore:
        if region not in self._clients:
            self._clients[region] = AliyunCore(replace(self._owner, region=region))
        return self._clients[region]


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Read `--Name value` and `--Name=value`; the guide writes both."""
    left = iter(words)
    for word in left:
        name, has_value, value = word.removeprefix("--").partition("=")
        yield name, value if has_value else next(left)
