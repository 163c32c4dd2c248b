"""The drill: a busy server is backed up and lost, and what it was is restored elsewhere."""

import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kms_console.audit.tombstones import log_path
from tests.calling import Caller, Refused
from tests.commanding import CommandLine
from tests.faults.conftest import FULL
from tests.management.backups.conftest import new_folder
from tests.serving import ROOT, Server
from tests.signing import AccessKey, SignedRequest, sign_rpc

CALLERS, CALLS = 4, 2000 if FULL else 200
KILLS = 20 if FULL else 1
PATIENCE = 60.0

_HOLD = """
from keys.services.fuse import destruction_hold
from kms_console.core.clock import utc_now
destruction_hold(source="drill", reason="so that timers leave what is due", now=utc_now())
"""
_DOOM = """
from uuid import UUID
from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.services.deletion import deletion_schedule
from dataclasses import replace
from tests.management.backups.population import DAY, owner_actor
actor = replace(owner_actor(), now=owner_actor().now - 8 * DAY)
deletion_schedule(actor=actor, ref=KeyRef.of(UUID("{key}")), window=PendingWindow(7))
"""
_DESTROY = """
from keys.models import Key
from keys.services.destruction import key_destroy
from tests.management.backups.population import owner_actor
key = Key.objects.get(id="{key}")
assert key_destroy(actor=owner_actor(), key_id=key.id, due=key.delete_at)
"""
_FILL = "from tests.management.backups.population import *; fill(owner_actor())"
_RECORDED = """
from kms_console.audit.models import AuditEvent
print(*AuditEvent.objects.values_list("request_id", flat=True))
"""

pytestmark = pytest.mark.faults


class Load:
    """Callers that encrypt and make keys until they are stopped, and keep what was answered."""

    def __init__(self, server: Server, key_id: str) -> None:
        self._server = server
        self._key_id = key_id
        self._is_over = False
        self.blobs: list[tuple[str, str]] = []
        self.request_ids: list[str] = []
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CALLERS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join(PATIENCE)

    def wait_for(self, count: int) -> None:
        """Until so many blobs were answered."""
        deadline = time.monotonic() + PATIENCE
        while len(self.blobs) < count:
            assert time.monotonic() < deadline, self.failures
            time.sleep(0.01)

    def _run(self, number: int) -> None:
        caller = Caller.owner(self._server)
        while not self._is_over:
            try:
                self._one(caller, number)
            except (Refused, OSError) as failure:
                self.failures.append(repr(failure))
                return

    def _one(self, caller: Caller, number: int) -> None:
        key_id = self._key_id
        if number == 0:
            key_id = caller.call("CreateKey")["KeyMetadata"]["KeyId"]
        plaintext = secrets.token_hex(8)
        answer = caller.call("Encrypt", KeyId=key_id, Plaintext=plaintext)
        self.request_ids.append(answer["RequestId"])
        self.blobs.append((plaintext, answer["CiphertextBlob"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What was known of the lost server, and the one that was restored from its backup."""

    restored: Server
    key: AccessKey
    found: dict[str, Any]
    blobs: list[tuple[str, str]]
    request_ids: list[str]
    answered_meanwhile: int
    failures: list[str]
    destroyed: tuple[str, str]
    due: tuple[str, str]
    signed_before: list[SignedRequest]

    @property
    def owner(self) -> Caller:
        """Over a new connection: the server closes one that a long test left unused."""
        return Caller(self.restored.url, self.key)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    lost = Server(tmp_path_factory.mktemp("lost")).start()
    path = tmp_path_factory.mktemp("backups") / "backup"
    folder = tmp_path_factory.mktemp("elsewhere") / "restored"
    restored = None
    try:
        restored, made = _drilled(lost, path, folder)
        yield made
    finally:
        for server in filter(None, (lost, restored)):
            if server.process and server.process.poll() is None:
                server.kill()


def _drilled(lost: Server, path: Path, folder: Path) -> tuple[Server, Drill]:
    owner = Caller.owner(lost)
    busy, destroyed, due = (_key_with_blob(owner) for _ in range(3))
    signed_before = [sign_rpc(owner.key, "DescribeKey", {"KeyId": busy[0]}) for _ in range(2)]
    owner.send(signed_before[0])
    with CommandLine(lost) as commands, Load(lost, busy[0]) as load:
        for code in (_HOLD, _DOOM.format(key=due[0]), _DOOM.format(key=destroyed[0])):
            commands.execute(code)
        load.wait_for(CALLS)
        blobs, request_ids = list(load.blobs), list(load.request_ids)
        lost.manage("backup", "--to", str(path))
        meanwhile = len(load.blobs) - len(blobs)
        load.wait_for(len(load.blobs) + 10)
        commands.execute(_DESTROY.format(key=destroyed[0]))
    lost.kill()
    restored = new_folder(folder, lost.folder / "var" / "root.key")
    log = log_path(lost.folder / "var")
    found = restored.manage_json("restore", "--from", str(path), "--tombstones", str(log))
    restored.start()
    return restored, Drill(
        restored=restored,
        key=owner.key,
        found=found,
        blobs=blobs,
        request_ids=request_ids,
        answered_meanwhile=meanwhile,
        failures=load.failures,
        destroyed=destroyed,
        due=due,
        signed_before=signed_before,
    )


def _key_with_blob(owner: Caller) -> tuple[str, str]:
    key_id = owner.call("CreateKey")["KeyMetadata"]["KeyId"]
    return key_id, owner.call("Encrypt", KeyId=key_id, Plaintext="x")["CiphertextBlob"]


def _refusal(owner: Caller, action: str, **parameters: str) -> str:
    with pytest.raises(Refused) as refused:
        owner.call(action, **parameters)
    return refused.value.code


def test_a_backup_hinders_nobody(drill: Drill) -> None:
    assert drill.failures == []
    assert drill.answered_meanwhile > 0


def test_everything_holds_right_after_the_restore_and_while_it_serves(drill: Drill) -> None:
    assert drill.found["clean"], drill.found["problems"]
    found = drill.restored.manage_json("verify", check=False)
    assert found["clean"], found


def test_every_blob_from_before_the_backup_opens(drill: Drill) -> None:
    assert len(drill.blobs) >= CALLS
    owner = drill.owner
    for plaintext, blob in drill.blobs:
        assert owner.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == plaintext


def test_every_answer_from_before_the_backup_is_in_the_trail(drill: Drill) -> None:
    arguments = ("shell", "--no-imports", "-v0", "-c", _RECORDED)
    assert set(drill.request_ids) <= set(drill.restored.manage(*arguments).stdout.split())


def test_a_key_destroyed_after_the_backup_stays_destroyed(drill: Drill) -> None:
    key_id, blob = drill.destroyed
    assert drill.found["destroyed_again"] == [key_id]
    assert _refusal(drill.owner, "Decrypt", CiphertextBlob=blob) == "Forbidden.KeyNotFound"
    assert _refusal(drill.owner, "CancelKeyDeletion", KeyId=key_id) == "Forbidden.KeyNotFound"


def test_what_was_due_is_held_and_can_be_saved(drill: Drill) -> None:
    key_id, blob = drill.due
    assert drill.found["held_deletions"] == [key_id]
    assert _refusal(drill.owner, "Decrypt", CiphertextBlob=blob) == "Forbidden.KeyNotFound"
    drill.owner.call("CancelKeyDeletion", KeyId=key_id)
    assert drill.owner.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "x"


def test_what_was_signed_before_the_restore_is_refused(drill: Drill) -> None:
    """Both what the lost server had answered and what it never saw."""
    for request in drill.signed_before:
        with pytest.raises(Refused, match=r"InvalidTimeStamp\.Expired"):
            drill.owner.send(request)
    drill.owner.call("DescribeRegions")


def test_the_access_keys_of_the_backup_are_listed(drill: Drill) -> None:
    (line,) = drill.found["access_keys"]
    assert line["access_key_id"] == drill.key.id
    assert line["last_used"]


def _killed_after(server: Server, said: str, *arguments: str) -> None:
    """Kill -9 a command as soon as it has said so, or a moment later."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=server.environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if said in line:
                break
        if FULL:
            time.sleep(secrets.randbelow(500) / 1000)
        process.kill()
        process.stderr.read()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server(tmp_path_factory.mktemp("origin"))
    with CommandLine(server) as commands:
        commands.json("bootstrap")
        commands.execute(_FILL)
    return server


def test_a_backup_that_is_killed_leaves_none_and_the_next_one_is_whole(
    origin: Server, tmp_path: Path
) -> None:
    path = tmp_path / "backup"
    for said in ["audit_auditevent", "keys_key:"] * KILLS:
        _killed_after(origin, said, "backup", "--to", str(path))
        if path.exists():  # it was killed after its work
            path.unlink()
    origin.manage("backup", "--to", str(path))
    assert [found.name for found in tmp_path.iterdir()] == ["backup"]
    target = new_folder(tmp_path / "target", origin.folder / "var" / "root.key")
    assert target.manage_json("restore", "--from", str(path))["clean"]


def _is_held(server: Server) -> bool:
    """Whether a timer that somebody left running would destroy nothing."""
    code = "from keys.services.fuse import is_held; print(is_held())"
    return "True" in server.manage("shell", "--no-imports", "-v0", "-c", code).stdout


def test_a_restore_that_is_killed_is_of_no_use_until_it_is_run_again(
    origin: Server, tmp_path: Path
) -> None:
    path = tmp_path / "backup"
    origin.manage("backup", "--to", str(path))
    target = new_folder(tmp_path / "target", origin.folder / "var" / "root.key")
    for said in ["Migrating", "hsm_material:", "Applying"] * KILLS:
        _killed_after(target, said, "restore", "--from", str(path))
        done = target.manage("account", "list", check=False)
        if done.returncode == 0:  # it was killed after its work
            target = new_folder(tmp_path / secrets.token_hex(4), origin.folder / "var" / "root.key")
        else:
            assert "A restore was cut off here" in done.stderr
            assert said != "Applying" or _is_held(target)
    if target.folder.name == "target":
        assert target.launch().wait(PATIENCE) == 1
        assert "A restore was cut off here" in target.log
    assert target.manage_json("restore", "--from", str(path))["clean"]
    assert target.manage_json("verify")["clean"]
