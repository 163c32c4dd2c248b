"""A whole installation whose channels fail in every way: their secrets are seen nowhere."""

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.notices.receivers import Receiver
from tests.notices.samples import SIGNING, TOKEN, WHSEC
from tests.serving import ROOT, Server, free_port

PASSWORD = "canary-of-a-mailbox"
CANARIES = [secret.encode() for secret in (TOKEN, SIGNING.decode(), WHSEC, PASSWORD)]
CHANNELS = ("hook", "ding", "wecom", "mail")
SECONDS = 90.0


def _file(folder: Path, url: str) -> Path:
    password = folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    path = folder / "notices.toml"
    path.write_text(f"""
        [[channel]]
        name = "hook"
        kind = "webhook"
        url = "http://127.0.0.1:{free_port()}/?token={TOKEN}"
        secret = "{WHSEC}"
        [[channel]]
        name = "ding"
        kind = "dingtalk"
        url = "{url}/robot/send?access_token={TOKEN}"
        secret = "{SIGNING.decode()}"
        [[channel]]
        name = "wecom"
        kind = "wecom"
        url = "{url}/wecom?key={TOKEN}"
        [[channel]]
        name = "mail"
        kind = "email"
        to = ["ann@example.com"]
        [smtp]
        host = "127.0.0.1"
        port = {free_port()}
        from = "kms@example.com"
        user = "kms"
        password_file = "{password}"
    """)
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It has a key that is to be deleted, and tells that to nobody who listens."""
    folder = tmp_path_factory.mktemp("canaries")
    config = tmp_path_factory.mktemp("config")
    with Receiver(answer=f'{{"errcode":310000,"errmsg":"{TOKEN}"}}'.encode()) as receiver:
        server = Server(folder, KMS_NOTICES_FILE=str(_file(config, receiver.url)))
        server.manage("bootstrap")
        command = [sys.executable, "-m", "tests.faults.deliverer", "file", "1"]
        subprocess.run(command, cwd=ROOT, env=server.environment, check=True)
        server.start()
        _wait_until_all_failed(server)
        yield server
        server.stop()


def _metrics(server: Server) -> str:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:  # noqa: S310
        text: str = answer.read().decode()
    return text


def _wait_until_all_failed(server: Server) -> None:
    """Beats knock for all timers when they start."""
    deadline = time.monotonic() + SECONDS
    pattern = r'^kms_notice_deliveries_total\{channel="(\w+)",outcome="failed"\} [1-9]'
    while set(re.findall(pattern, _metrics(server), re.M)) != set(CHANNELS):
        assert time.monotonic() < deadline, _metrics(server)
        assert server.process is not None
        assert server.process.poll() is None


def test_metrics_count_by_channel_and_hold_nothing_of_a_key(server: Server) -> None:
    text = _metrics(server)
    assert re.search(r"^kms_notices_waiting 4\.0$", text, re.M)
    assert 'kms_notice_deliveries_total{channel="ding",outcome="delivered"} 0.0' in text
    for canary in CANARIES:
        assert canary.decode() not in text


def test_no_log_and_no_file_of_the_data_folder_holds_a_secret(server: Server) -> None:
    assert "errcode 310000" in server.log
    assert "NewConnectionError" in server.log
    files = [path for path in server.folder.rglob("*") if path.is_file()]
    assert any(path.name == "server.log" for path in files)
    for path in files:
        content = path.read_bytes()
        assert [canary for canary in CANARIES if canary in content] == [], path


def test_no_row_holds_a_secret(server: Server) -> None:
    """SQLite's file is in the data folder."""
    url = server.environment.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return
    with psycopg.connect(url) as reader:
        tables = reader.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in tables.fetchall():
            rows = str(reader.execute(f'SELECT * FROM "{name}"').fetchall()).encode()  # noqa: S608
            assert [canary for canary in CANARIES if canary in rows] == [], name


def test_no_process_shows_a_secret(server: Server) -> None:
    assert server.process is not None
    parent = psutil.Process(server.process.pid)
    for process in (parent, *parent.children(recursive=True)):
        shown = f"{process.cmdline()} {process.environ()}"
        assert [canary for canary in CANARIES if canary.decode() in shown] == []


def test_no_command_prints_a_secret(server: Server) -> None:
    listed = server.manage("notice", "list")
    assert listed.stdout.count("attempts: 1") == 4
    tried = [server.manage("notice", "test", "--channel", one, check=False) for one in CHANNELS]
    assert [done.returncode for done in tried] == [1, 1, 1, 1]
    for done in (listed, *tried):
        printed = (done.stdout + done.stderr).encode()
        assert [canary for canary in CANARIES if canary in printed] == []
