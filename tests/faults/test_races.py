"""What is acknowledged holds at once, on every worker; what is signed once counts once."""

import threading
from collections.abc import Iterator

import pytest

from tests.calling import Caller, Refused
from tests.faults.conftest import FULL
from tests.serving import Server
from tests.signing import sign_acs3, sign_rpc

DISABLES = 2500 if FULL else 60
CONNECTIONS = 8
TRIES = 5
REPLAYS = 50

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("races"), workers=2).start()
    yield server
    server.stop()


def _succeeds(caller: Caller, key_id: str) -> bool:
    try:
        caller.call("Encrypt", KeyId=key_id, Plaintext="dGV4dA==")
    except Refused as refused:
        return refused.code != "Rejected.Disabled"
    return True


def test_no_encrypt_succeeds_on_any_worker_once_disable_is_acknowledged(server: Server) -> None:
    """DISABLES x CONNECTIONS x TRIES trials: 100,000 in the full count."""
    callers = [Caller.owner(server) for _ in range(CONNECTIONS)]
    key_id = callers[0].call("CreateKey")["KeyMetadata"]["KeyId"]
    succeeded = 0
    for number in range(DISABLES):
        assert all(_succeeds(caller, key_id) for caller in callers)  # both workers are warm
        callers[number % CONNECTIONS].call("DisableKey", KeyId=key_id)
        succeeded += sum(_succeeds(caller, key_id) for _ in range(TRIES) for caller in callers)
        callers[(number + 1) % CONNECTIONS].call("EnableKey", KeyId=key_id)
    assert succeeded == 0


@pytest.mark.parametrize("protocol", ["RPC", "RPC without a nonce", "ACS3"])
def test_of_parallel_replays_exactly_one_succeeds(server: Server, protocol: str) -> None:
    callers = [Caller.owner(server) for _ in range(REPLAYS)]
    key, host = callers[0].key, server.url.removeprefix("http://")
    request = {
        "RPC": lambda: sign_rpc(key, "CreateKey", {}),
        "RPC without a nonce": lambda: sign_rpc(
            key, "CreateKey", {}, common={"SignatureNonce": None}
        ),
        "ACS3": lambda: sign_acs3(key, "CreateKey", {}, host=host),
    }[protocol]()
    before = callers[0].call("ListKeys")["TotalCount"]
    barrier = threading.Barrier(REPLAYS)
    outcomes: list[str] = []

    def replay(caller: Caller) -> None:
        barrier.wait(20)
        try:
            caller.send(request)
        except Refused as refused:
            outcomes.append(refused.code)
        else:
            outcomes.append("OK")

    threads = [threading.Thread(target=replay, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["OK"] + ["SignatureNonceUsed"] * (REPLAYS - 1)
    assert callers[0].call("ListKeys")["TotalCount"] == before + 1
