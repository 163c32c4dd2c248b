"""An alias that moves between two keys: a call keeps to one of them, from permission to blob."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.calling import Caller, Refused
from tests.commanding import CommandLine
from tests.faults.conftest import FULL
from tests.faults.workers import connect_to_all
from tests.serving import Server
from tests.signing import AccessKey

ENCRYPTS = 10_000 if FULL else 1000
"""For the owner, and as many for a user who may use one of the keys."""
ALIAS = "alias/moving"
TEXT = "dGV4dA=="

pytestmark = pytest.mark.faults


@dataclass(frozen=True, slots=True)
class House:
    """A server of two workers; `limited` is a RAM user who may encrypt with the first key alone."""

    server: Server
    owner: Caller
    limited: Caller
    keys: tuple[str, str]


@dataclass(slots=True)
class Found:
    """What the calls of one caller came to: key, blob, and the codes of refusals."""

    blobs: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    server = Server(tmp_path_factory.mktemp("moving"), workers=2).start()
    owner = Caller.owner(server)
    made = [owner.call("CreateKey")["KeyMetadata"] for _ in range(2)]
    owner.call("CreateAlias", AliasName=ALIAS, KeyId=made[0]["KeyId"])
    limited = Caller(server.url, _limited_user(server, made[0]["Arn"]))
    yield House(server, owner, limited, (made[0]["KeyId"], made[1]["KeyId"]))
    server.stop()


def _limited_user(server: Server, key_arn: str) -> AccessKey:
    statement = {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key_arn}
    document = json.dumps({"Version": "1", "Statement": [statement]})
    policy = server.folder / "first-key.json"
    policy.write_text(document)
    account = f"--account={server.credentials['account_id']}"
    with CommandLine(server) as commands:
        commands.run("user", "create", account, "--name=limited")
        commands.run("policy", "attach", account, "--user=limited", f"--policy={policy}")
        made = commands.json("access_key", "create", account, "--user=limited")
    return AccessKey(made["AccessKeyId"], made["AccessKeySecret"])


def _encrypt(caller: Caller, times: int, found: Found) -> None:
    for _ in range(times):
        try:
            answer = caller.call("Encrypt", KeyId=ALIAS, Plaintext=TEXT)
        except Refused as refused:
            found.refusals.append(refused.code)
        else:
            found.blobs.append((answer["KeyId"], answer["CiphertextBlob"]))


def _while_the_alias_moves(house: House, work: Callable[[Caller], None], who: Caller) -> None:
    """Run `work` over one connection to each worker, and move the alias until all is done."""
    callers = connect_to_all(house.server, who, 1)
    threads = [threading.Thread(target=work, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    moves = 0
    while any(thread.is_alive() for thread in threads):
        moves += 1
        house.owner.call("UpdateAlias", AliasName=ALIAS, KeyId=house.keys[moves % 2])
    assert moves > ENCRYPTS // 100


def _found_by(house: House, who: Caller) -> Found:
    found = Found()
    _while_the_alias_moves(house, lambda caller: _encrypt(caller, ENCRYPTS // 2, found), who)
    return found


def test_a_ciphertext_names_the_key_that_made_it_while_its_alias_moves(house: House) -> None:
    found = _found_by(house, house.owner)
    assert not found.refusals
    assert len(found.blobs) == ENCRYPTS
    assert {key_id for key_id, _ in found.blobs} == set(house.keys)
    for key_id, blob in found.blobs:
        opened = house.owner.call("Decrypt", CiphertextBlob=blob)
        assert (opened["KeyId"], opened["Plaintext"]) == (key_id, TEXT)


def test_permission_is_asked_for_the_key_that_is_used_while_its_alias_moves(house: House) -> None:
    found = _found_by(house, house.limited)
    assert set(found.refusals) == {"Forbidden.NoPermission"}
    assert len(found.refusals) + len(found.blobs) == ENCRYPTS
    assert {key_id for key_id, _ in found.blobs} == {house.keys[0]}
    for _, blob in found.blobs:
        assert house.owner.call("Decrypt", CiphertextBlob=blob)["KeyId"] == house.keys[0]
