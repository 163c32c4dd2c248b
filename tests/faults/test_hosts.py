"""What one host acknowledges holds on the other, at once; what is new there is known here."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.calling import Caller
from tests.faults.conftest import FULL
from tests.faults.neighbours import Neighbours, freeze, needs_postgresql, outcome, run_in, thaw
from tests.faults.relay import Relay
from tests.serving import Server, new_database
from tests.signing import AccessKey

CHANGES, EACH = (1000, 20) if FULL else (25, 20)
FREEZES = 20 if FULL else 1
ROTATIONS = 50 if FULL else 3

DISABLED = "Rejected.Disabled"

pytestmark = [pytest.mark.faults, needs_postgresql]


@pytest.fixture(scope="module")
def relay() -> Iterator[tuple[Relay, str]]:
    """Between the second host and its database."""
    url = new_database()
    relay = Relay(url)
    yield relay, url
    relay.close()


@pytest.fixture(scope="module")
def hosts(
    tmp_path_factory: pytest.TempPathFactory, relay: tuple[Relay, str]
) -> Iterator[Neighbours]:
    passage, url = relay
    with Neighbours(tmp_path_factory.mktemp("hosts"), url, passage.url(url)) as hosts:
        yield hosts.start()


def _key(caller: Caller) -> str:
    key_id: str = caller.call("CreateKey")["KeyMetadata"]["KeyId"]
    return key_id


def _encrypt(caller: Caller, key_id: str) -> str:
    return outcome(caller, "Encrypt", KeyId=key_id, Plaintext="dGV4dA==")


def _disable_in_turns(hosts: Neighbours) -> tuple[Counter[str], Counter[str]]:
    """The outcomes of Encrypts on one host before and after DisableKey on the other.

    CHANGES x EACH of them after it: 20,000 in the full count.
    """
    at = [hosts.caller(server) for server in hosts.both]
    others = [[hosts.caller(server) for _ in range(4)] for server in hosts.both]
    key_id = _key(at[0])
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for number in range(CHANGES):
        here, there = at[number % 2], others[1 - number % 2]
        before.update(_encrypt(caller, key_id) for caller in there)
        assert outcome(here, "DisableKey", KeyId=key_id) == "OK"
        after.update(_encrypt(caller, key_id) for caller in there * (EACH // 4))
        assert outcome(here, "EnableKey", KeyId=key_id) == "OK"
    return before, after


def test_no_encrypt_succeeds_on_another_host_once_disable_is_acknowledged(
    hosts: Neighbours,
) -> None:
    before, after = _disable_in_turns(hosts)
    assert before == {"OK": CHANGES * 4}
    assert after == {DISABLED: CHANGES * EACH}


def test_the_same_holds_while_notifications_are_lost(
    hosts: Neighbours, relay: tuple[Relay, str]
) -> None:
    passage, _ = relay
    passage.is_cut = True
    try:
        before, after = _disable_in_turns(hosts)
    finally:
        passage.is_cut = False
    assert passage.lost
    assert before == {"OK": CHANGES * 4}
    assert after == {DISABLED: CHANGES * EACH}


@pytest.mark.parametrize("number", range(FREEZES))
def test_a_frozen_host_delays_one_change_and_refuses_when_it_goes_on(
    hosts: Neighbours, number: int
) -> None:
    here, there = (hosts.caller(server) for server in hosts.both)
    key_id, other = _key(here), _key(here)
    assert _encrypt(there, key_id) == "OK"
    freeze(hosts.second)
    try:
        begun = time.monotonic()
        here.call("DisableKey", KeyId=key_id)
        first = time.monotonic() - begun
        here.call("DisableKey", KeyId=other)
        second = time.monotonic() - begun - first
    finally:
        thaw(hosts.second)
    after = Counter(_encrypt(there, key_id) for _ in range(20))
    assert "OK" not in after
    assert (first < 3.5, second < 1.0) == (True, True), (first, second)
    hosts.second.wait_for("/readyz")
    assert _encrypt(hosts.caller(hosts.second), key_id) == DISABLED


_ROTATE = """
from datetime import timedelta
from keys.models import Key
from keys.tasks import rotate_due_keys
from kms_console.core.clock import utc_now
from kms_console.iam.models import Account
now = utc_now()
Key.objects.filter(id="{key_id}").update(next_rotation_at=now - timedelta(seconds=1))
assert rotate_due_keys(now, Account.objects.all()).done == 1
"""


def test_what_a_new_version_encrypted_on_one_host_opens_on_the_other_at_once(
    hosts: Neighbours,
) -> None:
    """A timer's rotation is acknowledged to nobody, so nobody waits until all hosts know of it."""
    owner = hosts.caller(hosts.first)
    made = owner.call("CreateKey", EnableAutomaticRotation="true", RotationInterval="7d")
    key_id = made["KeyMetadata"]["KeyId"]
    for _ in range(ROTATIONS):
        # New connections: the server closes one that is idle for as long as a process may start.
        old = hosts.caller(hosts.first).call("Encrypt", KeyId=key_id, Plaintext="QQ==")
        hosts.caller(hosts.second).call("Decrypt", CiphertextBlob=old["CiphertextBlob"])
        run_in(hosts.first, _ROTATE.format(key_id=key_id))
        here, there = (hosts.caller(server) for server in hosts.both)
        new = here.call("Encrypt", KeyId=key_id, Plaintext="QQ==")
        assert new["KeyVersionId"] != old["KeyVersionId"]
        assert there.call("Decrypt", CiphertextBlob=new["CiphertextBlob"])["Plaintext"] == "QQ=="


def test_a_new_version_of_a_key_pair_is_there_on_both_hosts(hosts: Neighbours) -> None:
    here, there = (hosts.caller(server) for server in hosts.both)
    made = here.call("CreateKey", KeySpec="EC_P256", KeyUsage="SIGN/VERIFY")["KeyMetadata"]
    version = there.call("ListKeyVersions", KeyId=made["KeyId"])["KeyVersions"]["KeyVersion"][0]
    named = {"KeyId": made["KeyId"], "KeyVersionId": version["KeyVersionId"]}
    assert "PublicKey" in there.call("GetPublicKey", **named)
    second = here.call("CreateKeyVersion", KeyId=made["KeyId"])["KeyVersion"]["KeyVersionId"]
    assert "PublicKey" in there.call("GetPublicKey", KeyId=made["KeyId"], KeyVersionId=second)


def test_what_a_command_in_a_third_folder_takes_is_taken_on_both_hosts(hosts: Neighbours) -> None:
    """As on a machine of an operator, without any server."""
    third = Server(hosts.first.folder.parent)
    third.environment = hosts.first.environment | {"KMS_DATA_DIR": str(third.folder / "third")}
    account = f"--account={hosts.first.credentials['account_id']}"
    third.manage("user", "create", account, "--name=ann")
    third.manage("policy", "attach", account, "--user=ann", "--policy=AliyunKMSFullAccess")
    made = third.manage_json("access_key", "create", account, "--user=ann")
    key = AccessKey(made["AccessKeyId"], made["AccessKeySecret"])

    def outcomes() -> list[str]:
        return [outcome(Caller(server.url, key), "ListKeys") for server in hosts.both]

    assert outcomes() == ["OK"] * 2
    third.manage("access_key", "disable", account, f"--id={key.id}")
    assert outcomes() == ["Forbidden.AccessKey"] * 2
