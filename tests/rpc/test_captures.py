"""Every request that real clients were recorded with, through the door's own code."""

import pytest

from kms_console.rpc import params
from kms_console.rpc.claims import Claim, read_claim
from kms_console.rpc.signature import is_timely, parse_timestamp
from kms_console.rpc.wire import WireRequest
from tests.rpc.requests import ACCESS_KEY_ID, CAPTURES, NOW, SECRET, read_captures

REQUESTS = [
    pytest.param(request, id=f"{path.stem}-{number}")
    for path in sorted(CAPTURES.glob("*.txt"))
    for number, request in enumerate(read_captures(path))
]


def claim_of(request: WireRequest) -> Claim:
    content_type = request.headers.get("content-type", "")
    return read_claim(request, params.parse(request.query, request.body, content_type))


def test_all_captures_are_read() -> None:
    assert len(REQUESTS) == 76


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_recorded_signature_verifies(request_: WireRequest) -> None:
    claim = claim_of(request_)
    assert claim.access_key_id == ACCESS_KEY_ID
    assert claim.version == "2016-01-20"
    assert claim.signature.is_made_with(SECRET)
    assert is_timely(parse_timestamp(claim.timestamp), parse_timestamp(NOW))


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_recorded_signature_does_not_verify_with_another_secret(request_: WireRequest) -> None:
    assert not claim_of(request_).signature.is_made_with(SECRET + b"x")


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_recorded_request_with_one_more_parameter_does_not_verify(
    request_: WireRequest,
) -> None:
    request_ = WireRequest(
        request_.method,
        request_.path,
        f"{request_.query}&Added=1" if request_.query else "Added=1",
        request_.headers,
        request_.body,
        request_.peer,
        request_.scheme,
    )
    assert not claim_of(request_).signature.is_made_with(SECRET)
