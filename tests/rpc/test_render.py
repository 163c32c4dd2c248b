import json
from xml.etree import ElementTree as ET  # reads what we wrote

import pytest

from kms_console.core import errors as core_errors
from kms_console.core.errors import InternalFailure, KeyDisabled, Kind, KmsError
from kms_console.rpc import errors as rpc_errors
from kms_console.rpc import render
from kms_console.rpc.errors import SignatureDoesNotMatch
from kms_console.rpc.render import Format

KEYS = {
    "Keys": {"Key": [{"KeyId": "a"}, {"KeyId": "b"}]},
    "PageNumber": 1,
    "Value": True,
    "Off": False,
    "Description": "",
}


def xml_of(body: bytes) -> ET.Element:
    return ET.fromstring(body)  # noqa: S314


def test_json_carries_the_result_and_the_request_id() -> None:
    response = render.success("ListKeys", KEYS, request_id="R", fmt=Format.JSON)
    assert response.status == 200
    assert response.headers == [("content-type", "application/json;charset=utf-8")]
    assert json.loads(response.body) == {**KEYS, "RequestId": "R"}


def test_xml_has_the_actions_root_and_an_element_for_each_item() -> None:
    response = render.success("ListKeys", KEYS, request_id="R", fmt=Format.XML)
    assert response.headers == [("content-type", "text/xml;charset=utf-8")]
    root = xml_of(response.body)
    assert root.tag == "ListKeysResponse"
    assert [key.findtext("KeyId") for key in root.findall("Keys/Key")] == ["a", "b"]
    texts = [root.findtext(name) for name in ("PageNumber", "Value", "Off", "Description")]
    assert texts == ["1", "true", "false", ""]
    assert root.findtext("RequestId") == "R"


def test_an_empty_list_keeps_its_wrapper() -> None:
    result: dict[str, dict[str, list[str]]] = {"KeyVersions": {"KeyVersion": []}}
    as_json = render.success("X", result, request_id="R", fmt=Format.JSON)
    as_xml = render.success("X", result, request_id="R", fmt=Format.XML)
    assert json.loads(as_json.body)["KeyVersions"] == {"KeyVersion": []}
    wrapper = xml_of(as_xml.body).find("KeyVersions")
    assert wrapper is not None
    assert len(wrapper) == 0


def test_any_text_survives_xml_and_what_xml_cannot_hold_is_replaced() -> None:
    text = "<&>\"' ]]> 中 🔑 \t\r\n \x00\x0b\ufffe"
    body = render.success("X", {"T": text}, request_id="R", fmt=Format.XML).body
    assert xml_of(body).findtext("T") == "<&>\"' ]]> 中 🔑 \t\r\n \ufffd\ufffd\ufffd"


def test_a_result_may_not_look_like_a_failure() -> None:
    with pytest.raises(ValueError, match="Code"):
        render.success("X", {"Code": "OK"}, request_id="R", fmt=Format.JSON)


def test_a_refusal_carries_what_clients_read() -> None:
    response = render.failure(KeyDisabled(), request_id="R", host="kms.x:80", fmt=Format.JSON)
    assert response.status == 409
    assert json.loads(response.body) == {
        "RequestId": "R",
        "HostId": "kms.x:80",
        "Code": "Rejected.Disabled",
        "Message": KeyDisabled.template,
        "HttpStatus": 409,
    }


def test_a_refusal_in_xml_has_the_root_error() -> None:
    response = render.failure(InternalFailure(), request_id="R", host="", fmt=Format.XML)
    root = xml_of(response.body)
    assert (response.status, root.tag) == (500, "Error")
    assert root.findtext("Code") == "InternalFailure"
    assert root.findtext("HttpStatus") == "500"


def test_a_hostile_host_is_not_sent_back() -> None:
    host = 'evil"><script>\ud800\r\n' + "a" * 9999
    response = render.failure(InternalFailure(), request_id="R", host=host, fmt=Format.JSON)
    shown = json.loads(response.body)["HostId"]
    assert shown.startswith("evilscriptaaa")
    assert len(shown) < 256


DOCUMENTED = {
    "MissingParameter": 400,
    "InvalidParameter": 400,
    "IncompleteSignature": 400,
    "SignatureDoesNotMatch": 400,
    "IllegalTimestamp": 400,
    "InvalidTimeStamp.Expired": 400,
    "InvalidTimeStamp.Format": 400,
    "SignatureNonceUsed": 400,
    "ParseRequestParameterException": 400,
    "Rejected.UnsupportedOperation": 400,
    "Unsupported.Origin": 400,
    "Unsupported.Alias": 400,
    "Unsupported.ProtectionLevel": 400,
    "Forbidden.NoPermission": 403,
    "Forbidden.AccessKey": 403,
    "UnsupportedHTTPMethod": 403,
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAction.NotFound": 404,
    "Forbidden.KeyNotFound": 404,
    "Forbidden.AliasNotFound": 404,
    "Rejected.StateModifiedFailed": 409,
    "Rejected.Disabled": 409,
    "Rejected.PendingDeletion": 409,
    "Rejected.PendingImport": 409,
    "RequestEntityTooLarge": 413,
    "RequestTimeout": 408,
    "InternalFailure": 500,
    "ServiceUnavailableTemporary": 503,
}

REFUSALS: dict[str, type[KmsError]] = {
    refusal.code: refusal
    for module in (core_errors, rpc_errors)
    for refusal in vars(module).values()
    if isinstance(refusal, type) and issubclass(refusal, KmsError) and refusal is not KmsError
}


@pytest.mark.parametrize(("code", "status"), DOCUMENTED.items())
def test_a_code_has_its_documented_status(code: str, status: int) -> None:
    assert render.STATUS.get(code, render.STATUS[REFUSALS[code].kind]) == status


def test_every_kind_has_a_status() -> None:
    assert all(kind in render.STATUS for kind in Kind)


def test_a_redirect_names_its_target() -> None:
    response = render.redirect("/console/")
    assert (response.status, response.headers) == (302, [("location", "/console/")])


def test_the_string_to_sign_is_in_the_message_alone() -> None:
    refusal = SignatureDoesNotMatch(string_to_sign="POST&%2F&canary")
    before, after = refusal.message.split(":")
    assert before.endswith("server string to sign is")
    assert after == "POST&%2F&canary"
    assert "canary" not in f"{refusal!s}{refusal!r}{refusal.args}"
