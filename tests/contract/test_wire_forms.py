"""The forms that real clients send, each signed by hand and sent as it stands on the wire."""

import base64
import http.client
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, fromstring

import pytest

from tests.contract.clients import AliyunCore, Target
from tests.signing import (
    AccessKey,
    Answer,
    Place,
    SignedRequest,
    send,
    sign_acs3,
    sign_rpc,
)

pytestmark = pytest.mark.contract

Connection = http.client.HTTPConnection

CONTEXT = {"user": "a b", "账户": "中 *~+/%&="}
JSON_CONTEXT = json.dumps(CONTEXT)
BASE64 = base64.b64encode(bytes(range(256))).decode()
TEXT = "不是 base64 的文字 with spaces, *~+%20&= and a 🔑"


@dataclass(frozen=True, slots=True)
class Form:
    """One wire form: RPC 1.0, or ACS3 where an `algorithm` is named.

    `common` replaces RPC's common parameters (None leaves one out); `chunk` > 0 sends the body in
    chunks of so many bytes.
    """

    name: str
    place: Place = Place.QUERY
    method: str = "POST"
    common: Mapping[str, str | None] = field(default_factory=dict)
    has_milliseconds: bool = False
    flattens: bool = False
    algorithm: str = ""
    chunk: int = 0

    def __str__(self) -> str:
        return self.name

    def sign(
        self, key: AccessKey, host: str, action: str, parameters: Mapping[str, str]
    ) -> SignedRequest:
        if self.algorithm:
            return sign_acs3(
                key, action, parameters, host=host, place=self.place, algorithm=self.algorithm
            )
        common = (
            {"Timestamp": milliseconds(), **self.common} if self.has_milliseconds else self.common
        )
        return sign_rpc(
            key, action, parameters, method=self.method, place=self.place, common=common
        )

    def context(self) -> dict[str, str]:
        if self.flattens:
            return {f"EncryptionContext.{name}": value for name, value in CONTEXT.items()}
        return {"EncryptionContext": JSON_CONTEXT}


def milliseconds() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


NO_TYPE: dict[str, str | None] = {"SignatureType": None}
BARE: dict[str, str | None] = {"SignatureType": None, "RegionId": None}

W1 = Form("W1")
W2 = Form("W2", common={**BARE, "Format": "json"}, flattens=True)
W3 = Form("W3", Place.FORM, common=NO_TYPE)
W3_SPLIT = Form("W3-split", Place.SPLIT)
W4 = Form("W4", method="GET", common=BARE)
W5 = Form("W5", method="GET", common={**BARE, "SignatureNonce": None}, has_milliseconds=True)
W6 = Form("W6", algorithm="ACS3-HMAC-SHA256")
W6_SM3 = Form("W6-sm3", algorithm="ACS3-HMAC-SM3")
W7 = Form("W7", Place.FORM, algorithm="ACS3-HMAC-SHA256", chunk=1000)
W7_TINY = Form("W7-tiny-chunks", Place.FORM, algorithm="ACS3-HMAC-SHA256", chunk=7)
FORMS = (W1, W2, W3, W3_SPLIT, W4, W5, W6, W6_SM3, W7, W7_TINY)


@dataclass(frozen=True, slots=True)
class Caller:
    """Signs and sends in one form after another, over one kept connection."""

    connection: Connection
    key: AccessKey

    def sign(self, form: Form, action: str, **parameters: str) -> SignedRequest:
        host = f"{self.connection.host}:{self.connection.port}"
        return form.sign(self.key, host, action, parameters)

    def send(self, form: Form, action: str, **parameters: str) -> Answer:
        return send(self.connection, self.sign(form, action, **parameters), chunk=form.chunk)

    def succeed(self, form: Form, action: str, **parameters: str) -> dict[str, str]:
        answer = self.send(form, action, **parameters)
        assert answer.status == 200, answer.body
        assert answer.headers["content-type"] == "application/json;charset=utf-8"
        assert uuid.UUID(answer.json["RequestId"]).version == 4
        assert "Code" not in answer.json
        return answer.json


@pytest.fixture
def caller(connection: Connection, access_key: AccessKey) -> Caller:
    return Caller(connection, access_key)


@pytest.fixture(scope="module")
def key_id(owner: Target) -> str:
    found: str = AliyunCore(owner).create_key()["KeyId"]
    return found


every_form = pytest.mark.parametrize("form", FORMS, ids=str)


@every_form
@pytest.mark.parametrize("plaintext", [BASE64, TEXT], ids=["base64", "text"])
def test_what_is_encrypted_comes_back_identical(
    caller: Caller, form: Form, key_id: str, plaintext: str
) -> None:
    encrypted = caller.succeed(form, "Encrypt", KeyId=key_id, Plaintext=plaintext, **form.context())
    blob = encrypted["CiphertextBlob"]
    decrypted = caller.succeed(form, "Decrypt", CiphertextBlob=blob, **form.context())
    assert decrypted["Plaintext"] == plaintext
    assert decrypted["KeyId"] == encrypted["KeyId"] == key_id


@every_form
def test_all_forms_read_one_context(caller: Caller, form: Form, key_id: str) -> None:
    blob = caller.succeed(form, "Encrypt", KeyId=key_id, Plaintext=TEXT, **form.context())
    for other in FORMS:
        decrypted = caller.succeed(
            other, "Decrypt", CiphertextBlob=blob["CiphertextBlob"], **other.context()
        )
        assert decrypted["Plaintext"] == TEXT


@every_form
def test_a_request_works_once(caller: Caller, form: Form) -> None:
    request = caller.sign(form, "ListKeys")
    assert send(caller.connection, request, chunk=form.chunk).status == 200
    again = send(caller.connection, request, chunk=form.chunk)
    assert (again.status, again.json["Code"]) == (400, "SignatureNonceUsed")


@every_form
def test_a_changed_request_is_refused(caller: Caller, form: Form, key_id: str) -> None:
    request = caller.sign(form, "Encrypt", KeyId=key_id, Plaintext="original", **form.context())
    changed = replace(
        request,
        target=request.target.replace("original", "forgery1"),
        body=request.body.replace(b"original", b"forgery1"),
    )
    assert changed != request
    answer = send(caller.connection, changed, chunk=form.chunk)
    assert (answer.status, answer.json["Code"]) == (400, "SignatureDoesNotMatch")


@every_form
def test_an_error_body_has_what_every_client_reads(
    caller: Caller, form: Form, connection: Connection
) -> None:
    answer = caller.send(form, "DescribeKey", KeyId=str(uuid.UUID(int=7)))
    body = answer.json
    assert (answer.status, body["HttpStatus"]) == (404, 404)
    assert body["Code"] == "Forbidden.KeyNotFound"
    assert body["HostId"] == f"{connection.host}:{connection.port}"
    assert all(isinstance(body[name], str) for name in body.keys() - {"HttpStatus"})
    assert {"RequestId", "Message"} <= body.keys()
    assert answer.headers["content-type"] == "application/json;charset=utf-8"


def respelled(target: str) -> str:
    """As one client sends a space and the next a star: other than what they sign."""
    return target.replace("%20", "+").replace("%2A", "*").replace("~", "%7E")


@pytest.mark.parametrize("form", [W1, W4, W6], ids=str)
def test_the_signature_is_over_the_decoded_parameters(
    caller: Caller, form: Form, key_id: str
) -> None:
    request = caller.sign(form, "Encrypt", KeyId=key_id, Plaintext=TEXT, **form.context())
    other = replace(request, target=respelled(request.target))
    assert other.target != request.target
    blob = send(caller.connection, other).json["CiphertextBlob"]
    request = caller.sign(form, "Decrypt", CiphertextBlob=blob, **form.context())
    answer = send(caller.connection, replace(request, target=respelled(request.target)))
    assert answer.json["Plaintext"] == TEXT


def long_context(target_bytes: int) -> str:
    """A context of Chinese text, one character of which is nine bytes of a request target."""
    return json.dumps({"合同": "约" * (target_bytes // 9)}, ensure_ascii=False)


@pytest.mark.parametrize("form", [W1, W2, W4, W6], ids=str)
def test_a_request_target_may_have_60_kilobytes(caller: Caller, form: Form, key_id: str) -> None:
    plaintext = base64.b64encode(bytes(6144)).decode()
    context = {"EncryptionContext": long_context(51_000)}
    request = caller.sign(form, "Encrypt", KeyId=key_id, Plaintext=plaintext, **context)
    assert 59_000 < len(request.target) < 64_000
    blob = send(caller.connection, request).json["CiphertextBlob"]
    request = caller.sign(form, "Decrypt", CiphertextBlob=blob, **context)
    assert 59_000 < len(request.target) < 64_000
    assert send(caller.connection, request).json["Plaintext"] == plaintext


@pytest.mark.parametrize("form", [W3, W3_SPLIT, W7], ids=str)
def test_longer_requests_go_into_a_form_body(caller: Caller, form: Form, key_id: str) -> None:
    plaintext = base64.b64encode(bytes(6144)).decode()
    context = {"EncryptionContext": long_context(73_000)}
    request = caller.sign(form, "Encrypt", KeyId=key_id, Plaintext=plaintext, **context)
    assert len(request.body) > 80_000
    answer = send(caller.connection, request, chunk=form.chunk)
    blob = answer.json["CiphertextBlob"]
    decrypted = caller.succeed(form, "Decrypt", CiphertextBlob=blob, **context)
    assert decrypted["Plaintext"] == plaintext


def test_a_target_above_64_kilobytes_is_refused(caller: Caller, key_id: str) -> None:
    context = {"EncryptionContext": long_context(73_000)}
    answer = caller.send(W1, "Encrypt", KeyId=key_id, Plaintext="x", **context)
    assert answer.status == 414


def element(answer: Answer) -> Element:
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    return fromstring(answer.body)  # noqa: S314  # our own server's


@pytest.mark.parametrize("form", [W1, W2, W3, W3_SPLIT, W4, W5], ids=str)
@pytest.mark.parametrize("spelling", ["XML", "xml"])
def test_answers_come_as_xml_where_asked_for(
    caller: Caller, form: Form, key_id: str, spelling: str
) -> None:
    asking = replace(form, common={**form.common, "Format": spelling})

    def as_xml(action: str, **parameters: str) -> Element:
        return element(caller.send(asking, action, **parameters))

    encrypted = as_xml("Encrypt", KeyId=key_id, Plaintext=TEXT, **form.context())
    assert encrypted.tag == "EncryptResponse"
    assert encrypted.findtext("KeyId") == key_id
    blob = encrypted.findtext("CiphertextBlob") or ""
    decrypted = as_xml("Decrypt", CiphertextBlob=blob, **form.context())
    assert decrypted.findtext("Plaintext") == TEXT
    listed = as_xml("ListKeys", PageSize="2")
    assert 1 <= len(listed.findall("Keys/Key/KeyId")) <= 2
    refused = as_xml("Encrypt", KeyId=key_id)
    assert refused.tag == "Error"
    assert refused.findtext("Code") == "MissingParameter"
    assert {"RequestId", "HostId", "Message"} <= {child.tag for child in refused}
