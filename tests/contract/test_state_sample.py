"""The state matrix as its callers see it: a sample with both SDKs, and all of it over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from keys.domain.states import KeyState
from tests.calling import Caller, Refused
from tests.commanding import CommandLine
from tests.contract import clients
from tests.contract.clients import KmsClient, Target
from tests.contract.kinds import OFFICIAL_KINDS, ClientKind
from tests.keys.matrix import AFTER, MATRIX, params_of
from tests.serving import Server
from tests.signing import AccessKey

pytestmark = pytest.mark.contract

Call = Callable[..., dict[str, Any]]

SAMPLE = (
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
    "DescribeKey",
    "UpdateKeyDescription",
    "TagResource",
    "ListResourceTags",
    "SetDeletionProtection",
    "EnableKey",
    "DisableKey",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
    "CreateAlias",
    "UpdateAlias",
    "DeleteAlias",
)

every_state = pytest.mark.parametrize("state", KeyState, ids=str)


@pytest.fixture(scope="module")
def commands(server: Server) -> Iterator[CommandLine]:
    with CommandLine(server) as started:
        yield started


@pytest.fixture(scope="module", params=OFFICIAL_KINDS, ids=str)
def sdk(request: pytest.FixtureRequest, owner: Target) -> tuple[ClientKind, KmsClient]:
    kind: ClientKind = request.param
    return kind, kind.open(owner, clients.Node)


@pytest.fixture
def caller(server: Server, access_key: AccessKey) -> Caller:
    """Over a connection of its own: the server closes one that was idle for five seconds."""
    return Caller(server.url, access_key)


def prepare(
    call: Call, commands: CommandLine, action: str, state: KeyState
) -> tuple[str, dict[str, str]]:
    """Bring a new key into the state; its id, and what the action is to be called with."""
    made = call("CreateKey")["KeyMetadata"]
    params = params_of(call, made["Arn"], action)
    if state is KeyState.DISABLED:
        call("DisableKey", KeyId=made["KeyId"])
    if state is KeyState.PENDING_DELETION:
        call("ScheduleKeyDeletion", KeyId=made["KeyId"], PendingWindowInDays="7")
    if state is KeyState.PENDING_IMPORT:
        commands.execute(
            "from keys.domain.states import KeyState\n"
            "from keys.models import Key\n"
            "from tests.keys.calls import put_state\n"
            f"put_state(Key.objects.get(id='{made['KeyId']}'), KeyState.PENDING_IMPORT)\n"
        )
    return made["KeyId"], params


def state_of(call: Call, key_id: str) -> str:
    found: str = call("DescribeKey", KeyId=key_id)["KeyMetadata"]["KeyState"]
    return found


@every_state
@pytest.mark.parametrize("action", SAMPLE)
def test_an_sdk_is_told_what_the_matrix_says(
    sdk: tuple[ClientKind, KmsClient], commands: CommandLine, action: str, state: KeyState
) -> None:
    kind, client = sdk
    key_id, params = prepare(client.call, commands, action, state)
    code = MATRIX[action][state]
    if not code:
        client.call(action, **params)
        assert state_of(client.call, key_id) == AFTER.get((action, state), state)
        return
    with pytest.raises(clients.Refused) as raised:
        client.call(action, **params)
    refused = raised.value
    expected = (kind.code_of(code), 409, kind.class_of(code))
    assert (refused.code, refused.status, refused.class_name) == expected
    assert state_of(client.call, key_id) == state


@every_state
@pytest.mark.parametrize("action", MATRIX)
def test_every_cell_of_the_matrix_holds_over_http(
    caller: Caller, commands: CommandLine, action: str, state: KeyState
) -> None:
    key_id, params = prepare(caller.call, commands, action, state)
    code = MATRIX[action][state]
    if not code:
        caller.call(action, **params)
        assert state_of(caller.call, key_id) == AFTER.get((action, state), state)
        return
    with pytest.raises(Refused) as raised:
        caller.call(action, **params)
    assert (raised.value.code, raised.value.status) == (code, 409)
    assert state_of(caller.call, key_id) == state
