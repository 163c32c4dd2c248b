"""The state matrix as its callers see it: a sample with both SDKs, and all of it over HTTP."""

from collections.abc import Iterator

import pytest

from keys.domain.states import KeyState
from tests.calling import Caller, Refused
from tests.commanding import CommandLine
from tests.contract import clients
from tests.contract.clients import KmsClient, Target
from tests.contract.kinds import OFFICIAL_KINDS, ClientKind
from tests.keys.delivering import Call
from tests.keys.matrix import AFTER, CELLS, MATRIX, NEVER
from tests.keys.parameters import Made, Params, bring, key_of, params_of
from tests.keys.sorts import Sort
from tests.serving import Server
from tests.signing import AccessKey

pytestmark = pytest.mark.contract

_OF_MADE = (
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
    "CreateKeyVersion",
)
_OF_OTHERS = {
    Sort.ENCRYPTING: ("AsymmetricEncrypt", "AsymmetricDecrypt", "ReEncrypt", "CreateKeyVersion"),
    Sort.SIGNING: ("AsymmetricSign", "AsymmetricVerify", "GetPublicKey"),
    Sort.EXTERNAL: (
        "Encrypt",
        "UpdateRotationPolicy",
        "GetParametersForImport",
        "ImportKeyMaterial",
        "DeleteKeyMaterial",
    ),
}

SAMPLE = [
    (sort, action, state)
    for sort, actions in {Sort.MADE: _OF_MADE, **_OF_OTHERS}.items()
    for action in actions
    for state in KeyState
]
DISTINCT = [
    (sort, action, state)
    for sort, action, state in CELLS
    if sort is Sort.MADE or MATRIX[sort][action] != MATRIX[Sort.MADE][action]
]
"""The cells of keys that are made here, and of the others those that are not the same."""


def cells(those: list[tuple[Sort, str, KeyState]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("sort", "action", "state"), [pytest.param(*cell, id="-".join(cell)) for cell in those]
    )


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
    call: Call, commands: CommandLine, sort: Sort, action: str, state: KeyState
) -> tuple[Made, Params]:
    """Bring a new key into the state; it, and what the action is to be called with."""

    def put(key_id: str, its: KeyState) -> None:
        commands.execute(
            "from keys.domain.states import KeyState\n"
            "from keys.models import Key\n"
            "from tests.keys.calls import put_state\n"
            f"put_state(Key.objects.get(id='{key_id}'), KeyState('{its}'))\n"
        )

    made = key_of(call, sort)
    params = params_of(call, made, action)
    bring(call, made, state, put)
    return made, params


def state_of(call: Call, key_id: str) -> str:
    found: str = call("DescribeKey", KeyId=key_id)["KeyMetadata"]["KeyState"]
    return found


def status_of(code: str) -> int:
    return 400 if code in NEVER else 409


@cells(SAMPLE)
def test_an_sdk_is_told_what_the_matrix_says(
    sdk: tuple[ClientKind, KmsClient],
    commands: CommandLine,
    sort: Sort,
    action: str,
    state: KeyState,
) -> None:
    kind, client = sdk
    made, params = prepare(client.call, commands, sort, action, state)
    code = MATRIX[sort][action][state]
    if not code:
        client.call(action, **params)
        assert state_of(client.call, made.id) == AFTER.get((action, state), state)
        return
    with pytest.raises(clients.Refused) as raised:
        client.call(action, **params)
    refused = raised.value
    expected = (kind.code_of(code), status_of(code), kind.class_of(code))
    assert (refused.code, refused.status, refused.class_name) == expected
    assert state_of(client.call, made.id) == state


@cells(DISTINCT)
def test_every_cell_of_the_matrix_holds_over_http(
    caller: Caller, commands: CommandLine, sort: Sort, action: str, state: KeyState
) -> None:
    made, params = prepare(caller.call, commands, sort, action, state)
    code = MATRIX[sort][action][state]
    if not code:
        caller.call(action, **params)
        assert state_of(caller.call, made.id) == AFTER.get((action, state), state)
        return
    with pytest.raises(Refused) as raised:
        caller.call(action, **params)
    assert (raised.value.code, raised.value.status) == (code, status_of(code))
    assert state_of(caller.call, made.id) == state
