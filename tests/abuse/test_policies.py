"""Case 21: ways around a policy, tried by RAM users of a running server."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.abuse.house import House
from tests.commanding import CommandLine
from tests.contract.ram import RamUsers
from tests.iam.policy.documents import document, statement
from tests.signing import AccessKey, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")


@pytest.fixture(scope="module")
def commands(house: House) -> Iterator[CommandLine]:
    with CommandLine(house.server) as opened:
        yield opened


@pytest.fixture(scope="module")
def users(
    house: House, commands: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> RamUsers:
    return RamUsers(commands, house.account_id, tmp_path_factory.mktemp("policies"))


def _may_encrypt(house: House, users: RamUsers, *documents: str) -> bool:
    user = users.make(*documents)
    return _encrypts(house, user)


def _encrypts(house: House, user: AccessKey) -> bool:
    asked = {"KeyId": house.key_id, "Plaintext": "eA=="}
    answer = house.ask(sign_rpc(user, "Encrypt", asked))
    if answer.status == 200:
        return True
    assert answer.json["Code"] == "Forbidden.NoPermission"
    house.owed[answer.json["RequestId"]] = "Forbidden.NoPermission"
    return False


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("kms:*crypt", True),
        ("KMS:encrypt", True),
        ("*", True),
        ("kms:Encryp?", True),
        ("kms:Encrypt?", False),
        ("kms:?Encrypt", False),
        ("kms:Decrypt", False),
        ("oss:*", False),
        ("kms:Encrypt*", True),
        ("k?s:*", True),
    ],
)
def test_actions_match_as_the_wildcards_say(
    house: House, users: RamUsers, pattern: str, allowed: bool
) -> None:
    assert _may_encrypt(house, users, document(statement(Action=pattern))) is allowed


def test_resources_match_as_text(house: House, users: RamUsers) -> None:
    place, key = f"acs:kms:cn-hangzhou:{house.account_id}", f"key/{house.key_id}"
    expected = {
        f"{place}:{key}": True,
        f"{place}:key/*": True,
        f"acs:kms:*:{house.account_id}:{key}": True,
        f"acs:kms:*:*:{key}": True,
        f"{place}:key/{house.key_id[:-1]}?": True,
        f"{place}:key/*/../{house.key_id}": False,
        f"{place}:key/../{key}": False,
        f"{place}:KEY/{house.key_id}": False,
        f"{place}:key": False,
        f"{place}:alias/*": False,
        f"acs:kms:cn-beijing:{house.account_id}:{key}": False,
        f"acs:kms:cn-hangzhou:{house.accounts[1]}:{key}": False,
        f"acs:oss:cn-hangzhou:{house.account_id}:{key}": False,
    }
    found = {
        pattern: _may_encrypt(house, users, document(statement(Resource=pattern)))
        for pattern in expected
    }
    assert found == expected


def test_a_denial_wins_wherever_it_stands(house: House, users: RamUsers) -> None:
    grant, denial = statement(), statement("Deny", Action="kms:Encrypt")
    assert _may_encrypt(house, users, document(grant))
    assert not _may_encrypt(house, users, document(grant, denial))
    assert not _may_encrypt(house, users, document(denial, grant))
    assert not _may_encrypt(house, users, document(grant), document(denial))
    assert not _may_encrypt(house, users, document(denial), document(grant))
    for of_user, of_group in ((grant, denial), (denial, grant)):
        user = users.make_in_group(document(of_user), document(of_group))
        assert not _encrypts(house, user)
    assert _encrypts(
        house, users.make_in_group(document(statement(Action="oss:*")), document(grant))
    )


def test_conditions_ask_who_calls_and_how(house: House, users: RamUsers) -> None:
    expected = {
        ("IpAddress", "acs:SourceIp", "127.0.0.0/8"): True,
        ("IpAddress", "acs:SourceIp", "10.0.0.0/8"): False,
        ("NotIpAddress", "acs:SourceIp", "127.0.0.1"): False,
        ("Bool", "acs:SecureTransport", "false"): True,
        ("Bool", "acs:SecureTransport", "true"): False,
        ("DateLessThan", "acs:CurrentTime", "2020-01-01T00:00:00Z"): False,
        ("DateGreaterThan", "acs:CurrentTime", "2020-01-01T00:00:00Z"): True,
        ("StringEquals", "kms:tag/team", "payments"): False,
        ("StringNotEquals", "kms:tag/team", "payments"): True,
    }
    found = {
        (operator, key, value): _may_encrypt(
            house, users, document(statement(Condition={operator: {key: [value]}}))
        )
        for operator, key, value in expected
    }
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"Version":"1","Statement":[]}',
        document(statement(Condition={"Nearly": {"acs:SourceIp": "1.2.3.4"}})),
        document(statement(NotAction="kms:Decrypt")),
        document({"Effect": "Allow", "NotAction": "kms:Decrypt", "Resource": "*"}),
        document(statement(NotResource="*")),
        document(statement()).replace('"1"', '"2"', 1),
        document(statement(Action=["kms:" + "a" * 1_000_000])),
        document(statement()).replace("Allow", "allow"),
        document(statement())[:-1],
        '{"Version":"1","Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ],
    ids=range(10),
)
def test_what_is_not_understood_is_not_saved(
    house: House, commands: CommandLine, users: RamUsers, tmp_path: Path, text: str
) -> None:
    user = users.make()
    path = tmp_path / "odd.json"
    path.write_text(text)
    listed = commands.json("user", "list", "--account", house.account_id)
    name = listed[-1]["name"]
    with pytest.raises(AssertionError, match="MalformedPolicyDocument"):
        users.attach(text, "--user", name)
    assert not _encrypts(house, user)


def test_a_pattern_that_would_backtrack_is_answered_at_once(house: House, users: RamUsers) -> None:
    pattern = "acs:" + "*a" * 2000 + "b"
    user = users.make(document(statement(Resource=[pattern] * 3)))
    long_name = "alias/" + "a" * 250
    started = time.monotonic()
    asked = {"AliasName": long_name, "KeyId": house.key_id}
    house.refuse_call("CreateAlias", asked, "Forbidden.NoPermission", 403, by=user)
    assert time.monotonic() - started < 2


def test_nobody_writes_his_own_policy_through_this_api(house: House, users: RamUsers) -> None:
    """Users, policies and access keys are not part of it at all."""
    user = users.make(document(statement(Action="ram:*")))
    for action in ("CreatePolicy", "AttachPolicyToUser", "CreateAccessKey"):
        parameters = {"UserName": "user1", "PolicyName": "AdministratorAccess"}
        asked = sign_rpc(user, action, parameters)
        house.refuse(asked, "InvalidAction.NotFound", 404, known=False)
