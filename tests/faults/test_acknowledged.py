"""What was taken from somebody is taken on every worker, and what was given is there, at once.

Everything is taken while calls that it concerns go on, so that both workers load what they know
right before, during and right after the commit. Once it is acknowledged, calls over connections to
both workers must know of it: CHANGES x 2 x EACH trials of every kind of change, 20,000 in full.
"""

import json
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pytest

from tests.calling import Caller, Refused
from tests.commanding import CommandLine
from tests.faults.conftest import FULL
from tests.faults.workers import connect_to_all
from tests.serving import Server
from tests.signing import AccessKey

CHANGES, EACH = (1000, 10) if FULL else (20, 5)
"""EACH: connections to each of the two workers."""

OK = "OK"

pytestmark = pytest.mark.faults


@dataclass(frozen=True, slots=True)
class House:
    """A server of two workers, its owner, and its command line without the start-up."""

    server: Server
    owner: Caller
    commands: CommandLine
    account_id: str

    def command(self, room: str, verb: str, **options: str) -> Any:
        named = [f"--{name}={value}" for name, value in options.items()]
        return self.commands.json(room, verb, f"--account={self.account_id}", *named)

    def key(self) -> dict[str, str]:
        """The metadata of a new key."""
        made: dict[str, str] = self.owner.call("CreateKey")["KeyMetadata"]
        return made

    def user(self) -> str:
        """The name of a new RAM user, who may do nothing yet."""
        name = f"user-{_new()}"
        self.command("user", "create", name=name)
        return name

    def access_key(self, user: str) -> AccessKey:
        made = self.command("access_key", "create", user=user)
        return AccessKey(made["AccessKeyId"], made["AccessKeySecret"])

    def write(self, name: str, *statements: Mapping[str, object]) -> str:
        """A policy's file; the policy is named like it."""
        path = self.server.folder / f"{name}.json"
        path.write_text(json.dumps({"Version": "1", "Statement": statements}))
        return str(path)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is taken and given back in turns.

    `calls` is what it concerns, by whom; `refusal` is the code while it is taken.
    """

    who: AccessKey
    calls: Mapping[str, str]
    take: Callable[[], object]
    give: Callable[[], object]
    refusal: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("acknowledged"), workers=2).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def commands(server: Server) -> Iterator[CommandLine]:
    with CommandLine(server) as started:
        yield started


@pytest.fixture
def house(server: Server, commands: CommandLine) -> House:
    # A new connection: the server closes one that a long test before this left unused.
    return House(server, Caller.owner(server), commands, server.credentials["account_id"])


def _new() -> str:
    """The end of a name that is not used yet."""
    return secrets.token_hex(4)


def _allow(**more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*", **more}


def a_policy_of_a_user(house: House) -> Change:
    user, policy = house.user(), "AliyunKMSCryptoUserAccess"
    house.command("policy", "attach", user=user, policy=policy)
    return Change(
        who=house.access_key(user),
        calls={"KeyId": house.key()["KeyId"]},
        take=lambda: house.command("policy", "detach", user=user, policy=policy),
        give=lambda: house.command("policy", "attach", user=user, policy=policy),
        refusal="Forbidden.NoPermission",
    )


def a_document_of_a_policy(house: House) -> Change:
    """Between an Allow alone and one that a Deny overrules."""
    user, name = house.user(), f"changing-{_new()}"

    def write(*statements: Mapping[str, object]) -> None:
        house.command("policy", "attach", user=user, policy=house.write(name, *statements))

    write(_allow())
    return Change(
        who=house.access_key(user),
        calls={"KeyId": house.key()["KeyId"]},
        take=lambda: write(_allow(), _allow(Effect="Deny")),
        give=lambda: write(_allow()),
        refusal="Forbidden.NoPermission",
    )


def a_place_in_a_group(house: House) -> Change:
    user, group = house.user(), f"group-{_new()}"
    house.command("group", "create", name=group)
    house.command("policy", "attach", group=group, policy="AliyunKMSFullAccess")
    house.command("group", "add-user", group=group, user=user)
    return Change(
        who=house.access_key(user),
        calls={"KeyId": house.key()["KeyId"]},
        take=lambda: house.command("group", "remove-user", group=group, user=user),
        give=lambda: house.command("group", "add-user", group=group, user=user),
        refusal="Forbidden.NoPermission",
    )


def a_policy_of_a_key(house: House) -> Change:
    user, key_id = house.user(), house.key()["KeyId"]
    principal = {"RAM": [f"acs:ram::{house.account_id}:user/{user}"]}

    def write(effect: str) -> None:
        said = _allow(Effect=effect, Principal=principal)
        policy = json.dumps({"Version": "1", "Statement": [said]})
        house.owner.call("SetKeyPolicy", KeyId=key_id, PolicyName="default", Policy=policy)

    write("Allow")
    return Change(
        who=house.access_key(user),
        calls={"KeyId": key_id},
        take=lambda: write("Deny"),
        give=lambda: write("Allow"),
        refusal="Forbidden.NoPermission",
    )


def a_tag(house: House) -> Change:
    """By which a user's policy knows the keys of a team."""
    user, key_id = house.user(), house.key()["KeyId"]
    tags = json.dumps([{"TagKey": "team", "TagValue": "pay"}])
    house.owner.call("TagResource", KeyId=key_id, Tags=tags)
    statement = _allow(Condition={"StringEquals": {"kms:tag/team": ["pay"]}})
    path = house.write(f"of-a-team-{_new()}", statement)
    house.command("policy", "attach", user=user, policy=path)
    return Change(
        who=house.access_key(user),
        calls={"KeyId": key_id},
        take=lambda: house.owner.call("UntagResource", KeyId=key_id, TagKeys='["team"]'),
        give=lambda: house.owner.call("TagResource", KeyId=key_id, Tags=tags),
        refusal="Forbidden.NoPermission",
    )


def an_access_key(house: House) -> Change:
    user = house.user()
    who = house.access_key(user)
    house.command("policy", "attach", user=user, policy="AliyunKMSFullAccess")
    return Change(
        who=who,
        calls={"KeyId": house.key()["KeyId"]},
        take=lambda: house.command("access_key", "disable", id=who.id),
        give=lambda: house.command("access_key", "enable", id=who.id),
        refusal="Forbidden.AccessKey",
    )


def an_alias(house: House) -> Change:
    key_id, name = house.key()["KeyId"], f"alias/taken-{_new()}"
    house.owner.call("CreateAlias", AliasName=name, KeyId=key_id)
    return Change(
        who=house.owner.key,
        calls={"KeyId": name},
        take=lambda: house.owner.call("DeleteAlias", AliasName=name),
        give=lambda: house.owner.call("CreateAlias", AliasName=name, KeyId=key_id),
        refusal="Forbidden.AliasNotFound",
    )


def a_key_before_its_deletion(house: House) -> Change:
    key_id = house.key()["KeyId"]
    return Change(
        who=house.owner.key,
        calls={"KeyId": key_id},
        take=lambda: house.owner.call("ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays="7"),
        give=lambda: house.owner.call("CancelKeyDeletion", KeyId=key_id),
        refusal="Rejected.PendingDeletion",
    )


KINDS = [
    a_policy_of_a_user,
    a_document_of_a_policy,
    a_place_in_a_group,
    a_policy_of_a_key,
    a_tag,
    an_access_key,
    an_alias,
    a_key_before_its_deletion,
]


def _encrypt(caller: Caller, calls: Mapping[str, str]) -> dict[str, Any]:
    return caller.call("Encrypt", Plaintext="dGV4dA==", **calls)


def _outcome(caller: Caller, calls: Mapping[str, str]) -> str:
    try:
        _encrypt(caller, calls)
    except Refused as refused:
        return refused.code
    return OK


class Stirring:
    """Calls that go on while a change is made: what they load must not outlive it."""

    def __init__(self, callers: list[Caller], calls: Mapping[str, str]) -> None:
        self._calls = calls
        self._is_on = threading.Event()
        self._is_over = False
        self._threads = [threading.Thread(target=self._run, args=(c,)) for c in callers]

    def __enter__(self) -> "Stirring":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._is_on.set()
        for thread in self._threads:
            thread.join(30)

    @contextmanager
    def on(self) -> Iterator[None]:
        self._is_on.set()
        yield
        self._is_on.clear()

    def _run(self, caller: Caller) -> None:
        while not self._is_over:
            _outcome(caller, self._calls)
            self._is_on.wait()


@contextmanager
def _connected(
    house: House, who: AccessKey, calls: Mapping[str, str]
) -> Iterator[tuple[list[Caller], Stirring]]:
    """Connections to both workers in turns, and others that stir on request."""
    callers = connect_to_all(house.server, Caller(house.server.url, who), EACH + 1)
    with Stirring(callers[:2], calls) as stirring:
        yield callers[2:], stirring


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_taken_is_taken_on_every_worker_once_that_is_acknowledged(
    house: House, kind: Callable[[House], Change]
) -> None:
    change = kind(house)
    taken: Counter[str] = Counter()
    given: Counter[str] = Counter()
    with _connected(house, change.who, change.calls) as (callers, stirring):
        for _ in range(CHANGES):
            given.update(_outcome(caller, change.calls) for caller in callers[:2])
            with stirring.on():
                change.take()
            taken.update(_outcome(caller, change.calls) for caller in callers)
            change.give()
    assert taken == {change.refusal: CHANGES * 2 * EACH}
    assert given == {OK: CHANGES * 2}


def test_an_alias_stands_for_its_new_key_on_every_worker_once_that_is_acknowledged(
    house: House,
) -> None:
    keys = [house.key()["KeyId"] for _ in range(2)]
    calls = {"KeyId": "alias/moving"}
    house.owner.call("CreateAlias", AliasName="alias/moving", KeyId=keys[1])
    others = 0
    with _connected(house, house.owner.key, calls) as (callers, stirring):
        for _, key_id in zip(range(CHANGES), cycle(keys), strict=False):
            with stirring.on():
                house.owner.call("UpdateAlias", AliasName="alias/moving", KeyId=key_id)
            others += sum(_encrypt(caller, calls)["KeyId"] != key_id for caller in callers)
    assert others == 0
