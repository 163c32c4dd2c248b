"""Cases 10 and 11: what is no alias is refused, and an alias never leads where it should not."""

import base64
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import UUID

import pytest

from tests.abuse.house import House, without_request_id
from tests.signing import AccessKey, Answer, Place, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

NAME = "alias/abused"
CONNECTIONS = 8
ROUNDS = 15

NOT_ALIASES = [
    "Alias/x",
    "ALIAS/x",
    "alias",
    "alias/",
    "alias//",
    "alias//x",
    "alias/x/",
    "alias/x//y",
    "x",
    "alias/x\n",
    "alias/x\r\nX-Injected: 1",
    " alias/x",
    "alias/x ",
    "alias/x*",
    "alias/x?",
    "alias/../x",
    "alias/x:y",
    "alias/x%2Fy",
    "alias/ｘ",  # full-width
    "ａｌｉａｓ/x",
    "alias／x",
    "alias/е",  # Cyrillic
    "alias/e\u0301",
    "alias/x\u200b",
    "alias/\ufeffx",
    "alias/" + "x" * 256,
    "alias/" + "x/" * 20_000,
    "acs:kms:cn-hangzhou:1:alias/x",
    "alias/acs",
    "alias/acs/oss",
    "alias/acsx",
]
commands = pytest.mark.parametrize("action", ["CreateAlias", "UpdateAlias", "DeleteAlias"])


@contextmanager
def _alias(
    house: House, key_id: str, name: str = NAME, by: AccessKey | None = None
) -> Iterator[None]:
    """An alias that is gone afterwards."""
    house.call("CreateAlias", {"AliasName": name, "KeyId": key_id}, by=by)
    try:
        yield
    finally:
        house.call("DeleteAlias", {"AliasName": name}, by=by)


@commands
@pytest.mark.parametrize("name", NOT_ALIASES, ids=[name[:16] for name in NOT_ALIASES])
def test_what_is_no_alias_is_refused_in_the_same_words(
    house: House, owner: AccessKey, action: str, name: str
) -> None:
    parameters = {"AliasName": name, "KeyId": house.key_id}
    for place in (Place.QUERY, Place.FORM) if len(name) < 1000 else (Place.FORM,):
        request = sign_rpc(owner, action, parameters, place=place)
        answer = house.refuse(request, "InvalidParameter", 400)
        assert answer.json["Message"] == 'The specified parameter "AliasName" is not valid.'


def test_255_characters_are_an_alias(house: House) -> None:
    name = "alias/" + "x" * 255
    with _alias(house, house.key_id, name):
        assert house.call("Encrypt", {"KeyId": name, "Plaintext": house.canary()})
        listed = house.call("ListAliases")["Aliases"]["Alias"]
        assert [alias["AliasName"] for alias in listed] == [name]


def test_a_name_is_taken_once_in_an_account_and_region(house: House) -> None:
    with _alias(house, house.key_id):
        for key_id in (house.key_id, house.disabled_id):
            parameters = {"AliasName": NAME, "KeyId": key_id}
            house.refuse_call("CreateAlias", parameters, "AliasAlreadyExists", 400)
        with _alias(house, house.disabled_id, NAME.title().replace("Alias", "alias")):
            described = house.call("DescribeKey", {"KeyId": NAME})["KeyMetadata"]
            assert described["KeyId"] == house.key_id


def test_two_accounts_have_one_name_and_never_meet(house: House) -> None:
    stranger = house.members.stranger
    with (
        _alias(house, house.key_id),
        _alias(house, house.foreign_id, by=stranger),
    ):
        parameters = {"KeyId": NAME, "Plaintext": house.canary()}
        assert house.call("Encrypt", parameters)["KeyId"] == house.key_id
        assert house.call("Encrypt", parameters, by=stranger)["KeyId"] == house.foreign_id
        listed = house.call("ListAliases", by=stranger)
        assert [alias["KeyId"] for alias in listed["Aliases"]["Alias"]] == [house.foreign_id]
        arn = f"acs:kms:cn-hangzhou:{house.account_id}:{NAME}"
        house.refuse_call(
            "DescribeKey", {"KeyId": arn}, "Forbidden.AliasNotFound", 404, by=stranger
        )


def _same(answers: list[Answer]) -> None:
    assert len({without_request_id(answer) for answer in answers}) == 1


def test_a_foreign_alias_or_key_answers_as_none(house: House) -> None:
    stranger, mine = house.members.stranger, {"KeyId": house.foreign_id}
    with _alias(house, house.key_id):
        names = (NAME, "alias/unknown")
        for action in ("UpdateAlias", "DeleteAlias"):
            _same(
                [
                    house.refuse_call(
                        action,
                        {"AliasName": name, **mine},
                        "Forbidden.AliasNotFound",
                        404,
                        by=stranger,
                    )
                    for name in names
                ]
            )
        for action in ("CreateAlias", "UpdateAlias", "ListAliasesByKeyId"):
            _same(
                [
                    house.refuse_call(
                        action,
                        {"AliasName": name, "KeyId": house.key_id[:-1] + digit},
                        "Forbidden.KeyNotFound",
                        404,
                        by=stranger,
                    )
                    for name in names
                    for digit in (house.key_id[-1], "0", "1")
                ]
            )


def test_a_user_without_a_policy_changes_and_lists_nothing(house: House) -> None:
    powerless = house.members.powerless
    with _alias(house, house.key_id):
        parameters = {"AliasName": NAME, "KeyId": house.key_id}
        for action in (
            "CreateAlias",
            "UpdateAlias",
            "DeleteAlias",
            "ListAliases",
            "ListAliasesByKeyId",
        ):
            house.refuse_call(action, parameters, "Forbidden.NoPermission", 403, by=powerless)


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("alias//abused", "Forbidden.AliasNotFound", 404),
        ("alias/Abused", "Forbidden.AliasNotFound", 404),
        ("alias/abused/", "Forbidden.AliasNotFound", 404),
        ("alias/", "Forbidden.AliasNotFound", 404),
        ("Alias/abused", "Forbidden.KeyNotFound", 404),
        ("alias/abused\n", "InvalidParameter", 400),
        ("alias/" + "x" * 600, "InvalidParameter", 400),
    ],
)
def test_a_misspelt_alias_leads_to_no_key(house: House, text: str, code: str, status: int) -> None:
    with _alias(house, house.key_id):
        house.refuse_call("DescribeKey", {"KeyId": text}, code, status)


def _retarget(house: House, key_id: str) -> None:
    house.call("UpdateAlias", {"AliasName": NAME, "KeyId": key_id})


def test_an_update_holds_for_the_next_call_on_every_worker(house: House, owner: AccessKey) -> None:
    parameters = {"KeyId": NAME, "Plaintext": house.canary()}
    connections = [house.connect() for _ in range(CONNECTIONS)]
    with _alias(house, house.disabled_id):
        for _ in range(ROUNDS):
            _retarget(house, house.key_id)
            for connection in connections:
                made = house.ask(sign_rpc(owner, "Encrypt", parameters), connection)
                assert made.json["KeyId"] == house.key_id, made.body
            _retarget(house, house.disabled_id)
            for connection in connections:
                request = sign_rpc(owner, "Encrypt", parameters)
                house.refuse(request, "Rejected.Disabled", 409, connection=connection)
    for connection in connections:
        connection.close()


def _is_right(house: House, answer: Answer) -> bool:
    """A ciphertext of the enabled key whose id it bears, or the refusal of the disabled one."""
    if answer.status != 200:
        return bool(answer.json["Code"] == "Rejected.Disabled")
    used = UUID(bytes=base64.b64decode(answer.json["CiphertextBlob"])[3:19])
    return {str(used), str(answer.json["KeyId"])} == {house.key_id}


def test_a_ciphertext_names_the_key_that_was_used_while_the_alias_moves(
    house: House, owner: AccessKey
) -> None:
    """One of the two keys is disabled: no ciphertext is made by it, whenever it was looked up."""
    done, statuses, wrong = threading.Event(), set[int](), list[bytes]()
    parameters = {"KeyId": NAME, "Plaintext": house.canary()}

    def encrypt() -> None:
        with closing(house.connect()) as connection:
            while not done.is_set():
                answer = house.ask(sign_rpc(owner, "Encrypt", parameters), connection)
                statuses.add(answer.status)
                if not _is_right(house, answer):
                    wrong.append(answer.body)

    with _alias(house, house.key_id):
        threads = [threading.Thread(target=encrypt) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(2 * ROUNDS):
            _retarget(house, house.disabled_id)
            _retarget(house, house.key_id)
        done.set()
        for thread in threads:
            thread.join(30)
    assert (wrong, statuses) == ([], {200, 409})
