"""Looking into a backup's file, and making another of it."""

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from kms_console.management.backups.archive import MANIFEST, archive_opened, archive_written
from kms_console.management.backups.restoring import signature_of
from kms_console.settings.env import read_environment

Members = dict[str, bytes]


def members_of(backup: Path) -> Members:
    """All members by name, in their order."""
    with tarfile.open(backup) as tar:
        found = {info.name: tar.extractfile(info) for info in tar.getmembers()}
        return {name: file.read() for name, file in found.items() if file}


def rows_of(backup: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, as the file has them."""
    found = {}
    for name, content in members_of(backup).items():
        if name.startswith("database/"):
            head, *lines = map(orjson.loads, content.splitlines())
            rows = [dict(zip(head["columns"], line, strict=True)) for line in lines]
            found[name.removeprefix("database/").removesuffix(".jsonl")] = rows
    return found


def rewritten(
    backup: Path, path: Path, root_key: Path, change: Callable[[Members, dict[str, Any]], None]
) -> Path:
    """Another backup, changed by whoever has the root key: rightly signed, and perhaps unfit.

    `change` gets the members and the facts of the list.
    """
    environment = read_environment({"KMS_ROOT_KEY_FILE": str(root_key)})
    members = members_of(backup)
    facts = orjson.loads(members.pop(MANIFEST))["manifest"]
    change(members, facts)
    with archive_opened(backup) as opened, archive_written(path) as archive:
        for name, content in members.items():
            with archive.member(name) as sink:
                sink.write(content)
        archive.finish(facts, signature_of(environment, opened))
    return path
