"""A running installation with a second, powerless caller, and the clients pointed at it."""

import http.client
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.contract.clients import KmsClient, Node, Target
from tests.contract.kinds import KINDS, PYTHON_KINDS, ClientKind
from tests.serving import Server
from tests.signing import AccessKey

OpenClient = Callable[[Target], KmsClient]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("contract")).start()
    yield running
    assert running.stop() == 0, running.log


@pytest.fixture(scope="session")
def owner(server: Server) -> Target:
    """The account's owner, with the first access key."""
    first = server.credentials
    return Target(
        host=f"127.0.0.1:{server.port}",
        region=first["region"],
        access_key_id=first["access_key_id"],
        access_key_secret=first["access_key_secret"],
    )


@pytest.fixture(scope="session")
def powerless(server: Server, owner: Target) -> Target:
    """A RAM user of the same account, without a policy."""
    whose = ["--account", server.credentials["account_id"]]
    server.manage("user", "create", *whose, "--name", "powerless")
    made = server.manage_json("access_key", "create", *whose, "--user", "powerless")
    return replace(
        owner,
        access_key_id=made["AccessKeyId"],
        access_key_secret=made["AccessKeySecret"],
    )


@pytest.fixture(scope="session")
def node() -> Iterator[Callable[[], Node]]:
    """Starts Node.js when the first client asks for it."""
    started: list[Node] = []

    def start() -> Node:
        if not started:
            started.append(Node())
        return started[0]

    yield start
    for process in started:
        process.close()


@pytest.fixture(scope="session", params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> ClientKind:
    found: ClientKind = request.param
    return found


@pytest.fixture(scope="session")
def open_client(kind: ClientKind, node: Callable[[], Node]) -> OpenClient:
    return lambda target: kind.open(target, node)


@pytest.fixture(scope="session")
def client(open_client: OpenClient, owner: Target) -> KmsClient:
    return open_client(owner)


@pytest.fixture(scope="module", params=PYTHON_KINDS, ids=str)
def python_client(request: pytest.FixtureRequest, owner: Target) -> KmsClient:
    """A client that has a class for every operation of today's API."""
    found: ClientKind = request.param
    return found.open(owner, Node)


@pytest.fixture(scope="session")
def key_id(client: KmsClient) -> str:
    """A key that no test changes."""
    found: str = client.create_key()["KeyId"]
    return found


@pytest.fixture(scope="session")
def access_key(owner: Target) -> AccessKey:
    return AccessKey(owner.access_key_id, owner.access_key_secret, owner.region)


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    yield opened
    opened.close()
