"""What the door accepts, what it refuses in which order, and what it records."""

import asyncio
import json
import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET  # reads what we wrote

import pytest
from django.db import InterfaceError, OperationalError
from structlog.testing import capture_logs

from kms_console.audit.journal import Journal
from kms_console.core.actor import Actor
from kms_console.core.errors import BodyTooLarge, KeyDisabled, KeyNotFound
from kms_console.rpc.registry import Kind
from kms_console.rpc.wire import WireRequest
from tests.rpc.conftest import Bench, credential
from tests.rpc.requests import (
    ACCESS_KEY_ID,
    COMMON,
    SECRET,
    acs3_request,
    rpc_request,
    rpc_signature,
    wire_request,
)

UUID4 = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}")
KEY = {"KeyId": "k-1"}


def test_a_signed_call_is_run_and_answered(bench: Bench) -> None:
    answer = bench.ask(rpc_request("Use", {**KEY, "Count": "3"}))
    assert answer.status == 200
    assert answer.body.keys() == {"KeyId", "RequestId"}
    assert UUID4.fullmatch(answer.body["RequestId"])
    ((actor, arguments),) = bench.handlers.calls
    assert arguments == {"key_id": "k-1", "count": 3}
    assert (actor.account_id, actor.user_name) == ("1234567890123456", "alice")
    assert (actor.access_key_id, actor.region) == (ACCESS_KEY_ID, "cn-hangzhou")
    assert (actor.source_ip, actor.secure_transport) == ("10.1.2.3", False)
    assert actor.request_id == answer.body["RequestId"]
    assert actor.now == bench.now


def test_https_and_a_training_accounts_clock_reach_the_actor(bench: Bench) -> None:
    bench.credentials.known[ACCESS_KEY_ID] = credential(clock_offset=timedelta(days=400))
    request = rpc_request("Use", KEY)
    request.scheme = "https"
    bench.ask(request)
    ((actor, _),) = bench.handlers.calls
    assert actor.secure_transport
    assert actor.now == bench.now + timedelta(days=400)


FORMS = {
    "W1": rpc_request("Use", {**KEY, "SignatureType": "", "RegionId": "cn-hangzhou"}),
    "W2": rpc_request("Use", {**KEY, "Format": "json", "EncryptionContext.user": "a b"}),
    "W3": rpc_request("Use", KEY, in_body=True),
    "W4": rpc_request("Use", KEY, method="GET"),
    "W5": rpc_request(
        "Use",
        {**KEY, "SignatureNonce": None, "Timestamp": "2026-11-23T21:09:20.538Z"},
        method="GET",
    ),
    "W6": acs3_request("Use", "KeyId=k-1"),
    "W7": acs3_request("Use", body=b"KeyId=k-1"),
    "SM3": acs3_request("Use", "KeyId=k-1", algorithm="ACS3-HMAC-SM3"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_wire_form_is_taken_once(bench: Bench, form: str) -> None:
    assert bench.ask(FORMS[form]).status == 200
    again = bench.ask(FORMS[form])
    assert (again.status, again.code) == (400, "SignatureNonceUsed")
    assert bench.handlers.calls[0][1]["key_id"] == "k-1"
    assert bench.outcomes == ["OK"]


def test_common_parameters_in_the_query_and_the_rest_in_the_form(bench: Bench) -> None:
    signed = {**COMMON, "Action": "Use", "KeyId": "a+b c/中"}
    request = wire_request(
        f"AccessKeyId={ACCESS_KEY_ID}&Action=Use&Format=JSON&Version=2016-01-20"
        "&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=0123456789abcdef"
    )
    signature = rpc_signature(signed).replace("+", "%2B").replace("=", "%3D")
    request.body = (
        f"KeyId=a%2Bb+c/%E4%B8%AD&Timestamp={COMMON['Timestamp']}&Signature={signature}".encode()
    )
    assert bench.ask(request).status == 200
    assert bench.handlers.calls[0][1]["key_id"] == "a+b c/中"


def test_xml_is_answered_in_xml_also_for_refusals(bench: Bench) -> None:
    good = bench.ask(rpc_request("Use", {**KEY, "Format": "XML"})).response
    assert ET.fromstring(good.body).tag == "UseResponse"  # noqa: S314
    bad = bench.ask(rpc_request("Use", {"Format": "xml", "SignatureNonce": "2"})).response
    assert ET.fromstring(bad.body).findtext("Code") == "MissingParameter"  # noqa: S314


PROTOCOL_REFUSALS = [
    (rpc_request("Use", method="PUT"), 403, "UnsupportedHTTPMethod"),
    (wire_request("", method="HEAD"), 403, "UnsupportedHTTPMethod"),
    (wire_request("a=%zz"), 400, "ParseRequestParameterException"),
    (wire_request("a=1&a=2"), 400, "InvalidParameter"),
    (wire_request(""), 400, "MissingParameter"),
    (wire_request("Action=Use", method="GET"), 400, "MissingParameter"),
    (rpc_request("Use", {"Format": "YAML"}), 400, "InvalidParameter"),
    (rpc_request("Use", {"Version": None}), 400, "MissingParameter"),
    (rpc_request("Use", {"Version": "2015-01-01"}), 400, "InvalidParameter"),
    (rpc_request("Use", {"Action": None}), 400, "MissingParameter"),
    (rpc_request("Nothing"), 404, "InvalidAction.NotFound"),
    (rpc_request("Use", {"AccessKeyId": None}), 400, "MissingParameter"),
    (rpc_request("Use", {"Signature": ""}), 400, "MissingParameter"),
    (rpc_request("Use", {"SignatureMethod": "hmac-sha1"}), 400, "InvalidParameter"),
    (rpc_request("Use", {"SignatureMethod": "NONE"}), 400, "InvalidParameter"),
    (rpc_request("Use", {"SignatureVersion": "2.0"}), 400, "InvalidParameter"),
    (rpc_request("Use", {"Timestamp": None}), 400, "IllegalTimestamp"),
    (rpc_request("Use", {"Timestamp": ""}), 400, "IllegalTimestamp"),
    (rpc_request("Use", {"Timestamp": "2026-02-30T00:00:00Z"}), 400, "InvalidTimeStamp.Format"),
    (rpc_request("Use", {"Timestamp": "9999-01-01T00:00:00Z"}), 400, "InvalidTimeStamp.Expired"),
    (rpc_request("Use", {"Timestamp": "2026-11-23T20:54:59Z"}), 400, "InvalidTimeStamp.Expired"),
    (rpc_request("Use", {"Timestamp": "2026-11-23T21:25:01Z"}), 400, "InvalidTimeStamp.Expired"),
    (rpc_request("Use", {"SecurityToken": "t"}), 400, "Unsupported.SecurityToken"),
    (rpc_request("Use", {"AccessKeyId": "STS.abc"}), 400, "Unsupported.SecurityToken"),
    (
        acs3_request("Use", changes={"x-acs-security-token": "t"}),
        400,
        "Unsupported.SecurityToken",
    ),
    (rpc_request("Use", {"BearerToken": "t"}), 400, "Unsupported.BearerToken"),
    (rpc_request("Use", {"SignatureType": "BEARERTOKEN"}), 400, "Unsupported.BearerToken"),
    (
        wire_request("", headers={"x-acs-bearer-token": "t"}),
        400,
        "Unsupported.BearerToken",
    ),
    (
        wire_request("", headers={"authorization": "ACS4-HMAC-SHA256 Credential=a/b"}),
        400,
        "Unsupported.SignatureAlgorithm",
    ),
    (wire_request("", headers={"authorization": "ACS3-"}), 400, "IncompleteSignature"),
    (acs3_request("Use", changes={"x-acs-date": None}), 400, "IncompleteSignature"),
    (acs3_request("Use", changes={"x-acs-signature-nonce": ""}), 400, "IncompleteSignature"),
    (acs3_request("Use", "Action=Look"), 400, "InvalidParameter"),
    (acs3_request("Use", "Version=2015-01-01"), 400, "InvalidParameter"),
    (
        acs3_request("Use", changes={"x-acs-date": "2026-11-23T20:54:59Z"}),
        400,
        "InvalidTimeStamp.Expired",
    ),
    (rpc_request("Use", {"AccessKeyId": "LTAInobody"}), 404, "InvalidAccessKeyId.NotFound"),
    (rpc_request("Use", {"AccessKeyId": "a\nb"}), 404, "InvalidAccessKeyId.NotFound"),
    (rpc_request("Use", secret=b"wrong"), 400, "SignatureDoesNotMatch"),
    (acs3_request("Use", secret=b"wrong"), 400, "SignatureDoesNotMatch"),
]


@pytest.mark.parametrize(("request_", "status", "code"), PROTOCOL_REFUSALS)
def test_a_caller_who_is_not_known_is_refused_and_not_recorded(
    bench: Bench, request_: WireRequest, status: int, code: str
) -> None:
    with capture_logs() as lines:
        answer = bench.ask(request_)
    assert (answer.status, answer.code) == (status, code)
    assert UUID4.fullmatch(answer.body["RequestId"])
    assert answer.body["HttpStatus"] == status
    assert answer.body["HostId"] == "127.0.0.1:8000"
    assert not bench.handlers.calls
    assert not bench.journal.records
    assert [line["code"] for line in lines] == [code]


def test_an_acs3_algorithm_of_another_kind_is_refused_by_name(bench: Bench) -> None:
    request = acs3_request("Use")
    authorization = request.headers["authorization"].replace("HMAC-SHA256", "RSA-SHA256")
    request.headers = {**request.headers, "authorization": authorization}
    assert bench.ask(request).code == "Unsupported.SignatureAlgorithm"


def test_a_signed_header_that_is_missing_is_an_incomplete_signature(bench: Bench) -> None:
    request = acs3_request("Use", changes={"accept": "x"})
    request.headers = {n: v for n, v in request.headers.items() if n != "accept"}
    assert bench.ask(request).code == "IncompleteSignature"


def test_a_body_other_than_the_signed_one_does_not_match(bench: Bench) -> None:
    request = acs3_request("Use", body=b"KeyId=k-1")
    request.body = b"KeyId=k-2"
    assert bench.ask(request).code == "SignatureDoesNotMatch"


def test_the_action_may_stay_in_the_query_of_acs3(bench: Bench) -> None:
    query = "Action=Use&Format=JSON&KeyId=k-1&Version=2016-01-20"
    assert bench.ask(acs3_request("Use", query)).status == 200


def test_a_mismatch_names_the_string_to_sign_as_clients_cut_it(bench: Bench) -> None:
    with capture_logs() as lines:
        message = bench.ask(rpc_request("Use", KEY, secret=b"wrong")).body["Message"]
    assert message.count(":") == 1
    assert message.split(" is:")[1].startswith("POST&%2F&AccessKeyId%3D")
    assert message.endswith("%26Version%3D2016-01-20")
    assert "POST" not in str(lines)
    acs3 = bench.ask(acs3_request("Use", secret=b"wrong")).body["Message"]
    assert re.search(r"is:ACS3-HMAC-SHA256\n[0-9a-f]{64}$", acs3)


def test_a_get_replayed_as_post_does_not_match(bench: Bench) -> None:
    request = rpc_request("Use", KEY, method="GET")
    request.method = "POST"
    assert bench.ask(request).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("second", ["20:55:00", "20:55:01", "21:24:59", "21:25:00"])
def test_timestamps_up_to_fifteen_minutes_away_are_taken(bench: Bench, second: str) -> None:
    timestamp = f"2026-11-23T{second}Z"
    assert bench.ask(rpc_request("Use", {**KEY, "Timestamp": timestamp})).status == 200


def test_a_request_that_is_not_signed_burns_no_nonce(bench: Bench) -> None:
    assert bench.ask(rpc_request("Use", KEY, secret=b"wrong")).code == "SignatureDoesNotMatch"
    assert bench.ask(rpc_request("Use", KEY)).status == 200


def test_without_a_nonce_the_signature_is_the_nonce(bench: Bench) -> None:
    bare = {**KEY, "SignatureNonce": None}
    assert bench.ask(rpc_request("Use", bare)).status == 200
    assert bench.ask(rpc_request("Use", bare)).code == "SignatureNonceUsed"
    assert bench.ask(rpc_request("Use", {**bare, "Count": "2"})).status == 200


def test_fifty_parallel_replays_succeed_once(bench: Bench) -> None:
    request = rpc_request("Use", KEY)

    async def replay() -> list[int]:
        answers = await asyncio.gather(*(bench.door.answer(request) for _ in range(50)))
        return [answer.status for answer in answers]

    assert sorted(asyncio.run(replay())) == [200] + [400] * 49


def test_an_inactive_key_is_told_so_only_with_the_right_secret(bench: Bench) -> None:
    bench.credentials.known[ACCESS_KEY_ID] = credential(active=False)
    assert bench.ask(rpc_request("Use", KEY, secret=b"wrong")).code == "SignatureDoesNotMatch"
    answer = bench.ask(rpc_request("Use", KEY))
    assert (answer.status, answer.code) == (403, "Forbidden.AccessKey")
    assert not bench.journal.records


def test_an_access_key_id_that_cannot_exist_is_not_looked_up(bench: Bench) -> None:
    for access_key_id in ("a.b", "é", "x" * 65, "a\x01"):
        answer = bench.ask(rpc_request("Use", {"AccessKeyId": access_key_id}))
        assert answer.code == "InvalidAccessKeyId.NotFound"
    assert not bench.credentials.asked


def test_an_unknown_access_key_never_verifies(bench: Bench) -> None:
    request = rpc_request(
        "Use", {"AccessKeyId": "LTAInobody"}, secret=b"no access key has this secret"
    )
    assert bench.ask(request).code == "InvalidAccessKeyId.NotFound"
    assert not bench.handlers.calls


def test_a_cold_credential_is_loaded_in_a_thread(bench: Bench) -> None:
    bench.credentials.is_cold = True
    assert bench.ask(rpc_request("Use", KEY)).status == 200
    assert bench.credentials.asked == [ACCESS_KEY_ID] * 2


def test_a_database_that_is_gone_before_the_caller_is_known(
    bench: Bench, database_error: OperationalError
) -> None:
    bench.credentials.error = database_error
    with capture_logs() as lines:
        answer = bench.ask(rpc_request("Use", KEY))
    assert (answer.status, answer.code) == (503, "ServiceUnavailableTemporary")
    assert {line["event"] for line in lines} == {"database_failed", "refused"}
    assert "canary" not in f"{lines}{answer.response.body!r}"


REGIONS = [
    ("", "127.0.0.1:8000", "cn-hangzhou"),
    ("cn-beijing", "kms.cn-shanghai.aliyuncs.com", "cn-beijing"),
    ("", "kms.cn-shanghai.aliyuncs.com", "cn-shanghai"),
    ("", "KMS.cn-shanghai.example:8443", "cn-shanghai"),
    ("", "kms.nowhere.aliyuncs.com", "cn-hangzhou"),
    ("", "kms.cn-shanghai", "cn-hangzhou"),
    ("", "oss.cn-shanghai.aliyuncs.com", "cn-hangzhou"),
]


@pytest.mark.parametrize(("region_id", "host", "region"), REGIONS)
def test_the_region_is_said_by_parameter_or_host_or_default(
    bench: Bench, region_id: str, host: str, region: str
) -> None:
    params = {**KEY, "RegionId": region_id}
    bench.ask(rpc_request("Use", params, headers={"host": host}))
    assert bench.handlers.calls[0][0].region == region
    assert bench.journal.records[0].region == region


def test_an_unknown_region_is_refused_and_recorded(bench: Bench) -> None:
    answer = bench.ask(rpc_request("Use", {**KEY, "RegionId": "moon-1"}))
    assert (answer.status, answer.code) == (400, "InvalidParameter")
    assert "RegionId" in answer.body["Message"]
    assert bench.outcomes == ["InvalidParameter"]


def test_crypto_runs_on_the_event_loop_and_the_rest_in_threads(bench: Bench) -> None:
    for number, action in enumerate(("Use", "Look", "Change")):
        bench.ask(rpc_request(action, {**KEY, "SignatureNonce": str(number)}))
    assert bench.handlers.threads == [True, False, False]


def test_crypto_on_a_cold_snapshot_runs_again_in_a_thread(bench: Bench) -> None:
    bench.handlers.cold_times = 1
    assert bench.ask(rpc_request("Use", KEY)).status == 200
    assert bench.handlers.threads == [True, False]
    assert bench.outcomes == ["OK"]


def test_every_answer_but_a_change_is_in_the_journal_first(bench: Bench) -> None:
    bench.handlers.result = {"KeyVersionId": "v-1"}
    answer = bench.ask(rpc_request("Use", KEY))
    (record,) = bench.journal.records
    assert bench.journal.syncs == 1
    assert (record.action, record.subject, record.version_id) == ("Use", "k-1", "v-1")
    assert (record.outcome, record.request_id) == ("OK", answer.body["RequestId"])
    assert (record.user_name, record.source_ip) == ("alice", "10.1.2.3")
    bench.ask(rpc_request("Change", {**KEY, "SignatureNonce": "2"}))
    assert len(bench.journal.records) == 1


def test_the_real_journal_takes_the_entries(bench: Bench, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", fsync=True)
    bench.door.journal = journal
    hostile = {"KeyId": "k\x0b中" + "x" * 9000}
    with closing(journal):
        assert bench.ask(rpc_request("Use", hostile)).status == 200
    (file,) = (tmp_path / "journal").iterdir()
    assert b'"Use"' in file.read_bytes()


@pytest.mark.parametrize("action", ["Use", "Look", "Change"])
def test_a_refusal_is_recorded_with_its_code_and_subject(bench: Bench, action: str) -> None:
    bench.handlers.error = KeyDisabled().about("acs:kms:r:a:key/k-1")
    answer = bench.ask(rpc_request(action, KEY))
    assert (answer.status, answer.code) == (409, "Rejected.Disabled")
    (record,) = bench.journal.records
    assert (record.outcome, record.subject) == ("Rejected.Disabled", "acs:kms:r:a:key/k-1")


def test_a_refusal_that_the_service_recorded_is_not_recorded_twice(bench: Bench) -> None:
    bench.handlers.error = refusal = KeyNotFound()
    refusal.audited = True
    assert bench.ask(rpc_request("Change", KEY)).code == "Forbidden.KeyNotFound"
    assert not bench.journal.records


def test_a_key_that_the_operation_ignores_is_not_its_subject(bench: Bench) -> None:
    @bench.handlers.registry.action("List", kind=Kind.READ)
    def list_nothing(actor: Actor) -> dict[str, Any]:
        return {}

    assert bench.ask(rpc_request("List", KEY)).status == 200
    (record,) = bench.journal.records
    assert (record.action, record.subject) == ("List", "")


@pytest.mark.parametrize("action", ["Use", "Look", "Change"])
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "MissingParameter"),
        ({"KeyId": "k", "Count": "x"}, "InvalidParameter"),
        ({"KeyId": "k", "Recipient": "x"}, "InvalidParameter"),
    ],
)
def test_arguments_that_do_not_bind_are_recorded(
    bench: Bench, action: str, params: dict[str, str], code: str
) -> None:
    answer = bench.ask(rpc_request(action, params))
    assert (answer.status, answer.code) == (400, code)
    assert bench.outcomes == [code]
    assert bench.journal.records[0].subject == params.get("KeyId", "")


@pytest.mark.parametrize("action", ["Use", "Look"])
def test_without_an_entry_there_is_no_answer(bench: Bench, action: str) -> None:
    bench.handlers.result = {"Plaintext": "canary"}
    bench.journal.is_full = True
    answer = bench.ask(rpc_request(action, KEY))
    assert (answer.status, answer.code) == (503, "ServiceUnavailableTemporary")
    assert b"canary" not in answer.response.body


@pytest.mark.parametrize("error", [OperationalError("canary"), InterfaceError("canary")])
def test_a_database_that_is_gone_is_a_503(bench: Bench, error: Exception) -> None:
    bench.handlers.error = error
    with capture_logs() as lines:
        answer = bench.ask(rpc_request("Look", KEY))
    assert (answer.status, answer.code) == (503, "ServiceUnavailableTemporary")
    assert bench.outcomes == ["ServiceUnavailableTemporary"]
    assert "canary" not in str(lines)


def test_a_fault_is_a_500_whose_log_line_quotes_nothing(bench: Bench) -> None:
    bench.handlers.error = ZeroDivisionError("canary")
    with capture_logs() as lines:
        answer = bench.ask(rpc_request("Use", {**KEY, "Extra": "canary"}))
    assert (answer.status, answer.code) == (500, "InternalFailure")
    assert bench.outcomes == ["InternalFailure"]
    (line,) = lines
    assert (line["error"], line["request_id"]) == ("ZeroDivisionError", answer.body["RequestId"])
    assert "conftest.py" in line["where"]
    assert "canary" not in f"{lines}{answer.response.body!r}"


def test_a_result_that_cannot_be_rendered_is_recorded_as_the_failure_it_is(bench: Bench) -> None:
    bench.handlers.result = {"Oops": object()}
    assert bench.ask(rpc_request("Use", KEY)).code == "InternalFailure"
    assert bench.outcomes == ["InternalFailure"]


def test_a_full_nonce_store_is_a_503_and_nothing_runs(bench: Bench) -> None:
    bench.nonces._sizes = ()
    answer = bench.ask(rpc_request("Use", KEY))
    assert (answer.status, answer.code) == (503, "ServiceUnavailableTemporary")
    assert not bench.handlers.calls


@pytest.mark.parametrize("query", ["", "utm_source=x", "RegionId=cn-hangzhou"])
def test_a_browser_is_shown_to_the_console(bench: Bench, query: str) -> None:
    response = bench.ask(wire_request(query, method="GET")).response
    assert (response.status, response.headers) == (302, [("location", "/console/")])


def test_what_the_server_could_not_read_is_refused_in_the_same_words(bench: Bench) -> None:
    response = bench.door.refuse(wire_request("Action=Encrypt"), BodyTooLarge())
    body = json.loads(response.body)
    assert (response.status, body["Code"]) == (413, "RequestEntityTooLarge")
    assert UUID4.fullmatch(body["RequestId"])


def test_nothing_that_is_logged_or_shown_holds_parameters(bench: Bench) -> None:
    request = rpc_request("Use", {**KEY, "Plaintext": "canary"}, secret=SECRET + b"x")
    with capture_logs() as lines:
        bench.ask(request)
    assert "canary" not in f"{lines}{request!r}"
