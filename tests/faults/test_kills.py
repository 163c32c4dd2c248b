"""Kill -9 in the middle of work: what was answered is there, and everything still verifies."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.calling import Caller, Refused
from tests.faults.conftest import FULL
from tests.faults.workers import workers
from tests.serving import Server

KILLS = 50 if FULL else 6
CALLS = 1000 if FULL else 200
CALLERS = 4

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("kills")).start()
    yield server
    server.stop()


class Work:
    """Callers that create keys and encrypt, and remember every answer they got."""

    def __init__(self, server: Server, key_id: str) -> None:
        self._server = server
        self._key_id = key_id
        self._left = CALLS
        self._lock = threading.Lock()
        self.keys: list[str] = []
        self.blobs: list[tuple[str, str]] = []
        self.request_ids: list[str] = []
        self.refused: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CALLERS)]

    def __enter__(self) -> "Work":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(120)

    @property
    def left(self) -> int:
        return self._left

    def _run(self, number: int) -> None:
        caller = Caller.owner(self._server)
        while self._take():
            try:
                self._one(caller, number)
            except Refused as refused:
                self.refused.append(str(refused))
            except OSError:
                time.sleep(0.02)  # nobody listens while the server starts again

    def _take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0

    def _one(self, caller: Caller, number: int) -> None:
        if number % 2:
            answer = caller.call("CreateKey")
            self.keys.append(answer["KeyMetadata"]["KeyId"])
        else:
            plaintext = f"{number} {self._left} text"
            answer = caller.call("Encrypt", KeyId=self._key_id, Plaintext=plaintext)
            self.blobs.append((plaintext, answer["CiphertextBlob"]))
        self.request_ids.append(answer["RequestId"])


def _kill_worker(server: Server) -> None:
    found = workers(server)
    if found:
        os.kill(found[0].pid, signal.SIGKILL)


def _kill_tree(server: Server) -> None:
    server.kill()
    server.start()


@pytest.mark.parametrize("number", range(KILLS))
def test_nothing_answered_is_lost(server: Server, number: int) -> None:
    caller = Caller.owner(server)
    key_id = caller.call("CreateKey")["KeyMetadata"]["KeyId"]
    with Work(server, key_id) as work:
        while work.left > CALLS // 2:
            time.sleep(0.001)
        (_kill_tree if number % 2 else _kill_worker)(server)
    server.wait_for("/readyz")
    caller = Caller.owner(server)
    assert work.refused == []
    assert work.keys
    assert work.blobs
    for created in work.keys:
        assert caller.call("DescribeKey", KeyId=created)["KeyMetadata"]["KeyState"] == "Enabled"
    for plaintext, blob in work.blobs:
        assert caller.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == plaintext
    assert unrecorded(server, work.request_ids) == set()
    found = server.manage_json("verify", check=False)
    assert found["clean"], found


_RECORDED = """
from pathlib import Path
from django.conf import settings
from kms_console.audit.models import AuditEvent
for request_id in AuditEvent.objects.values_list("request_id", flat=True):
    print(request_id)
for journal in Path(settings.KMS.data_dir, "journal").glob("*.journal"):
    print(journal.read_text())
"""


def unrecorded(server: Server, request_ids: list[str]) -> set[str]:
    """The answered requests of which neither the journals nor the database hold an entry."""
    recorded = server.manage("shell", "--no-imports", "-c", _RECORDED).stdout
    return {request_id for request_id in request_ids if request_id not in recorded}
