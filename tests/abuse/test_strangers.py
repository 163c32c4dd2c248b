"""Case 9: one account learns nothing about another's keys, not even that they exist."""

import base64
from collections.abc import Mapping
from uuid import UUID

import pytest

from tests.abuse.house import UNKNOWN_KEY, House, without_request_id
from tests.signing import AccessKey, Answer, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

_PLAIN = {"Plaintext": "aGVsbG8="}
_ON_A_KEY: Mapping[str, Mapping[str, str]] = {
    "DescribeKey": {},
    "EnableKey": {},
    "DisableKey": {},
    "Encrypt": _PLAIN,
    "GenerateDataKey": {},
    "GenerateDataKeyWithoutPlaintext": {},
}
actions = pytest.mark.parametrize("action", _ON_A_KEY)


def _arn(region: str, account_id: str, key_id: str) -> str:
    return f"acs:kms:{region}:{account_id}:key/{key_id}"


def _same(house: House, *answers: Answer) -> None:
    """The answers are one and the same but for RequestId and the moment."""
    bodies = {without_request_id(answer) for answer in answers}
    assert len(bodies) == 1, bodies
    headers = [{n: v for n, v in a.headers.items() if n != "date"} for a in answers]
    assert all(found == headers[0] for found in headers)


def _missing(
    house: House, action: str, parameters: Mapping[str, str], *, by: AccessKey | None = None
) -> Answer:
    return house.refuse_call(action, parameters, "Forbidden.KeyNotFound", 404, by=by)


@actions
def test_a_foreign_id_answers_as_an_unknown_one(house: House, action: str) -> None:
    stranger, more = house.members.stranger, _ON_A_KEY[action]
    names = (UNKNOWN_KEY, house.key_id, house.disabled_id)
    _same(house, *(_missing(house, action, {"KeyId": n, **more}, by=stranger) for n in names))


@actions
def test_a_foreign_arn_answers_as_an_unknown_one(house: House, action: str) -> None:
    stranger, (first, second) = house.members.stranger, house.accounts
    names = (
        _arn("cn-hangzhou", first, house.key_id),
        _arn("cn-hangzhou", first, UNKNOWN_KEY),
        _arn("cn-hangzhou", "1" * 16, house.key_id),
        _arn("cn-hangzhou", second, house.key_id),
        _arn("cn-hangzhou", second, UNKNOWN_KEY),
        _arn("cn-beijing", second, house.foreign_id),
        _arn("cn-hangzhou", first, house.foreign_id),
        UNKNOWN_KEY,
    )
    answers = (
        _missing(house, action, {"KeyId": n, **_ON_A_KEY[action]}, by=stranger) for n in names
    )
    _same(house, *answers)


@pytest.mark.parametrize("action", ["DescribeKey", "Encrypt", "GenerateDataKey"])
def test_a_foreign_alias_answers_as_an_unknown_one(house: House, action: str) -> None:
    names = ("alias/theirs", f"alias/{house.key_id}")
    _same(
        house,
        *(
            house.refuse_call(
                action,
                {"KeyId": name, **_ON_A_KEY[action]},
                "Forbidden.AliasNotFound",
                404,
                by=house.members.stranger,
            )
            for name in names
        ),
    )


def test_a_foreign_ciphertext_answers_as_one_of_an_unknown_key(house: House) -> None:
    sealed = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": house.canary()})
    blob = base64.b64decode(sealed["CiphertextBlob"])
    unknown = blob[:3] + UUID(UNKNOWN_KEY).bytes + blob[19:]
    disabled = blob[:3] + UUID(house.disabled_id).bytes + blob[19:]
    _same(
        house,
        *(
            _missing(
                house,
                "Decrypt",
                {"CiphertextBlob": base64.b64encode(made).decode()},
                by=house.members.stranger,
            )
            for made in (blob, unknown, disabled, blob[:-1] + b"\0")
        ),
    )


def test_a_ciphertext_that_names_the_strangers_own_key_does_not_open(house: House) -> None:
    sealed = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": house.canary()})
    own = house.call(
        "Encrypt",
        {"KeyId": house.foreign_id, "Plaintext": house.canary()},
        by=house.members.stranger,
    )
    theirs, ours = (base64.b64decode(made["CiphertextBlob"]) for made in (sealed, own))
    forged = base64.b64encode(ours[:35] + theirs[35:]).decode()
    house.refuse_call(
        "Decrypt", {"CiphertextBlob": forged}, "InvalidParameter", 400, by=house.members.stranger
    )


def test_each_account_lists_its_own_keys(house: House) -> None:
    def listed(by: AccessKey) -> set[str]:
        return {key["KeyId"] for key in house.call("ListKeys", by=by)["Keys"]["Key"]}

    assert listed(house.members.stranger) == {house.foreign_id}
    own = listed(house.members.owner)
    assert own >= {house.key_id, house.disabled_id, house.pending_id}
    assert house.foreign_id not in own


@actions
def test_within_the_account_a_denial_is_called_one(house: House, action: str) -> None:
    powerless, more = house.members.powerless, _ON_A_KEY[action]
    for name in (
        house.key_id,
        house.disabled_id,
        _arn("cn-hangzhou", house.account_id, house.key_id),
    ):
        parameters = {"KeyId": name, **more}
        house.refuse_call(action, parameters, "Forbidden.NoPermission", 403, by=powerless)
    _missing(house, action, {"KeyId": UNKNOWN_KEY, **more}, by=powerless)
    _missing(house, action, {"KeyId": house.foreign_id, **more}, by=powerless)


@pytest.mark.parametrize("action", ["CreateKey", "ListKeys", "DescribeAccountKmsStatus"])
def test_a_user_without_a_policy_may_not_even_begin(house: House, action: str) -> None:
    denied = house.refuse_call(
        action, {}, "Forbidden.NoPermission", 403, by=house.members.powerless
    )
    for canary in (house.key_id, house.account_id):
        assert canary.encode() not in denied.body


def test_a_denied_user_does_not_decrypt(house: House) -> None:
    sealed = house.call("Encrypt", {"KeyId": house.key_id, "Plaintext": house.canary()})
    for blob in (sealed["CiphertextBlob"], sealed["CiphertextBlob"][:-4] + "AAAA"):
        house.refuse_call(
            "Decrypt",
            {"CiphertextBlob": blob},
            "Forbidden.NoPermission",
            403,
            by=house.members.powerless,
        )


def test_a_denial_in_xml_says_no_more_than_one_in_json(house: House) -> None:
    for name in (house.key_id, UNKNOWN_KEY):
        request = sign_rpc(
            house.members.stranger, "DescribeKey", {"KeyId": name}, common={"Format": "XML"}
        )
        answer = house.ask(request)
        assert answer.status == 404
        assert answer.headers["content-type"] == "text/xml;charset=utf-8"
        assert b"<RequestId>" in answer.body
        assert name.encode() not in answer.body
