"""A wall clock that a test moves while a real server runs: libfaketime before every process.

What counts since boot is left alone. Times of files go along.
"""

import subprocess
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kms_console.core.clock import utc_now
from tests.calling import Caller
from tests.requirements import missing
from tests.serving import Server
from tests.signing import AccessKey, SignedRequest, sign_rpc

_LIBRARIES = "/usr/lib/*/faketime/libfaketimeMT.so.1"
_PYTHON = Path(__file__).parent / "preloaded"
_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class WallClock:
    """The clock of a server's processes, at first as it is."""

    def __init__(self, folder: Path) -> None:
        library = next(Path("/").glob(_LIBRARIES.removeprefix("/")), None)
        self._library = str(library) if library else missing("libfaketime is not installed")
        self._file = folder / "offset"
        self.offset = timedelta()
        self.set(timedelta())

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(_PYTHON),
        }

    @property
    def now(self) -> datetime:
        """What the server's processes take the time for."""
        return utc_now() + self.offset

    def set(self, offset: timedelta) -> None:
        """Jump, for all processes at once, to so far from the machine's own clock."""
        self.offset = offset
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{offset.total_seconds():+.0f}\n")
        fresh.replace(self._file)


class Client(Caller):
    """A caller whose own clock goes like the server's."""

    def __init__(self, server: Server, clock: WallClock) -> None:
        found = server.credentials
        super().__init__(server.url, AccessKey(found["access_key_id"], found["access_key_secret"]))
        self._clock = clock

    def call(self, action: str, **parameters: str) -> dict[str, Any]:
        return self.send(self.sign(action, **parameters))

    def sign(self, action: str, **parameters: str) -> SignedRequest:
        timestamp = self._clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        return sign_rpc(self.key, action, parameters, common={"Timestamp": timestamp})


class Boot:
    """A boot id of a test's own, over the kernel's, in a mount namespace for each process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "boot_id"
        self.again()
        done = subprocess.run([*self.wrapper, "true"], capture_output=True, check=False)
        if done.returncode:
            missing("nothing may be mounted here")

    @property
    def wrapper(self) -> list[str]:
        mount = f'mount --bind "$0" {_BOOT_ID} && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", mount, str(self._file)]

    def again(self) -> None:
        """What is started from now on runs after another boot."""
        self._file.write_text(f"{uuid.uuid4()}\n")
