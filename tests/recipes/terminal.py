"""Commands as a reader of the guide types them, in a folder of their own."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.requirements import missing


@dataclass(frozen=True, slots=True)
class Printed:
    """What the commands printed, and where they complained."""

    text: str
    complaints: str


class Terminal:
    """A folder in which `sh` runs what is pasted; the files of a recipe lie there."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            missing("The openssl command is not there.")
        self.folder = folder

    def paste(self, lines: str, *, status: int = 0) -> Printed:
        """Run the lines up to the first that fails. Another exit status is an AssertionError."""
        done = subprocess.run(
            ["sh", "-euc", lines], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{lines}\n{done.stdout}\n{done.stderr}"
        return Printed(done.stdout, done.stderr)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, content: bytes | str) -> None:
        """Save what a page or a program showed under a name of the guide's."""
        data = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)
