"""The tests' own signer against published signatures and every recorded client."""

from urllib.parse import parse_qsl

import pytest

from kms_console.rpc.wire import WireRequest
from tests import signing
from tests.rpc.requests import ACCESS_KEY_ID, CAPTURES, SECRET, read_captures
from tests.signing import AccessKey, Place

KEY = AccessKey(ACCESS_KEY_ID, SECRET.decode())
ACS3_EXAMPLE = AccessKey("YourAccessKeyId", "YourAccessKeySecret")
HOST = "127.0.0.1:18080"

REQUESTS = [
    pytest.param(request, id=f"{path.stem}-{number}")
    for path in sorted(CAPTURES.glob("*.txt"))
    for number, request in enumerate(read_captures(path))
]


def parameters_of(request: WireRequest) -> dict[str, str]:
    texts = (request.query, request.body.decode())
    return {
        name: value
        for text in texts
        for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    }


def test_rpc_signs_the_documented_example() -> None:
    parameters = {
        "AccessKeyId": "testid",
        "Action": "CreateKey",
        "Format": "json",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "Timestamp": "2016-03-28T03:13:08Z",
        "Version": "2016-01-20",
    }
    assert signing.rpc_signature("testsecret", "GET", parameters) == "41wk2SSX1GJh7fwnc5eqOfiJPFg="


@pytest.mark.parametrize(
    ("date", "nonce", "signature"),
    [
        (
            "2023-10-26T10:22:32Z",
            "3156853299f313e23d1673dc12e1703d",
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (
            "2023-10-26T09:01:01Z",
            "d410180a5abf7fe235dd9b74aca91fc0",
            "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        ),
    ],
)
def test_acs3_signs_the_documented_examples(date: str, nonce: str, signature: str) -> None:
    request = signing.sign_acs3(
        ACS3_EXAMPLE,
        "RunInstances",
        {
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        host="ecs.cn-shanghai.aliyuncs.com",
        headers={
            "x-acs-version": "2014-05-26",
            "x-acs-date": date,
            "x-acs-signature-nonce": nonce,
        },
    )
    assert request.headers["authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_recorded_client_signs_as_the_signer_does(request_: WireRequest) -> None:
    parameters = parameters_of(request_)
    if "Signature" in parameters:
        recorded = parameters.pop("Signature")
        assert signing.rpc_signature(KEY.secret, request_.method, parameters) == recorded
        return
    recorded = request_.headers["authorization"]
    names = recorded.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    headers = {name: request_.headers[name] for name in names}
    query = signing.encode(dict(sorted(parse_qsl(request_.query, keep_blank_values=True))))
    assert signing.acs3_authorization(KEY, query, headers, method=request_.method) == recorded


@pytest.mark.parametrize("place", list(Place))
def test_a_signed_rpc_request_carries_the_signature_of_all_its_parameters(place: Place) -> None:
    request = signing.sign_rpc(KEY, "Encrypt", {"Plaintext": "中 文*~+"}, place=place)
    query = request.target.partition("?")[2]
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    parameters |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    assert parameters["Plaintext"] == "中 文*~+"
    assert parameters.pop("Signature") == signing.rpc_signature(KEY.secret, "POST", parameters)


def test_common_parameters_can_be_replaced_and_left_out() -> None:
    request = signing.sign_rpc(
        KEY, "ListKeys", {}, method="GET", common={"SignatureNonce": None, "Format": "XML"}
    )
    parameters = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
    assert "SignatureNonce" not in parameters
    assert parameters["Format"] == "XML"
    assert parameters["SignatureType"] == ""


def test_sm3_signs_with_another_digest_under_the_same_header_names() -> None:
    request = signing.sign_acs3(KEY, "ListKeys", {}, host=HOST, algorithm="ACS3-HMAC-SM3")
    # SM3 of the empty message, GB/T 32905.
    empty = "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
    assert request.headers["x-acs-content-sha256"] == empty
    assert request.headers["authorization"].startswith("ACS3-HMAC-SM3 Credential=")


def test_the_secret_is_not_in_the_repr_of_an_access_key() -> None:
    assert KEY.secret not in repr(KEY)
