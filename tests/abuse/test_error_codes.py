"""One request for each error code that the operations of this version can answer."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType

import pytest

from kms_console.core import errors as core_errors
from kms_console.core.errors import KmsError
from kms_console.rpc import errors as door_errors
from tests.abuse.annex import annex_of
from tests.abuse.house import UNKNOWN_KEY, House
from tests.abuse.imports.keys import External
from tests.abuse.imports.owner import AES
from tests.abuse.raw import regions
from tests.signing import FORM, SignedRequest, sign_acs3, sign_rpc

pytestmark = pytest.mark.usefixtures("unchanged")

Make = Callable[[House], SignedRequest]


@dataclass(frozen=True, slots=True)
class Case:
    """A request and the status of its refusal; `known` callers' refusals are in the trail."""

    status: int
    make: Make
    known: bool = True


def _call(action: str, parameters: Mapping[str, str] | None = None) -> Make:
    return lambda house: sign_rpc(house.members.owner, action, parameters or {})


def _by(member: str, action: str) -> Make:
    return lambda house: sign_rpc(getattr(house.members, member), action, {})


def _common(**common: str | None) -> Make:
    return lambda house: sign_rpc(house.members.owner, "DescribeRegions", {}, common=common)


def _headers(**headers: str) -> Make:
    """An honest request with headers added."""
    return lambda house: SignedRequest("POST", regions(house.members.owner), headers)


def _large(house: House) -> SignedRequest:
    target = regions(house.members.owner)
    return SignedRequest("POST", target, {"Content-Type": FORM}, b"a" * 2_000_000)


def _put(house: House) -> SignedRequest:
    return sign_rpc(house.members.owner, "DescribeRegions", {}, method="PUT")


def _wrong_secret(house: House) -> SignedRequest:
    guessing = replace(house.members.owner, secret="a guess")
    return sign_rpc(guessing, "Encrypt", {"KeyId": house.key_id, "Plaintext": house.canary()})


def _used(house: House) -> SignedRequest:
    request = sign_rpc(house.members.owner, "DescribeRegions", {})
    assert house.ask(request).status == 200
    return request


def _encrypt(member: str, key: str, **parameters: str) -> Make:
    """Encrypt with a key of the house: `key_id`, `disabled_id`, …"""

    def make(house: House) -> SignedRequest:
        whole = {"KeyId": getattr(house, key), "Plaintext": house.canary(), **parameters}
        return sign_rpc(getattr(house.members, member), "Encrypt", whole)

    return make


def _of(key: str, action: str, **parameters: str) -> Make:
    return lambda house: sign_rpc(
        house.members.owner, action, {"KeyId": getattr(house, key), **parameters}
    )


def _waiting(house: House) -> External:
    """A key in the other region that waits for material, with a token."""
    with annex_of(house) as annex:
        return External.create(annex, AES)


def _bring(house: House, **changes: str) -> SignedRequest:
    key = _waiting(house)
    parameters = {**key.bringing(bytes(256)), **changes}
    return sign_rpc(key.annex.member, "ImportKeyMaterial", parameters)


def _encrypt_without_material(house: House) -> SignedRequest:
    key = _waiting(house)
    parameters = {"KeyId": key.key_id, "Plaintext": house.canary()}
    return sign_rpc(key.annex.member, "Encrypt", parameters)


def _one_tag_too_many(house: House) -> SignedRequest:
    tags = ",".join(f'{{"TagKey":"t{n}","TagValue":""}}' for n in range(20))
    house.call("TagResource", {"KeyId": house.disabled_id, "Tags": f"[{tags}]"})
    return _of("disabled_id", "TagResource", Tags='[{"TagKey":"x","TagValue":""}]')(house)


def _half_signed(house: House) -> SignedRequest:
    request = sign_acs3(house.members.owner, "DescribeRegions", {}, host=house.address)
    authorization = request.headers["authorization"].rpartition(",")[0]
    return replace(request, headers={**request.headers, "authorization": authorization})


CASES: dict[str, Case] = {
    "MissingParameter": Case(400, _call("Encrypt", {"Plaintext": "aGVsbG8="})),
    "InvalidParameter": Case(400, _call("ListKeys", {"PageSize": "0"})),
    "Forbidden.NoPermission": Case(403, _by("powerless", "ListKeys")),
    "Forbidden.KeyNotFound": Case(404, _call("DescribeKey", {"KeyId": UNKNOWN_KEY})),
    "Forbidden.AliasNotFound": Case(404, _call("DescribeKey", {"KeyId": "alias/none"})),
    "Forbidden.KeyVersionNotFound": Case(
        404, _of("key_id", "DescribeKeyVersion", KeyVersionId=UNKNOWN_KEY)
    ),
    "Rejected.Disabled": Case(409, _encrypt("owner", "disabled_id")),
    "Rejected.PendingDeletion": Case(409, _encrypt("owner", "pending_id")),
    "Rejected.PendingImport": Case(409, _encrypt_without_material),
    "Rejected.UnsupportedOperation": Case(400, _of("key_id", "CreateKeyVersion")),
    "Rejected.StateModifiedFailed": Case(409, _of("pending_id", "EnableKey")),
    "Rejected.LimitExceeded": Case(400, _one_tag_too_many),
    "DryRunOperationError": Case(400, _encrypt("owner", "key_id", DryRun="true")),
    "ValidationError": Case(400, _encrypt("owner", "disabled_id", DryRun="true")),
    "AccessDeniedError": Case(403, _encrypt("powerless", "key_id", DryRun="true")),
    "MalformedPolicyDocument": Case(400, _of("key_id", "SetKeyPolicy", Policy="{}")),
    "Unsupported.Alias": Case(400, _call("DisableKey", {"KeyId": "alias/none"})),
    "Unsupported.Origin": Case(400, _of("key_id", "DeleteKeyMaterial")),
    "Unsupported.ProtectionLevel": Case(400, _call("CreateKey", {"KeySpec": "EC_SM2"})),
    "InvalidImportToken": Case(400, lambda house: _bring(house, ImportToken="AAAA")),
    "InvalidKeyMaterial": Case(400, _bring),
    "InvalidRequest": Case(400, _headers(x_y="1"), known=False),
    "RequestEntityTooLarge": Case(413, _large, known=False),
    "ParseRequestParameterException": Case(
        400, lambda house: SignedRequest("POST", f"{regions(house.members.owner)}&%", {}), False
    ),
    "UnsupportedHTTPMethod": Case(403, _put, known=False),
    "InvalidAction.NotFound": Case(404, _call("EncryptKey"), known=False),
    "IllegalTimestamp": Case(400, _common(Timestamp=None), known=False),
    "InvalidTimeStamp.Format": Case(400, _common(Timestamp="today"), known=False),
    "InvalidTimeStamp.Expired": Case(400, _common(Timestamp="2020-01-01T00:00:00Z"), known=False),
    "IncompleteSignature": Case(400, _half_signed, known=False),
    "SignatureDoesNotMatch": Case(400, _wrong_secret, known=False),
    "SignatureNonceUsed": Case(400, _used, known=False),
    "InvalidAccessKeyId.NotFound": Case(404, _by("nobody", "ListKeys"), known=False),
    "Forbidden.AccessKey": Case(403, _by("inactive", "ListKeys"), known=False),
    "Unsupported.SecurityToken": Case(400, _common(SecurityToken="x"), known=False),
    "Unsupported.BearerToken": Case(400, _common(BearerToken="x"), known=False),
    "Unsupported.SignatureAlgorithm": Case(
        400, _headers(authorization="ACS4-HMAC-SHA256 Credential=x"), known=False
    ),
}

ELSEWHERE = {
    "ExpiredImportToken": (
        "imports.test_times",
        "test_a_token_is_refused_from_the_second_on_at_which_it_expires",
    ),
    "RequestTimeout": ("test_slow_senders", "test_slow_senders_time_out_and_nobody_else_waits"),
    "ServiceUnavailableTemporary": (
        "test_full_disks",
        "test_nothing_is_accepted_while_its_nonce_cannot_be_kept",
    ),
    "AliasAlreadyExists": ("test_aliases", "test_a_name_is_taken_once_in_an_account_and_region"),
}
"""Codes that need time to pass, a full disk or something made before, and the tests for them."""

NOT_YET = {
    "Rejected.Throttling": "no limit is set here, see tests/contract/test_limits.py",
    "InternalFailure": "it would be a fault of ours",
    "EntityNotExist.Account": "accounts are opened on the command line",
    "EntityNotExist.User": "users are added on the command line",
    "EntityAlreadyExists.User": "users are added on the command line",
    "EntityNotExist.User.AccessKey": "access keys are made on the command line",
    "LimitExceeded.User.AccessKey": "access keys are made on the command line",
    "EntityNotExist.Policy": "policies are attached on the command line",
    "EntityAlreadyExists.Policy": "policies are written on the command line",
    "EntityNotExist.User.Policy": "policies are detached on the command line",
    "LimitExceeded.User.Policy": "policies are attached on the command line",
    "EntityNotExist.Group": "groups are made on the command line",
    "EntityAlreadyExists.Group": "groups are made on the command line",
    "LimitExceeded.Group": "groups are made on the command line",
    "DeleteConflict.Group.User": "groups are deleted on the command line",
    "DeleteConflict.Group.Policy": "groups are deleted on the command line",
    "EntityNotExist.User.Group": "groups are filled on the command line",
    "LimitExceeded.User.Group": "groups are filled on the command line",
    "EntityNotExist.Group.Policy": "policies are detached on the command line",
    "LimitExceeded.Group.Policy": "policies are attached on the command line",
    "DeleteConflict.Policy.Entity": "policies are deleted in the console",
    "EntityNotExist.User.LoginProfile": "passwords are reset in the console",
    "InvalidMFACode": "codes are for people in the console",
    "Rejected.MFACode": "codes are for people in the console",
    "EntityAlreadyExists.User.MFADevice": "second factors are set up in the console",
    "EntityNotExist.User.MFADevice": "second factors are set up in the console",
}
"""Codes that no request to this version can cause, and why."""

_OF_A_PAIR = ["KeyId", "KeyVersionId", "Algorithm"]

REQUIRED = {
    "DescribeKey": ["KeyId"],
    "EnableKey": ["KeyId"],
    "DisableKey": ["KeyId"],
    "Encrypt": ["KeyId", "Plaintext"],
    "Decrypt": ["CiphertextBlob"],
    "GenerateDataKey": ["KeyId"],
    "GenerateDataKeyWithoutPlaintext": ["KeyId"],
    "CreateAlias": ["AliasName", "KeyId"],
    "UpdateAlias": ["AliasName", "KeyId"],
    "DeleteAlias": ["AliasName"],
    "ListAliasesByKeyId": ["KeyId"],
    "ScheduleKeyDeletion": ["KeyId"],
    "CancelKeyDeletion": ["KeyId"],
    "SetDeletionProtection": ["EnableDeletionProtection"],
    "ReEncrypt": ["CiphertextBlob"],
    "ListResourceTags": ["KeyId"],
    "UntagResource": ["KeyId", "TagKeys"],
    "GetKeyPolicy": ["KeyId"],
    "SetKeyPolicy": ["KeyId", "Policy"],
    "CreateKeyVersion": ["KeyId"],
    "DescribeKeyVersion": ["KeyId", "KeyVersionId"],
    "ListKeyVersions": ["KeyId"],
    "UpdateRotationPolicy": ["KeyId", "EnableAutomaticRotation"],
    "GetPublicKey": ["KeyId", "KeyVersionId"],
    "AsymmetricEncrypt": [*_OF_A_PAIR, "Plaintext"],
    "AsymmetricDecrypt": [*_OF_A_PAIR, "CiphertextBlob"],
    "AsymmetricSign": [*_OF_A_PAIR, "Digest"],
    "AsymmetricVerify": [*_OF_A_PAIR, "Digest", "Value"],
    "GetParametersForImport": ["KeyId", "WrappingAlgorithm", "WrappingKeySpec"],
    "ImportKeyMaterial": ["KeyId", "EncryptedKeyMaterial", "ImportToken"],
    "DeleteKeyMaterial": ["KeyId"],
}


@pytest.mark.parametrize("code", CASES)
def test_each_code_is_answered_with_its_status(house: House, code: str) -> None:
    case = CASES[code]
    answer = house.refuse(case.make(house), code, case.status, known=case.known)
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.json["Message"]


def _codes(module: ModuleType) -> Iterator[str]:
    for found in vars(module).values():
        if isinstance(found, type) and issubclass(found, KmsError) and found is not KmsError:
            yield found.code


def test_every_code_has_a_request_or_a_reason_not_to() -> None:
    defined = {*_codes(core_errors), *_codes(door_errors)}
    groups = (CASES, ELSEWHERE, NOT_YET)
    assert defined == {code for group in groups for code in group}
    assert len(defined) == sum(len(group) for group in groups)


@pytest.mark.parametrize("code", ELSEWHERE)
def test_what_is_tested_elsewhere_is_tested_there(code: str) -> None:
    module, name = ELSEWHERE[code]
    assert callable(getattr(importlib.import_module(f"tests.abuse.{module}"), name))


@pytest.mark.parametrize(("action", "names"), REQUIRED.items())
def test_a_required_parameter_that_is_missing_or_empty_is_named(
    house: House, action: str, names: list[str]
) -> None:
    whole = {
        "KeyId": house.key_id,
        "Plaintext": "aGVsbG8=",
        "CiphertextBlob": "AAAA",
        "AliasName": "alias/none",
        "EnableDeletionProtection": "true",
        "DestinationKeyId": house.key_id,
        "TagKeys": "team",
        "Policy": "{}",
        "KeyVersionId": UNKNOWN_KEY,
        "EnableAutomaticRotation": "false",
        "Algorithm": "SM2PKE",
        "Digest": "AAAA",
        "Value": "AAAA",
        "WrappingAlgorithm": "SM2PKE",
        "WrappingKeySpec": "EC_SM2",
        "EncryptedKeyMaterial": "AAAA",
        "ImportToken": "AAAA",
    }
    for name in names:
        given = {other: whole[other] for other in names if other != name}
        for parameters in (given, {**given, name: ""}):
            answer = house.refuse_call(action, parameters, "MissingParameter", 400)
            assert f'"{name}"' in answer.json["Message"]


def test_the_string_to_sign_is_what_was_signed_and_no_secret(house: House) -> None:
    answer = house.refuse(_wrong_secret(house), "SignatureDoesNotMatch", 400, known=False)
    message = answer.json["Message"]
    assert message.count(":") == 1
    assert message.partition(":")[2].startswith("POST&%2F&AccessKeyId%3D")
    assert house.members.owner.secret not in message
