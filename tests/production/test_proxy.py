"""nginx in front of the server: what is signed arrives as it was sent, and no log knows it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calling import Caller
from tests.production.proxies import Nginx
from tests.serving import Server
from tests.signing import AccessKey, Answer, SignedRequest, send, sign_acs3, sign_rpc

CANARY = "Y2FuYXJ5IG9mIHRoZSBwcm94eQ=="
HOST = "kms.cn-beijing.example.com"
"""Names a region: whoever changes Host on the way sends the request elsewhere."""

_SOURCES = """
from kms_console.audit.models import AuditEvent
print(AuditEvent.objects.filter(action="CreateKey").latest("id").source_ip)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    server = Server(folder, workers=1, KMS_TRUSTED_PROXIES="127.0.0.1")
    try:
        yield server.start(ready=False)
    finally:
        server.kill()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), server.port)
    nginx.start()
    try:
        yield nginx
    finally:
        nginx.stop()


@pytest.fixture
def key(server: Server) -> AccessKey:
    return Caller.owner(server).key


def _send(nginx: Nginx, request: SignedRequest) -> Answer:
    connection = nginx.connect()
    try:
        return send(connection, request)
    finally:
        connection.close()


def test_nginx_finds_no_fault_with_the_configuration(nginx: Nginx) -> None:
    checked = nginx.check()
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr.replace('the "user" directive', "")


def test_an_rpc_signature_holds_behind_the_proxy(nginx: Nginx, key: AccessKey) -> None:
    answer = _send(nginx, sign_rpc(key, "CreateKey", {"Description": "a b+c/密钥~*"}, method="GET"))
    assert answer.status == 200
    assert answer.json["KeyMetadata"]["Description"] == "a b+c/密钥~*"


def test_an_acs3_signature_holds_and_the_host_arrives(nginx: Nginx, key: AccessKey) -> None:
    answer = _send(nginx, sign_acs3(key, "CreateKey", {}, host=HOST))
    assert answer.status == 200
    assert ":cn-beijing:" in answer.json["KeyMetadata"]["Arn"]


def test_a_request_target_of_sixty_thousand_bytes_passes(nginx: Nginx, key: AccessKey) -> None:
    request = sign_rpc(key, "DescribeRegions", {"Padding": "x" * 60_000}, method="GET")
    assert _send(nginx, request).status == 200


def test_a_body_that_is_too_large_is_refused_by_the_server(nginx: Nginx, key: AccessKey) -> None:
    request = sign_rpc(key, "CreateKey", {})
    answer = _send(nginx, SignedRequest("POST", request.target, {}, b"x" * (2 * 1024 * 1024)))
    assert (answer.status, answer.json["Code"]) == (413, "RequestEntityTooLarge")


def test_the_callers_address_reaches_the_audit_trail(
    server: Server, nginx: Nginx, key: AccessKey
) -> None:
    connection = nginx.connect(source="127.0.0.2")
    assert send(connection, sign_rpc(key, "CreateKey", {})).status == 200
    connection.close()
    assert server.manage("shell", "-v", "0", "-c", _SOURCES).stdout.strip() == "127.0.0.2"


def _line_with(nginx: Nginx, status: int) -> str:
    """The newest line with this status. nginx writes it only after it has answered."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for line in reversed(nginx.log.splitlines()):
            if f'"status":{status}' in line:
                return line
        time.sleep(0.02)
    raise AssertionError(f"No line of the log has the status {status}.")


def test_the_log_shows_paths_and_no_query_string(nginx: Nginx, key: AccessKey) -> None:
    request = sign_rpc(key, "Encrypt", {"KeyId": "none", "Plaintext": CANARY}, method="GET")
    assert _send(nginx, request).status == 404
    assert json.loads(_line_with(nginx, 404))["path"] == "/"
    assert "Y2FuYXJ5" not in nginx.log
    assert "Signature" not in nginx.log


def test_no_log_shows_a_query_string_when_the_server_is_gone(tmp_path: Path) -> None:
    nobody = Nginx(tmp_path, upstream=9)
    nobody.start()
    try:
        request = SignedRequest("GET", f"/?Plaintext={CANARY}", {})
        assert _send(nobody, request).status == 502
    finally:
        nobody.stop()
    assert '"status":502' in nobody.log
    assert "Y2FuYXJ5" not in nobody.log
