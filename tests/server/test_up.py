"""`manage.py up`: one process tree, a first start that happens once, and a clean stop."""

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kms_console.server.__main__ import STOP_SECONDS
from tests.calling import Caller, Refused
from tests.serving import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


def _tree(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    root = psutil.Process(server.process.pid)
    return [root, *root.children(recursive=True)]


def _until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _gone(processes: list[psutil.Process]) -> bool:
    return all(
        not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        for process in processes
    )


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_leaves_private_credentials_and_the_second_changes_nothing(
    server: Server,
) -> None:
    server.start()
    data = server.folder / "var"
    credentials = server.credentials
    assert set(credentials) == {
        "account_id", "login", "password", "access_key_id", "access_key_secret", "region",
        "endpoint", "console_url", "operator_login", "operator_password",
    }  # fmt: skip
    assert credentials["endpoint"] == server.url
    assert _mode(data) == 0o700
    assert {_mode(data / name) for name in ("root.key", "initial-credentials.json")} == {0o600}
    root_key = (data / "root.key").read_bytes()
    assert credentials["password"] in server.log
    server.stop()
    printed = len(server.log)
    server.start()
    assert server.credentials == credentials
    assert (data / "root.key").read_bytes() == root_key
    assert credentials["password"] not in server.log[printed:]


def test_sigterm_stops_every_process_and_ends_well(server: Server) -> None:
    tree = _tree(server.start())
    assert len(tree) >= 4
    assert server.stop() == 0
    _until(lambda: _gone(tree))


def _starting_workers(server: Server) -> tuple[psutil.Process, list[psutil.Process]]:
    """The web server and its workers, at the moment when all of them were forked."""
    root = psutil.Process(server.launch().pid)
    found: list[psutil.Process] = []

    def forked() -> bool:
        found[:] = [child for child in root.children(recursive=True) if len(child.children()) == 2]
        return bool(found)

    _until(forked, 60)
    return found[0], found[0].children()


def test_workers_that_are_still_starting_obey_sigterm(server: Server) -> None:
    web, workers = _starting_workers(server)
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < STOP_SECONDS
    assert _gone([web, *workers])


def test_workers_that_are_still_starting_die_with_their_parent(server: Server) -> None:
    web, workers = _starting_workers(server)
    web.kill()
    _until(lambda: _gone(workers))


def test_no_process_outlives_a_supervisor_that_was_killed(server: Server) -> None:
    tree = _tree(server.start())
    os.kill(tree[0].pid, signal.SIGKILL)
    _until(lambda: _gone(tree))


def test_a_killed_worker_comes_back(server: Server) -> None:
    tree = _tree(server.start())
    workers = [process for process in tree if not process.children() and process.pid != tree[0].pid]
    os.kill(workers[0].pid, signal.SIGKILL)
    _until(lambda: server.get("/healthz")[0] == 200)


DIES_AFTER_ITS_COMMIT = """
import os, sys
import django
django.setup()
from kms_console.core import generation
from keys.models import Key
stamps = generation.current()
with stamps.changing(generation.stripe_of(sys.argv[1])):
    print("begun", flush=True)
    sys.stdin.readline()
    Key.objects.update(state="Disabled")
    os.kill(os.getpid(), 9)
"""


def test_a_change_is_seen_though_its_writer_was_killed_right_after_the_commit(
    server: Server,
) -> None:
    server.start()
    owner = Caller.owner(server)
    key_id = owner.call("CreateKey")["KeyMetadata"]["KeyId"]
    writer = subprocess.Popen(
        [sys.executable, "-c", DIES_AFTER_ITS_COMMIT, server.credentials["account_id"]],
        cwd=Path(__file__).parents[2],
        env=server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"begun\n"
    callers = [owner, *(owner.another() for _ in range(5))]
    for caller in callers:
        caller.call("Encrypt", KeyId=key_id, Plaintext="QQ==")
    writer.communicate(b"go\n")
    assert writer.returncode == -signal.SIGKILL
    for caller in callers:
        with pytest.raises(Refused, match=r"Rejected\.Disabled"):
            caller.call("Encrypt", KeyId=key_id, Plaintext="QQ==")


def test_a_second_server_on_the_folder_is_refused(server: Server) -> None:
    server.start()
    second = server.manage("up", check=False)
    assert second.returncode != 0
    assert "Another server already runs" in second.stderr


def test_without_its_root_key_the_server_starts_sealed_and_makes_no_new_one(
    server: Server,
) -> None:
    server.start()
    server.stop()
    root_key = server.folder / "var" / "root.key"
    kept = root_key.read_bytes()
    root_key.unlink()
    server.start(ready=False)
    assert server.get("/healthz")[0] == 200
    status, body = server.get("/readyz")
    assert status == 503
    assert body["checks"]["root_key"] != "ok"
    assert str(root_key) not in json.dumps(body)
    assert "SEALED" in server.log
    assert not root_key.exists()
    root_key.write_bytes(kept)
    root_key.chmod(0o600)
    server.wait_for("/readyz")


def test_a_root_key_from_the_environment_is_used_and_not_written(tmp_path: Path) -> None:
    server = Server(tmp_path, KMS_ROOT_KEY="00" * 31 + "7f")
    server.start()
    try:
        assert not (tmp_path / "var" / "root.key").exists()
        assert "00" * 31 not in server.log
    finally:
        server.stop()


def test_a_root_key_that_is_no_text_starts_the_server_sealed(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    server.stop()
    server.environment["KMS_ROOT_KEY"] = "\udcff"
    server.start(ready=False)
    try:
        assert server.get("/readyz")[0] == 503
        assert "Traceback" not in server.log
    finally:
        server.stop()


def test_no_process_may_write_a_core_dump(server: Server) -> None:
    soft, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    try:
        server.launch()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, most))
    server.wait_for("/readyz")
    tree = _tree(server)
    limits = {process.rlimit(psutil.RLIMIT_CORE) for process in tree}
    assert limits == {(0, 0)}


def test_timers_let_requests_go_first(server: Server) -> None:
    server.start()
    root, *others = _tree(server)
    timers = [process for process in others if "timers" in process.cmdline()]
    levels = {process: process.nice() - root.nice() for process in others}
    assert {levels[process] for process in timers} == {10}
    assert {level for process, level in levels.items() if process not in timers} == {0}


def test_verify_finds_nothing_wrong_after_a_first_start(server: Server) -> None:
    server.start()
    found = server.manage_json("verify")
    assert found["clean"], json.dumps(found)
    server.stop()
    assert server.manage_json("verify")["clean"]


def test_make_up_obeys_ctrl_c(server: Server) -> None:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        ["make", "--no-print-directory", "up"],
        cwd=root,
        env=server.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    server.process = process
    server.wait_for("/readyz")
    tree = _tree(server)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(40)
    _until(lambda: _gone(tree))


def test_an_unsupported_setting_is_refused_by_name(tmp_path: Path) -> None:
    server = Server(tmp_path, KMS_REGIONS_FILE="regions.toml")
    refused = server.manage("up", check=False)
    assert refused.returncode != 0
    assert "KMS_REGIONS_FILE" in refused.stderr
