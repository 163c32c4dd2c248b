"""Cases 6 and 7: nothing is there twice, and what was signed for one place is good for no other."""

import http.client
from dataclasses import replace

import pytest

from tests.abuse.house import House
from tests.signing import (
    FORM,
    AccessKey,
    Place,
    SignedRequest,
    encode,
    send,
    sign_acs3,
    sign_rpc,
)

pytestmark = pytest.mark.usefixtures("unchanged")


def _disable(house: House, key: AccessKey, place: Place = Place.QUERY) -> SignedRequest:
    return sign_rpc(key, "DisableKey", {"KeyId": house.key_id}, place=place)


def _added(request: SignedRequest, pair: str, where: str) -> SignedRequest:
    if where == "query":
        return replace(request, target=f"{request.target}&{pair}")
    body = request.body + b"&" * bool(request.body) + pair.encode()
    return replace(request, body=body, headers={"Content-Type": FORM})


_TWICE = [
    ("KeyId", Place.QUERY, "query"),
    ("KeyId", Place.SPLIT, "form"),
    ("KeyId", Place.SPLIT, "query"),
    ("KeyId", Place.QUERY, "form"),
    ("Action", Place.QUERY, "query"),
    ("Action", Place.QUERY, "form"),
    ("Signature", Place.QUERY, "form"),
    ("AccessKeyId", Place.QUERY, "query"),
    ("RegionId", Place.FORM, "form"),
    ("Timestamp", Place.SPLIT, "form"),
]


@pytest.mark.parametrize("value", ["DisableKey", "ListKeys", "{key_id}", "", "%44isableKey"])
@pytest.mark.parametrize(("name", "place", "where"), _TWICE)
def test_a_parameter_that_is_there_twice_is_refused_before_the_signature(
    house: House, owner: AccessKey, name: str, place: Place, where: str, value: str
) -> None:
    pair = f"{name}={value.format(key_id=house.key_id)}"
    for key in (owner, replace(owner, secret="a guess"), house.members.nobody):
        request = _added(_disable(house, key, place), pair, where)
        answer = house.refuse(request, "InvalidParameter", 400, known=False)
        assert f'"{name}"' in answer.json["Message"]


@pytest.mark.parametrize("name", ["%4BeyId", "Key%49d", "%4b%65%79%49%64"])
def test_another_spelling_of_a_name_is_the_same_name(
    house: House, owner: AccessKey, name: str
) -> None:
    request = _added(_disable(house, owner), f"{name}={house.disabled_id}", "form")
    house.refuse(request, "InvalidParameter", 400, known=False)


def test_a_parameter_may_not_contradict_a_signed_header(house: House, owner: AccessKey) -> None:
    for name, value in (("Action", "DisableKey"), ("Version", "2017-01-20")):
        parameters = {"KeyId": house.key_id, name: value}
        request = sign_acs3(owner, "DescribeKey", parameters, host=house.address)
        house.refuse(request, "InvalidParameter", 400, known=False)


def test_the_method_is_part_of_what_is_signed(house: House, owner: AccessKey) -> None:
    for signed, sent in (("GET", "POST"), ("POST", "GET")):
        request = sign_rpc(owner, "DisableKey", {"KeyId": house.key_id}, method=signed)
        moved = replace(request, method=sent)
        house.refuse(moved, "SignatureDoesNotMatch", 400, known=False)


def test_the_acs3_method_is_part_of_what_is_signed(house: House, owner: AccessKey) -> None:
    request = sign_acs3(owner, "DisableKey", {"KeyId": house.key_id}, host=house.address)
    moved = replace(request, method="GET")
    house.refuse(moved, "SignatureDoesNotMatch", 400, known=False)


@pytest.mark.parametrize("path", ["/x", "//", "/healthz", "/readyz", "/console/", "/%2F"])
@pytest.mark.parametrize("protocol", ["RPC", "ACS3"])
def test_no_other_path_runs_operations(
    house: House, owner: AccessKey, path: str, protocol: str
) -> None:
    parameters = {"KeyId": house.key_id}
    request = (
        sign_rpc(owner, "DisableKey", parameters)
        if protocol == "RPC"
        else sign_acs3(owner, "DisableKey", parameters, host=house.address)
    )
    connection = house.connect()
    answer = send(connection, replace(request, target=path + request.target[1:]))
    connection.close()
    assert answer.status in {200, 403, 404, 405}
    assert b"RequestId" not in answer.body


def test_an_acs3_signature_is_good_for_one_host(house: House, owner: AccessKey) -> None:
    request = sign_acs3(owner, "DisableKey", {"KeyId": house.key_id}, host=house.address)
    for host in ("kms.cn-beijing.aliyuncs.com", "127.0.0.1", f"{house.address}0"):
        headers = {**request.headers, "host": host}
        moved = replace(request, headers=headers)
        house.refuse(moved, "SignatureDoesNotMatch", 400, known=False)


@pytest.mark.parametrize("action", ["DescribeKey", "DisableKey", "GenerateDataKey"])
def test_a_key_of_another_region_is_not_found(house: House, owner: AccessKey, action: str) -> None:
    elsewhere = replace(owner, region="cn-beijing")
    parameters = {"KeyId": house.key_id}
    house.refuse_call(action, parameters, "Forbidden.KeyNotFound", 404, by=elsewhere)
    request = sign_rpc(owner, action, parameters, common={"RegionId": None})
    with_host = replace(request, headers={"Host": "kms.cn-beijing.aliyuncs.com"})
    house.refuse(with_host, "Forbidden.KeyNotFound", 404)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SignatureMethod", "hmac-sha1"),
        ("SignatureMethod", "NONE"),
        ("SignatureMethod", "HMAC-SHA256"),
        ("SignatureMethod", "HMAC-SHA1 "),
        ("SignatureVersion", "2.0"),
        ("SignatureVersion", "1"),
        ("SignatureVersion", "1.00"),
        ("Version", "2014-05-26"),
        ("Format", "YAML"),
    ],
)
def test_other_signature_methods_and_versions_are_refused_by_name(
    house: House, owner: AccessKey, name: str, value: str
) -> None:
    request = sign_rpc(owner, "DescribeRegions", {}, common={name: value})
    answer = house.refuse(request, "InvalidParameter", 400, known=False)
    assert f'"{name}"' in answer.json["Message"]


@pytest.mark.parametrize("signature", ["NONE", "=", "0" * 28, "é", "%00", "x" * 10_000])
def test_made_up_signatures_are_refused(house: House, owner: AccessKey, signature: str) -> None:
    honest = sign_rpc(owner, "DescribeRegions", {})
    others = [p for p in honest.target[2:].split("&") if not p.startswith("Signature=")]
    target = f"/?{'&'.join(others)}&{encode({'Signature': signature})}"
    house.refuse(replace(honest, target=target), "SignatureDoesNotMatch", 400, known=False)


def test_an_access_key_proves_nothing_about_another(house: House, owner: AccessKey) -> None:
    for member in (house.members.stranger, house.members.powerless, house.members.inactive):
        forged = replace(owner, secret=member.secret)
        request = sign_rpc(forged, "DisableKey", {"KeyId": house.key_id})
        house.refuse(request, "SignatureDoesNotMatch", 400, known=False)


def test_a_body_that_is_not_the_signed_one_is_refused(house: House, owner: AccessKey) -> None:
    parameters = {"KeyId": house.disabled_id}
    request = sign_acs3(owner, "DisableKey", parameters, host=house.address, place=Place.FORM)
    other = encode({"KeyId": house.key_id}).encode()
    moved = replace(request, body=other)
    house.refuse(moved, "SignatureDoesNotMatch", 400, known=False)


def test_headers_that_must_be_signed_are_demanded(house: House, owner: AccessKey) -> None:
    request = sign_acs3(owner, "DisableKey", {"KeyId": house.key_id}, host=house.address)
    for name in ("x-acs-action", "x-acs-date", "x-acs-signature-nonce", "host"):
        authorization = request.headers["authorization"].replace(f"{name};", "")
        headers = {**request.headers, "authorization": authorization}
        house.refuse(replace(request, headers=headers), "IncompleteSignature", 400, known=False)


def test_a_browser_is_sent_to_the_console_and_never_runs_anything(house: House) -> None:
    connection = http.client.HTTPConnection(house.address, timeout=30)
    connection.request("GET", "/?KeyId=x")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("location")) == (302, "/console/")
    connection.close()
