"""docker-compose.yml as tests read it, and its services as plain processes on this machine."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.serving import ROOT

FILE = ROOT / "docker-compose.yml"
OURS = ("web", "worker", "beat-1", "beat-2")
"""The services that run this project's image."""

_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def project() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = project()["services"]
    return found


def settled(text: str) -> str:
    """A value with the defaults of its variables."""
    return _DEFAULT.sub(r"\1", text)


class Machine:
    """Where a container's paths and addresses are on this machine."""

    def __init__(self, folder: Path, port: int) -> None:
        self.secrets = folder / "secrets"
        self._places = {
            **{f"/run/secrets/{name}": str(path) for name, path in self._files().items()},
            "/var/lib/kms": str(folder / "var"),
            "/tmp/kms": str(folder / "beat"),  # noqa: S108  # each beat has a memory of its own
            "0.0.0.0:8000": f"127.0.0.1:{port}",
            "127.0.0.1:8000": f"127.0.0.1:{port}",
        }

    def environment(self, service: str) -> dict[str, str]:
        values = services()[service]["environment"]
        return {name: self._here(settled(text)) for name, text in values.items()}

    def health(self, service: str) -> list[str]:
        """The arguments after `python` of the service's health check."""
        kind, program, *arguments = services()[service]["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "python")
        return [self._here(argument) for argument in arguments]

    def _here(self, text: str) -> str:
        for place, path in self._places.items():
            text = text.replace(place, path)
        return text

    def _files(self) -> dict[str, Path]:
        secrets = project()["secrets"]
        return {name: self.secrets / Path(secret["file"]).name for name, secret in secrets.items()}
