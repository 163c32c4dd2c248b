"""Official clients over https: each trusts the local CA by the setting that its users have.

The https listener's own behaviour is tested in tests/server/test_https.py.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.clients import Node
from tests.server.test_https import TlsServer
from tests.serving import ROOT

pytestmark = pytest.mark.contract

ENVIRONMENT = {
    "core": "ALIBABA_CLOUD_CA_BUNDLE",
    # This version asks OpenSSL; REQUESTS_CA_BUNDLE, which older ones took, does not reach it.
    "tea": "SSL_CERT_FILE",
    "oss2": "ALIBABA_CLOUD_CA_BUNDLE",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    running = TlsServer(tmp_path_factory.mktemp("https")).start()
    yield running
    assert running.stop() == 0, running.log


@pytest.fixture(scope="module")
def ca(server: TlsServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CA as a new user gets it: downloaded over http, to a folder of his own."""
    connection = server.http()
    connection.request("GET", "/tls/ca.pem")
    path = tmp_path_factory.mktemp("downloads") / "ca.pem"
    path.write_bytes(connection.getresponse().read())
    connection.close()
    return path


def _run(server: TlsServer, client: str, setting: str, **environment: str) -> str:
    """Run the program; what it complained of, empty if it succeeded."""
    found = server.credentials
    command = [sys.executable, "-W", "ignore", "-m", "tests.contract.over_https", client]
    command += [f"127.0.0.1:{server.tls_port}", found["region"], setting]
    done = subprocess.run(  # noqa: PLW1510  # the status is the answer
        command,
        cwd=ROOT,
        env={
            **os.environ,
            "ACCESS_KEY_ID": found["access_key_id"],
            "ACCESS_KEY_SECRET": found["access_key_secret"],
            **environment,
        },
        capture_output=True,
        text=True,
    )
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("client", ENVIRONMENT)
def test_a_variable_makes_a_client_trust_the_ca(server: TlsServer, ca: Path, client: str) -> None:
    assert _run(server, client, "", **{ENVIRONMENT[client]: str(ca)}) == ""


@pytest.mark.parametrize("client", ["core", "tea"])
def test_a_setting_makes_a_client_trust_the_ca(server: TlsServer, ca: Path, client: str) -> None:
    assert _run(server, client, str(ca)) == ""


@pytest.mark.parametrize("client", ENVIRONMENT)
def test_without_trust_a_client_does_not_speak(server: TlsServer, client: str) -> None:
    assert "certificate verify failed" in _run(server, client, "")


@pytest.fixture
def node() -> Iterator[Callable[..., Node]]:
    """Starts Node.js with an environment."""
    started: list[Node] = []

    def start(**environment: str) -> Node:
        started.append(Node(**environment))
        return started[-1]

    yield start
    for process in started:
        process.close()


NPM = [
    "pop-core-get",
    "pop-core-post",
    "openapi-client-query",
    "openapi-client-body",
    "kms20160120",
]


def _ask(server: TlsServer, node: Node, client: str, action: str, **params: str) -> dict[str, Any]:
    found = server.credentials
    target = {
        "host": f"127.0.0.1:{server.tls_port}",
        "scheme": "https",
        "region": found["region"],
        "accessKeyId": found["access_key_id"],
        "accessKeySecret": found["access_key_secret"],
    }
    return node.ask({"client": client, "target": target, "action": action, "parameters": params})


def test_node_clients_trust_the_ca_by_a_variable(
    server: TlsServer, ca: Path, node: Callable[..., Node]
) -> None:
    process = node(NODE_EXTRA_CA_CERTS=str(ca))
    for client in NPM:
        key_id = _ask(server, process, client, "CreateKey")["result"]["KeyMetadata"]["KeyId"]
        made = _ask(server, process, client, "Encrypt", KeyId=key_id, Plaintext="eA==")
        blob = made["result"]["CiphertextBlob"]
        opened = _ask(server, process, client, "Decrypt", CiphertextBlob=blob)
        assert opened["result"]["Plaintext"] == "eA==", client


def test_node_clients_without_trust_do_not_speak(
    server: TlsServer, node: Callable[..., Node]
) -> None:
    process = node()
    for client in NPM:
        failed = _ask(server, process, client, "DescribeRegions")
        assert "result" not in failed
        assert "certificate" in str(failed), client
