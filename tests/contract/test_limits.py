"""Request limits of a running server with two workers, as its callers see them."""

from collections.abc import Iterator

import pytest

from tests.calling import Caller, Refused
from tests.contract import clients
from tests.contract.clients import AliyunCore, KmsClient, Target, Tea
from tests.serving import Server
from tests.signing import AccessKey

pytestmark = pytest.mark.contract

LIMIT = 10


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which an account may read ten times in an hour."""
    server = Server(tmp_path_factory.mktemp("limited"), KMS_LIMIT_READ=f"{LIMIT}/hour")
    yield server.start()
    assert server.stop() == 0, server.log


@pytest.fixture(scope="module")
def exhausted(limited: Server) -> Caller:
    """The owner, who has read thirty times over six connections to both workers."""
    owner = Caller.owner(limited)
    callers = [owner, *(owner.another() for _ in range(5))]
    assert sum(_reads(callers[number % 6]) for number in range(30)) == LIMIT
    return owner


def _reads(caller: Caller) -> bool:
    try:
        caller.call("DescribeRegions")
    except Refused as refused:
        if (refused.code, refused.status) != ("Rejected.Throttling", 429):
            raise
        return False
    return True


def test_other_kinds_of_calls_and_other_accounts_go_on(limited: Server, exhausted: Caller) -> None:
    key_id = exhausted.call("CreateKey")["KeyMetadata"]["KeyId"]
    exhausted.call("Encrypt", KeyId=key_id, Plaintext="eA==")
    made = limited.manage_json("account", "create", "--name", "other")
    other = Caller(limited.url, AccessKey(made["access_key_id"], made["access_key_secret"]))
    assert _reads(other)


@pytest.mark.parametrize(
    ("client", "class_name"), [(AliyunCore, "ServerException"), (Tea, "ThrottlingException")]
)
@pytest.mark.usefixtures("exhausted")
def test_official_clients_tell_their_users_to_wait(
    limited: Server, client: type[AliyunCore | Tea], class_name: str
) -> None:
    first = limited.credentials
    opened: KmsClient = client(
        Target(
            host=f"127.0.0.1:{limited.port}",
            region=first["region"],
            access_key_id=first["access_key_id"],
            access_key_secret=first["access_key_secret"],
        )
    )
    with pytest.raises(clients.Refused) as refused:
        opened.call("ListKeys")
    assert (refused.value.code, refused.value.status) == ("Rejected.Throttling", 429)
    assert refused.value.class_name == class_name
