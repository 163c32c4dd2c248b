"""What comes from npm is what was looked at: package, version, licence and digest of each file."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.serving import ROOT

FOLDERS = ("static/vendor", "tests/vendor")
MEMBERS = {"package", "version", "licence", "sha256"}


def _stated(folder: Path) -> dict[str, str]:
    """The digest of every file, as `vendor.json` states it."""
    packages = json.loads((folder / "vendor.json").read_text())
    return {name: digest for one in packages.values() for name, digest in one["sha256"].items()}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_vendored_file_is_the_one_that_was_looked_at(name: str) -> None:
    folder = ROOT / name
    found = {
        file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "vendor.json"
    }
    assert found == _stated(folder)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_package_is_pinned_and_has_its_licence(name: str) -> None:
    folder = ROOT / name
    for place, package in json.loads((folder / "vendor.json").read_text()).items():
        assert package.keys() >= MEMBERS
        assert (folder / place / "LICENSE").is_file()
