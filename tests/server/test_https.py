"""The https listener beside http: whom it convinces, what it tells, and how it is renewed."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hsm.x509 import Authority, Certificate, Issued, Life
from tests.serving import Server, free_port
from tests.signing import AccessKey, send, sign_rpc

RENEWAL_SECONDS = 60.0
HTTPS_ONLY = {
    "Version": "1",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "kms:*",
            "Resource": "*",
            "Condition": {"Bool": {"acs:SecureTransport": "true"}},
        }
    ],
}


class TlsServer(Server):
    """An installation with both listeners."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.tls_port = free_port()
        bind = f"127.0.0.1:{self.tls_port}"
        super().__init__(folder, workers=1, KMS_TLS_BIND=bind, **environment)
        self.tls = folder / "var" / "tls"

    def start(self, *, ready: bool = True) -> "TlsServer":
        super().start(ready=ready)
        deadline = time.monotonic() + RENEWAL_SECONDS
        while not self.shown():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)
        return self

    def shown(self) -> bytes:
        """The certificate that a new client sees; empty while nobody listens."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        address = ("127.0.0.1", self.tls_port)
        try:
            with (
                socket.create_connection(address, timeout=10) as plain,
                context.wrap_socket(plain) as wrapped,
            ):
                found = wrapped.getpeercert(binary_form=True) or b""
                return ssl.DER_cert_to_PEM_cert(found).encode()
        except OSError:
            return b""

    def https(self, authority: Path | None = None) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=authority or self.tls / "ca.pem")
        return http.client.HTTPSConnection("127.0.0.1", self.tls_port, context=context, timeout=30)

    def http(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def issue(self, life: timedelta) -> Issued:
        """A certificate of the local CA for the same names, with a key of its own."""
        ca = Issued((self.tls / "ca.pem").read_bytes(), (self.tls / "ca.key").read_bytes())
        names = Certificate((self.tls / "server.pem").read_bytes()).names
        return Authority(ca).issue(names, Life.of(life, now=datetime.now(UTC)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    running = TlsServer(tmp_path_factory.mktemp("https")).start()
    yield running
    assert running.stop() == 0, running.log


@pytest.fixture
def own(tmp_path: Path) -> Iterator[TlsServer]:
    """An installation of the test's own, not started yet."""
    server = TlsServer(tmp_path)
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes, dict[str, str]]:
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return found


def test_both_listeners_answer(server: TlsServer) -> None:
    for connection in (server.https(), server.http()):
        assert get(connection, "/readyz")[0] == 200


def test_the_greeting_names_the_listener_and_the_fingerprint(server: TlsServer) -> None:
    fingerprint = Certificate((server.tls / "ca.pem").read_bytes()).fingerprint
    assert f"Serving on https://127.0.0.1:{server.tls_port}" in server.log
    assert f"SHA-256 {fingerprint}" in server.log


def test_the_ca_is_downloaded_over_either_listener(server: TlsServer) -> None:
    for connection in (server.https(), server.http()):
        status, body, headers = get(connection, "/tls/ca.pem")
        assert (status, body) == (200, (server.tls / "ca.pem").read_bytes())
        assert headers["content-type"] == "application/x-pem-file"
        assert headers["content-disposition"].startswith("attachment")


def test_no_other_file_of_the_folder_is_served(server: TlsServer) -> None:
    for path in ("/tls/ca.key", "/tls/server.key", "/tls/server.pem", "/tls/", "/tls/../root.key"):
        assert get(server.http(), path)[0] == 404


def test_without_trust_there_is_no_connection(server: TlsServer) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        http.client.HTTPSConnection("127.0.0.1", server.tls_port, timeout=30).connect()


@pytest.mark.parametrize(
    ("version", "accepted"),
    [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_begins_at_1_2_and_http_stays_1_1(
    server: TlsServer, version: str, accepted: bool
) -> None:
    context = ssl.create_default_context(cafile=server.tls / "ca.pem")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as plain:
        if accepted:
            with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                assert wrapped.selected_alpn_protocol() == "http/1.1"
        else:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(plain, server_hostname="localhost")


def test_a_policy_can_ask_for_https(server: TlsServer, tmp_path: Path) -> None:
    policy = tmp_path / "https-only.json"
    policy.write_text(json.dumps(HTTPS_ONLY))
    whose = ["--account", server.credentials["account_id"]]
    server.manage("user", "create", *whose, "--name", "careful")
    made = server.manage_json("access_key", "create", *whose, "--user", "careful")
    server.manage("policy", "attach", *whose, "--user", "careful", "--policy", str(policy))
    key = AccessKey(made["AccessKeyId"], made["AccessKeySecret"])

    def status(connection: http.client.HTTPConnection) -> int:
        with closing(connection):
            return send(connection, sign_rpc(key, "CreateKey", {})).status

    assert status(server.https()) == 200
    assert status(server.http()) == 403


def test_a_request_works_once_over_both_listeners(server: TlsServer) -> None:
    first = server.credentials
    key = AccessKey(first["access_key_id"], first["access_key_secret"])
    request = sign_rpc(key, "DescribeRegions", {})
    with closing(server.https()) as over_https, closing(server.http()) as over_http:
        assert send(over_https, request).status == 200
        again = send(over_http, request)
    assert again.status == 400
    assert again.json["Code"] == "SignatureNonceUsed"


def test_without_the_setting_no_ca_is_made_and_the_download_says_so(tmp_path: Path) -> None:
    plain = Server(tmp_path, workers=1).start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", plain.port, timeout=30)
        status, body, _ = get(connection, "/tls/ca.pem")
        assert (status, body) == (404, b"This server uses no local CA.\n")
        assert not (tmp_path / "var" / "tls").exists()
    finally:
        assert plain.stop() == 0


def test_a_certificate_near_its_end_is_replaced_while_the_server_runs(own: TlsServer) -> None:
    own.start()
    authority, first = (own.tls / "ca.pem").read_bytes(), own.shown()
    old = own.issue(timedelta(minutes=20))
    (own.tls / "server.key").write_bytes(old.key)
    (own.tls / "server.pem").write_bytes(old.certificate)
    seen = _until_shown_changes(own, first)
    renewed = Certificate(seen)
    assert renewed.ends - datetime.now(UTC) > timedelta(days=80)
    assert (own.tls / "ca.pem").read_bytes() == authority
    assert get(own.https(), "/readyz")[0] == 200


def _until_shown_changes(server: TlsServer, first: bytes) -> bytes:
    """Meanwhile http answers each request, and https each connection."""
    deadline = time.monotonic() + RENEWAL_SECONDS
    while (seen := server.shown()) == first:
        assert time.monotonic() < deadline, server.log
        assert get(server.http(), "/healthz")[0] == 200
        time.sleep(0.1)
    assert seen, "a connection was refused"
    return seen


def test_an_own_certificate_is_shown_and_its_successor_too(
    server: TlsServer, tmp_path: Path
) -> None:
    """As certbot leaves them: links that lead to other files after a renewal."""
    for number in "12":
        issued = server.issue(timedelta(days=30))
        (tmp_path / f"chain{number}.pem").write_bytes(issued.certificate)
        (tmp_path / f"key{number}.pem").write_bytes(issued.key)
        (tmp_path / f"key{number}.pem").chmod(0o600)
    _link(tmp_path, "1")
    files = {"KMS_TLS_CERT": "chain.pem", "KMS_TLS_KEY": "key.pem"}
    given = {name: str(tmp_path / "live" / file) for name, file in files.items()}
    own = TlsServer(tmp_path, **given)
    try:
        own.start()
        first = own.shown()
        assert first.split() == (tmp_path / "chain1.pem").read_bytes()[: len(first)].split()
        assert not own.tls.exists()
        assert get(own.http(), "/tls/ca.pem")[0] == 404
        _link(tmp_path, "2")
        second = _until_shown_changes(own, first)
        assert second.split() == (tmp_path / "chain2.pem").read_bytes()[: len(second)].split()
        assert get(own.https(server.tls / "ca.pem"), "/readyz")[0] == 200
    finally:
        assert own.stop() == 0


def _link(folder: Path, number: str) -> None:
    (folder / "live").mkdir(exist_ok=True)
    for name in ("chain", "key"):
        draft = folder / "live" / f"{name}.new"
        draft.symlink_to(folder / f"{name}{number}.pem")
        draft.replace(folder / "live" / f"{name}.pem")


def test_a_killed_https_server_comes_back(own: TlsServer) -> None:
    own.start()
    found = re.findall(r'"child": "web-tls", "pid": (\d+)', own.log)
    os.kill(int(found[0]), signal.SIGKILL)
    deadline = time.monotonic() + RENEWAL_SECONDS
    while len(re.findall(r'"child": "web-tls", "pid": (\d+)', own.log)) < 2 or not own.shown():
        assert time.monotonic() < deadline, own.log
        assert get(own.http(), "/healthz")[0] == 200
        time.sleep(0.05)


def test_https_answers_while_the_server_is_sealed(own: TlsServer) -> None:
    own.start()
    assert own.stop() == 0
    (own.folder / "var" / "root.key").unlink()
    own.start(ready=False)
    assert get(own.https(), "/readyz")[0] == 503


@pytest.mark.parametrize("name", ["ca.pem", "ca.key"])
def test_a_start_without_its_ca_is_refused_with_a_way_out(own: TlsServer, name: str) -> None:
    own.start()
    assert own.stop() == 0
    (own.tls / name).unlink()
    refused = own.manage("up", check=False)
    assert refused.returncode != 0
    assert f"{name} does not exist" in refused.stderr
    assert "Put the right file back" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_name_that_the_ca_may_not_sign_for_stops_the_start(own: TlsServer) -> None:
    own.start()
    assert own.stop() == 0
    own.environment["KMS_TLS_NAMES"] = "kms.example.com"
    refused = own.manage("up", check=False)
    assert refused.returncode != 0
    assert "may not sign for kms.example.com" in refused.stderr
