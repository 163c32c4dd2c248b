"""What health checks run: it says no when it should."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kms_console.server import heartbeat
from kms_console.server.probe import is_well
from tests.serving import ROOT, free_port


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_url_is_well_when_it_answers_200(url: str) -> None:
    assert is_well(f"{url}/healthz")
    assert not is_well(f"{url}/readyz")


def test_a_url_where_nobody_listens_is_not_well() -> None:
    assert not is_well(f"http://127.0.0.1:{free_port()}/healthz")


def test_a_sign_of_life_is_well_while_it_is_fresh(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    sign = tmp_path / "run" / heartbeat.BEAT
    assert not is_well(str(sign))
    heartbeat.beat(tmp_path, heartbeat.BEAT)
    assert is_well(str(sign))
    stale = time.time() - heartbeat.STALE_SECONDS - 1
    os.utime(sign, (stale, stale))
    assert not is_well(str(sign))


def test_the_exit_status_tells_and_django_is_not_loaded(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "kms_console.server.probe"]
    ended = subprocess.run(
        [*command, str(tmp_path / "nothing")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "django" not in ended.stderr
