"""Signatures against published vectors and against the clients' own signers."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from alibabacloud_tea_openapi.utils import Utils
from aliyunsdkcore.auth.composer import rpc_signature_composer
from hypothesis import given
from hypothesis import strategies as st

from kms_console.rpc import params
from kms_console.rpc.signature import (
    REQUIRED_HEADERS,
    Acs3Signature,
    AlgorithmUnavailable,
    RpcSignature,
    canonical_query,
    content_digest,
    digest_of,
    is_timely,
    parse_authorization,
    parse_timestamp,
)
from tests.rpc.requests import EMPTY_SHA256

SECRET = "testsecret"

CONTRACT_VECTOR = {
    "AccessKeyId": "testid",
    "Action": "CreateKey",
    "Format": "json",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureVersion": "1.0",
    "Timestamp": "2016-03-28T03:13:08Z",
    "Version": "2016-01-20",
    "Signature": "41wk2SSX1GJh7fwnc5eqOfiJPFg=",
}

ALPHABETS = (
    "abcXYZ019-_.~",
    " +*/%&=~'!()$,;:@#?",
    "密钥管理é\u00a0\u2028",
    "𝒦🔑𐍈\U0010ffff\ue000\ufffd",
    "\t\r\n\x01\x7f",
)


def rpc(values: dict[str, str], method: str = "GET") -> RpcSignature:
    return RpcSignature(method=method, values=values, wire=None)


def test_the_rpc_vector_of_the_contract_verifies() -> None:
    assert rpc(CONTRACT_VECTOR).is_made_with(SECRET.encode())


def test_the_method_is_signed() -> None:
    assert not rpc(CONTRACT_VECTOR, "POST").is_made_with(SECRET.encode())


@pytest.mark.parametrize("claimed", ["", "41wk2SSX1GJh7fwnc5eqOfiJPFg", "é", "s/OdV", "=" * 9999])
def test_any_other_signature_text_is_refused(claimed: str) -> None:
    assert not rpc({**CONTRACT_VECTOR, "Signature": claimed}).is_made_with(SECRET.encode())


def test_the_string_to_sign_leaves_the_signature_out() -> None:
    text = rpc(CONTRACT_VECTOR).string_to_sign()
    assert text.startswith("GET&%2F&AccessKeyId%3Dtestid%26Action%3DCreateKey%26")
    assert "41wk2" not in text
    assert ":" not in text


@given(st.text(st.characters(codec="utf-8")))
def test_escapes_are_those_of_the_standard_library(text: str) -> None:
    assert canonical_query({text: text}) == f"{quote(text, safe='')}={quote(text, safe='')}"


def test_names_sort_by_bytes_and_not_by_pairs() -> None:
    assert canonical_query({"a-b": "1", "a": "2", "B": "3", "é": "4", "𝒦": "5", "\ue000": "6"}) == (
        "B=3&a=2&a-b=1&%C3%A9=4&%EE%80%80=6&%F0%9D%92%A6=5"
    )


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
def test_the_acs3_vectors_of_the_contract_verify(date: str, nonce: str, signature: str) -> None:
    names = ";".join(sorted(REQUIRED_HEADERS))
    query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
    signed = Acs3Signature(
        authorization=parse_authorization(
            f"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={names},"
            f"Signature={signature}"
        ),
        method="POST",
        path="/",
        values=dict(parse_qsl(query)),
        wire=None,
        headers={
            "host": "ecs.cn-shanghai.aliyuncs.com",
            "x-acs-action": "RunInstances",
            "x-acs-version": "2014-05-26",
            "x-acs-date": date,
            "x-acs-signature-nonce": nonce,
            "x-acs-content-sha256": EMPTY_SHA256,
        },
        body=b"",
    )
    assert signed.is_made_with(b"YourAccessKeySecret")
    assert not signed.is_made_with(b"YourAccessKeySecre")


def _text(longest: int) -> str:
    alphabet = secrets.choice(ALPHABETS) + secrets.choice(ALPHABETS)
    return "".join(secrets.choice(alphabet) for _ in range(secrets.randbelow(longest + 1)))


def _random_parameters() -> dict[str, str]:
    names = {_text(6) + secrets.choice("abXY.-~é🔑 ") for _ in range(secrets.randbelow(8))}
    return {name: _text(20) for name in names}


def _changed(values: dict[str, str]) -> Iterator[dict[str, str]]:
    name = secrets.choice([name for name in values if name != "Signature"])
    yield {**values, name: values[name] + "x"}
    yield {**values, name + "x": values[name]}
    yield {other: value for other, value in values.items() if other != name}


@pytest.mark.parametrize("round_", range(10))
def test_what_the_old_python_client_signs_verifies_and_no_change_of_it_does(round_: int) -> None:
    for _ in range(120):
        url, their_string = rpc_signature_composer.get_signed_url(
            _random_parameters(), "testid", SECRET, "JSON", "POST", {}
        )
        parsed = params.parse(url.removeprefix("/?"), b"", "")
        values = dict(parsed.values)
        ours = RpcSignature(method="POST", values=values, wire=parsed.both.wire)
        assert ours.string_to_sign() == their_string
        assert ours.is_made_with(SECRET.encode())
        for changed in _changed(values):
            query = urlencode(changed)
            again = params.parse(query, b"", "")
            assert again.values == changed
            assert not RpcSignature(
                method="POST", values=changed, wire=again.both.wire
            ).is_made_with(SECRET.encode())


def _their_acs3_request(algorithm: str, body: bytes) -> SimpleNamespace:
    request = SimpleNamespace()
    request.method = "POST"
    request.pathname = "/"
    # This client encodes values but not names, which the API makes of letters, digits and dots.
    request.query = {f"Name.{n}": value for n, value in enumerate(_random_parameters().values())}
    request.headers = {
        "host": "127.0.0.1:8000",
        "x-acs-action": "Encrypt",
        "x-acs-version": "2016-01-20",
        "x-acs-date": "2026-11-23T21:10:00Z",
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-content-sha256": content_digest(algorithm, body),
        "user-agent": "  spaced  ",
    }
    return request


def _acs3(request: SimpleNamespace, authorization: str, query: str, body: bytes) -> Acs3Signature:
    parsed = params.parse(query, b"", "")
    return Acs3Signature(
        authorization=parse_authorization(authorization),
        method="POST",
        path="/",
        values=parsed.query.values,
        wire=parsed.query.wire,
        headers=request.headers,
        body=body,
    )


@pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SHA256", "ACS3-HMAC-SM3"])
def test_what_the_new_python_client_signs_verifies_and_no_change_of_it_does(
    algorithm: str,
) -> None:
    for _ in range(200 if algorithm.endswith("SHA256") else 10):  # their SM3 is pure Python
        body = secrets.token_bytes(8)
        request = _their_acs3_request(algorithm, body)
        authorization = Utils.get_authorization(
            request, algorithm, content_digest(algorithm, body), "testid", SECRET
        )
        query = urlencode(request.query)
        secret = SECRET.encode()
        assert _acs3(request, authorization, query, body).is_made_with(secret)
        assert not _acs3(request, authorization, query + "&Added=", body).is_made_with(secret)
        assert not _acs3(request, authorization, query, body + b"x").is_made_with(secret)
        for name in (*REQUIRED_HEADERS, "user-agent"):
            changed = SimpleNamespace()
            changed.headers = {**request.headers, name: request.headers[name].strip() + "x"}
            assert not _acs3(changed, authorization, query, body).is_made_with(secret)


def test_a_header_with_half_a_surrogate_pair_is_a_mismatch_and_no_crash() -> None:
    request = _their_acs3_request("ACS3-HMAC-SHA256", b"")
    authorization = Utils.get_authorization(
        request, "ACS3-HMAC-SHA256", EMPTY_SHA256, "testid", SECRET
    )
    for name in ("user-agent", "x-acs-content-sha256"):
        changed = SimpleNamespace()
        changed.headers = {**request.headers, name: "\ud800"}
        assert not _acs3(changed, authorization, "", b"").is_made_with(SECRET.encode())


def test_a_digest_that_openssl_lacks_is_refused_by_name() -> None:
    assert digest_of("ACS3-HMAC-SM3", {"sha256", "sm3"}) == "sm3"
    with pytest.raises(AlgorithmUnavailable):
        digest_of("ACS3-HMAC-SM3", {"sha256"})
    with pytest.raises(AlgorithmUnavailable):
        digest_of("ACS3-RSA-SHA256")


NAMES = ";".join(sorted(REQUIRED_HEADERS))
SIGNATURE = "0" * 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ACS3-HMAC-SHA256",
        f"ACS3-HMAC-SHA256 Credential=,SignedHeaders={NAMES},Signature={SIGNATURE}",
        f"ACS3-HMAC-SHA256 Credential=a b,SignedHeaders={NAMES},Signature={SIGNATURE}",
        f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders=,Signature={SIGNATURE}",
        f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders={NAMES},Signature={SIGNATURE}0",
        f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders={NAMES},Signature={SIGNATURE.upper()[:-1]}G",
        f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders={NAMES};host,Signature={SIGNATURE}",
        f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders={NAMES.upper()},Signature={SIGNATURE}",
        f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders={NAMES},Signature={SIGNATURE}\n",
    ],
)
def test_a_malformed_authorization_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ACS3|headers"):
        parse_authorization(text)


@pytest.mark.parametrize("name", sorted(REQUIRED_HEADERS))
def test_an_authorization_that_does_not_cover_a_required_header_is_refused(name: str) -> None:
    names = ";".join([*sorted(REQUIRED_HEADERS - {name}), "accept"])
    with pytest.raises(ValueError, match="headers"):
        parse_authorization(
            f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders={names},Signature={SIGNATURE}"
        )


def test_spaces_after_the_commas_of_an_authorization_are_accepted() -> None:
    parsed = parse_authorization(
        f"ACS3-HMAC-SHA256 Credential=a, SignedHeaders={NAMES}, Signature={SIGNATURE}"
    )
    assert parsed.access_key_id == "a"


def test_a_timestamp_may_have_milliseconds() -> None:
    assert parse_timestamp("2026-11-23T21:09:59Z") == datetime(2026, 11, 23, 21, 9, 59, tzinfo=UTC)
    assert parse_timestamp("2026-11-23T21:09:20.538Z").microsecond == 538_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T21:09:60Z",
        "0000-01-01T00:00:00Z",
        "2026-11-23T21:09:59",
        "2026-11-23T21:09:59+08:00",
        "2026-11-23T21:09:59+00:00",
        "2026-11-23T21:09:59.5Z",
        "2026-11-23 21:09:59Z",
        "2026-11-23T21:09:59z",
        "２026-11-23T21:09:59Z",
        "2026-11-23T21:09:59Z\n",
    ],
)
def test_any_other_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # two sources, one meaning
        parse_timestamp(text)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_window_is_fifteen_minutes_on_both_sides_and_inclusive(sign: int) -> None:
    now = datetime(2026, 11, 23, 21, 10, tzinfo=UTC)
    assert is_timely(now + sign * timedelta(minutes=15), now)
    assert not is_timely(now + sign * timedelta(minutes=15, milliseconds=1), now)
    assert not is_timely(parse_timestamp("9999-12-31T23:59:59Z"), now)
