"""Reads vectors as they were published, and says how many of them there are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cryptography_vectors

WYCHEPROOF = Path(__file__).with_name("wycheproof")


@dataclass(frozen=True, slots=True)
class Case:
    """One vector of Wycheproof: its members, and those of its group."""

    number: int
    result: str
    """`valid`, `invalid`, or `acceptable` where the standard leaves it open."""

    flags: frozenset[str]
    members: dict[str, Any]

    def raw(self, name: str) -> bytes:
        """A member in hexadecimal, decoded."""
        return bytes.fromhex(self.members[name])


def wycheproof(name: str) -> list[Case]:
    """The vectors of one file, in its order."""
    groups = json.loads((WYCHEPROOF / f"{name}_test.json").read_bytes())["testGroups"]
    return [_case(group, test) for group in groups for test in group["tests"]]


def _case(group: dict[str, Any], test: dict[str, Any]) -> Case:
    members = {name: value for name, value in group.items() if name != "tests"} | test
    return Case(test["tcId"], test["result"], frozenset(test["flags"]), members)


def cavp(path: str, case: str) -> list[dict[str, str]]:
    """The vectors of one of NIST's response files, which `cryptography_vectors` carries.

    Blocks of `name = value`. One that has the field `case` is a vector; what others say before it
    (sections, moduli) belongs to it as well. A line without a value has an empty one.
    """
    before: dict[str, str] = {}
    found = []
    for block in _blocks(path):
        if case in block:
            found.append(before | block)
        else:
            before |= block
    return found


def _blocks(path: str) -> Iterator[dict[str, str]]:
    block: dict[str, str] = {}
    for line in [*_lines(path), ""]:
        if line.startswith("#"):
            continue
        if line:
            block |= _field(line)
        elif block:
            yield block
            block = {}


def _field(line: str) -> dict[str, str]:
    if line.startswith("[") and "=" not in line:
        return {"section": line.strip("[]")}
    name, _, value = line.strip("[]").partition("=")
    return {name.strip(): value.strip()}


def labelled(path: str) -> list[dict[str, str]]:
    """The encryptions in one of RSA Laboratories' files: `# Label:` and lines of hexadecimal.

    What was labelled before an encryption, its key and its message, belongs to it.
    """
    seen: dict[str, str] = {}
    found = []
    label = ""
    for line in [*_lines(path), "#"]:
        if not line.startswith("#"):
            seen[label] = seen.get(label, "") + line.replace(" ", "")
            continue
        if label == "Encryption":
            found.append(dict(seen))
        label = line.strip("# ").removesuffix(":")
        seen.pop(label, None)
    return found


def _lines(path: str) -> list[str]:
    with cryptography_vectors.open_vector_file(path, "r") as file:
        return [line.strip() for line in file]
