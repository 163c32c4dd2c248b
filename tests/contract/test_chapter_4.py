"""Chapter 4 of the product guide: its policies as printed, ids substituted, by official clients.

Each is the only policy of a RAM user. The guide's command works under it, and under none that
lacks one of its resources.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.commanding import CommandLine
from tests.contract.clients import KmsClient, Node, Refused, Target
from tests.contract.kinds import OFFICIAL_KINDS, ClientKind
from tests.contract.ram import RamUsers
from tests.serving import Server

pytestmark = pytest.mark.contract

ACCOUNT, FIRST, SECOND = (
    "123456",
    "08ec3bb9-034f-485b-b1cd-3459baa8****",
    "127d2f84-ee5f-4f4d-9d41-dbc1aca2****",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the chapter: its action, its resources as printed, what its command names."""

    action: str
    resources: tuple[str, ...]
    parameters: dict[str, str]


ALIAS = "alias/example"
_FIRST = f"acs:kms:cn-hangzhou:{ACCOUNT}:key/{FIRST}"
_SECOND = f"acs:kms:cn-hangzhou:{ACCOUNT}:key/{SECOND}"
_ALIAS = f"acs:kms:cn-hangzhou:{ACCOUNT}:{ALIAS}"
SECTIONS = {
    "4.2": Section("CreateAlias", (_FIRST, _ALIAS), {"KeyId": FIRST, "AliasName": ALIAS}),
    "4.3": Section("UpdateAlias", (_FIRST, _SECOND, _ALIAS), {"AliasName": ALIAS, "KeyId": SECOND}),
    "4.4": Section("ListAliases", (f"acs:kms:cn-hangzhou:{ACCOUNT}:alias",), {}),
    "4.5": Section("ListAliasesByKeyId", (_SECOND,), {"KeyId": SECOND}),
    "4.6": Section("DeleteAlias", (_SECOND, _ALIAS), {"AliasName": ALIAS}),
}
_PLACE_BEFORE = {"4.3": FIRST, "4.5": SECOND, "4.6": SECOND}
"""The key that the alias must belong to before the section's command."""


@pytest.fixture(scope="module")
def users(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RamUsers]:
    with CommandLine(server) as commands:
        account_id = server.credentials["account_id"]
        yield RamUsers(commands, account_id, tmp_path_factory.mktemp("policies"))


@pytest.fixture(params=OFFICIAL_KINDS, ids=str)
def official(request: pytest.FixtureRequest) -> ClientKind:
    found: ClientKind = request.param
    return found


def _document(section: Section, substitute: Callable[[str], str]) -> str:
    resources = [substitute(resource) for resource in section.resources]
    statement = {"Effect": "Allow", "Action": [f"kms:{section.action}"], "Resource": resources}
    return json.dumps({"Version": "1", "Statement": [statement]})


@pytest.mark.parametrize("number", SECTIONS)
def test_a_printed_policy_allows_what_the_guide_says_and_needs_all_of_it(
    server: Server, owner: Target, users: RamUsers, official: ClientKind, number: str
) -> None:
    section = SECTIONS[number]
    owning = official.open(owner, Node)
    ids = {printed: owning.create_key()["KeyId"] for printed in (FIRST, SECOND)}
    names = {ACCOUNT: server.credentials["account_id"], **ids, ALIAS: f"{ALIAS}-{ids[FIRST]}"}

    def substitute(text: str) -> str:
        for printed, real in names.items():
            text = text.replace(printed, real)
        return text

    if number in _PLACE_BEFORE:
        owning.call("CreateAlias", AliasName=names[ALIAS], KeyId=ids[_PLACE_BEFORE[number]])
    parameters = {name: substitute(value) for name, value in section.parameters.items()}
    for missing in section.resources:
        rest = tuple(resource for resource in section.resources if resource != missing)
        poorer = replace(section, resources=(*rest, "acs:kms:*:*:nothing"))
        denied = _client(official, owner, users, _document(poorer, substitute))
        with pytest.raises(Refused) as refused:
            denied.call(section.action, **parameters)
        assert (refused.value.code, refused.value.status) == ("Forbidden.NoPermission", 403)
    allowed = _client(official, owner, users, _document(section, substitute))
    assert "RequestId" in allowed.call(section.action, **parameters)


@pytest.mark.parametrize("operation", ["DescribeKey", "Encrypt", "GenerateDataKey"])
def test_an_alias_in_place_of_a_key_needs_the_keys_permission_alone(
    server: Server, owner: Target, users: RamUsers, official: ClientKind, operation: str
) -> None:
    owning = official.open(owner, Node)
    key_id, account_id = owning.create_key()["KeyId"], server.credentials["account_id"]
    alias = f"alias/{key_id}"
    owning.call("CreateAlias", AliasName=alias, KeyId=key_id)
    place = f"acs:kms:cn-hangzhou:{account_id}:"
    parameters = {"KeyId": alias, **({"Plaintext": "eA=="} if operation == "Encrypt" else {})}
    on_key = Section(operation, (f"{place}key/{key_id}",), {})
    on_alias = Section(operation, (f"{place}{alias}",), {})
    allowed = _client(official, owner, users, _document(on_key, str))
    assert "RequestId" in allowed.call(operation, **parameters)
    denied = _client(official, owner, users, _document(on_alias, str))
    with pytest.raises(Refused, match="NoPermission"):
        denied.call(operation, **parameters)


def _client(kind: ClientKind, owner: Target, users: RamUsers, document: str) -> KmsClient:
    key = users.make(document)
    return kind.open(replace(owner, access_key_id=key.id, access_key_secret=key.secret), Node)
