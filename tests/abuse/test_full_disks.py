"""Case 4: without room for nonces nothing is accepted; without room for the trail nothing leaves.

Both folders lie on small file systems of their own, which only root may mount.
"""

import contextlib
import http.client
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kms_console.core.clock import utc_now
from kms_console.rpc.nonces import SLOT_SECONDS, NonceStore
from kms_console.rpc.signature import WINDOW
from tests.abuse.house import check
from tests.calling import Caller, Refused
from tests.requirements import missing
from tests.serving import Server
from tests.signing import SignedRequest, send, sign_rpc

SIZES = {"nonces": "6m", "journal": "256k"}
CONNECTIONS = 8
PATIENCE = 20.0
UNAVAILABLE = ("ServiceUnavailableTemporary", 503)


class Cramped:
    """A server whose nonces and journal have little room."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.callers = [Caller.owner(server) for _ in range(CONNECTIONS)]
        self.key_id: str = self.callers[0].call("CreateKey")["KeyMetadata"]["KeyId"]

    @contextlib.contextmanager
    def full(self, name: str) -> Iterator[None]:
        """Not one more byte fits into the folder."""
        ballast = self.server.folder / "var" / name / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 512):
                pass
        try:
            yield
        finally:
            ballast.unlink()

    def outcomes(self, action: str, **parameters: str) -> set[tuple[str, int]]:
        """The refusals that every connection, and so every worker, gets."""
        return {self.outcome(caller, action, parameters) for caller in self.callers}

    def outcome(self, caller: Caller, action: str, parameters: dict[str, str]) -> tuple[str, int]:
        try:
            caller.call(action, **parameters)
        except Refused as refused:
            return refused.code, refused.status
        return "OK", 200


@pytest.fixture(scope="module")
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cramped]:
    server = Server(tmp_path_factory.mktemp("cramped"), workers=2)
    data = server.folder / "var"
    with contextlib.ExitStack() as mounts:
        for name, size in SIZES.items():
            mounts.enter_context(_mounted(data / name, size))
        NonceStore(data / "nonces", now=utc_now() - 2 * WINDOW).close()
        # Not ready: the journal's disk is too small for that from the start.
        yield Cramped(server.start(ready=False))
        verified = server.manage_json("verify", check=False)
        assert server.stop() == 0, server.log
        assert verified["clean"], verified
        assert "request_failed" not in server.log


@contextlib.contextmanager
def _mounted(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(parents=True, mode=0o700)
    options = f"size={size},mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        missing("only root may mount the small file systems of this test")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _time_of_another_slot() -> str:
    """A time that is accepted, and whose nonces nobody has made a table for."""
    now = datetime.now(UTC)
    ahead = now.timestamp() % SLOT_SECONDS > SLOT_SECONDS / 2
    moment = now + timedelta(minutes=14) * (1 if ahead else -1)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _unavailable(cramped: Cramped, request: SignedRequest) -> None:
    """Refused over a new connection, to either worker, and nothing of a result leaves with it."""
    address = f"127.0.0.1:{cramped.server.port}"
    with contextlib.closing(http.client.HTTPConnection(address, timeout=30)) as connection:
        answer = send(connection, request)
    check(answer)
    assert (answer.json["Code"], answer.status) == UNAVAILABLE


def test_nothing_is_accepted_while_its_nonce_cannot_be_kept(cramped: Cramped) -> None:
    caller = cramped.callers[0]
    keys = caller.call("ListKeys")["TotalCount"]
    moment = {"Timestamp": _time_of_another_slot()}
    calls = {"CreateKey": {}, "DisableKey": {"KeyId": cramped.key_id}, "ListKeys": {}}
    requests = [sign_rpc(caller.key, name, more, common=moment) for name, more in calls.items()]
    with cramped.full("nonces"):
        for request in requests * 3:
            _unavailable(cramped, request)
        # Where a table exists, the full disk is nobody's concern.
        assert caller.call("ListKeys")["TotalCount"] == keys
    assert caller.call("DescribeKey", KeyId=cramped.key_id)["KeyMetadata"]["KeyState"] == "Enabled"
    assert caller.send(requests[-1])["TotalCount"] == keys  # refused then, so not used up
    with pytest.raises(Refused, match="SignatureNonceUsed"):
        caller.send(requests[-1])


def _eventually(cramped: Cramped, wanted: set[tuple[str, int]]) -> None:
    """The journals' last pages may still take some entries."""
    deadline = time.monotonic() + PATIENCE
    while cramped.outcomes("Encrypt", KeyId=cramped.key_id, Plaintext="aGVsbG8=") != wanted:
        assert time.monotonic() < deadline


def test_no_answer_leaves_without_its_entry_in_the_trail(cramped: Cramped) -> None:
    caller = cramped.callers[0]
    blob = caller.call("Encrypt", KeyId=cramped.key_id, Plaintext="aGVsbG8=")["CiphertextBlob"]
    on_key = {"KeyId": cramped.key_id}
    with cramped.full("journal"):
        _eventually(cramped, {UNAVAILABLE})
        for action, parameters in (
            ("Encrypt", {**on_key, "Plaintext": "aGVsbG8="}),
            ("Decrypt", {"CiphertextBlob": blob}),
            ("GenerateDataKey", on_key),
            ("GenerateDataKeyWithoutPlaintext", on_key),
            ("DescribeKey", on_key),
            ("Decrypt", {"CiphertextBlob": "AAAA"}),
        ):
            for _ in range(CONNECTIONS):
                _unavailable(cramped, sign_rpc(caller.key, action, parameters))
        # A change has its entry in the database, and there is room.
        assert cramped.outcomes("EnableKey", **on_key) == {("OK", 200)}
    _eventually(cramped, {("OK", 200)})
    assert caller.call("Decrypt", CiphertextBlob=blob)["Plaintext"] == "aGVsbG8="
