"""What a request claims about itself: who signed it how, and what is asked (contract §1).

Nothing here is believed yet; the door checks the claim in the order of decision 15.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kms_console.core.errors import InvalidParameter, MissingParameter
from kms_console.rpc import signature
from kms_console.rpc.errors import (
    BearerTokenUnsupported,
    SecurityTokenUnsupported,
    SignatureAlgorithmUnsupported,
    SignatureIncomplete,
    TimestampMissing,
)
from kms_console.rpc.params import WireParams
from kms_console.rpc.wire import WireRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The unproven envelope of a request.

    `nonce` is the signature itself where the client sent none.
    """

    version: str
    action: str
    access_key_id: str
    timestamp: str
    nonce: str
    signature: signature.RpcSignature | signature.Acs3Signature


def is_unsigned(request: WireRequest, params: WireParams) -> bool:
    """Whether nothing says that this is an API call: such as a browser at the server's address."""
    return (
        "Signature" not in params.values
        and "Action" not in params.values
        and "authorization" not in request.headers
    )


def read_claim(request: WireRequest, params: WireParams) -> Claim:
    """Find the protocol and take the claim apart.

    Raises MissingParameter, InvalidParameter, SignatureIncomplete, TimestampMissing, or one of the
    named refusals of protocols that are not supported.
    """
    authorization = request.headers.get("authorization", "")
    _refuse_tokens(request.headers, params.values)
    if authorization.startswith("ACS3-"):
        return _acs3_claim(request, params, authorization)
    if authorization.startswith("ACS4-"):
        raise SignatureAlgorithmUnsupported()
    return _rpc_claim(request.method, params)


def _refuse_tokens(headers: Mapping[str, str], values: Mapping[str, str]) -> None:
    if headers.get("x-acs-security-token") or values.get("SecurityToken"):
        raise SecurityTokenUnsupported()
    if (
        "x-acs-bearer-token" in headers
        or values.get("BearerToken")
        or values.get("SignatureType") == "BEARERTOKEN"
    ):
        raise BearerTokenUnsupported()


def _rpc_claim(method: str, params: WireParams) -> Claim:
    values = params.values
    access_key_id = _needed(values, "AccessKeyId")
    claimed = _needed(values, "Signature")
    if _needed(values, "SignatureMethod") != "HMAC-SHA1":
        raise InvalidParameter(name="SignatureMethod")
    if _needed(values, "SignatureVersion") != "1.0":
        raise InvalidParameter(name="SignatureVersion")
    if not values.get("Timestamp"):
        raise TimestampMissing()
    return Claim(
        version=_needed(values, "Version"),
        action=_needed(values, "Action"),
        access_key_id=_permanent(access_key_id),
        timestamp=values["Timestamp"],
        nonce=values.get("SignatureNonce") or claimed,
        signature=signature.RpcSignature(method=method, values=values, wire=params.both.wire),
    )


def _acs3_claim(request: WireRequest, params: WireParams, authorization: str) -> Claim:
    headers = request.headers
    try:
        parsed = signature.parse_authorization(authorization)
        signature.digest_of(parsed.algorithm)
    except ValueError:
        raise SignatureIncomplete() from None
    except signature.AlgorithmUnavailable:
        raise SignatureAlgorithmUnsupported() from None
    if not all(headers.get(name) for name in signature.REQUIRED_HEADERS):
        raise SignatureIncomplete()
    if not all(name in headers for name in parsed.signed_headers):
        raise SignatureIncomplete()
    return Claim(
        version=_agreed(headers["x-acs-version"], params.values, "Version"),
        action=_agreed(headers["x-acs-action"], params.values, "Action"),
        access_key_id=_permanent(parsed.access_key_id),
        timestamp=headers["x-acs-date"],
        nonce=headers["x-acs-signature-nonce"],
        signature=signature.Acs3Signature(
            authorization=parsed,
            method=request.method,
            path=request.path,
            values=params.query.values,
            wire=params.query.wire,
            headers=headers,
            body=request.body,
        ),
    )


def _needed(values: Mapping[str, str], name: str) -> str:
    value = values.get(name)
    if not value:
        raise MissingParameter(name=name)
    return value


def _permanent(access_key_id: str) -> str:
    if access_key_id.startswith("STS."):
        raise SecurityTokenUnsupported()
    return access_key_id


def _agreed(header: str, values: Mapping[str, str], name: str) -> str:
    """The header's word, which a parameter of the same meaning may repeat but not contradict."""
    if values.get(name, header) != header:
        raise InvalidParameter(name=name)
    return header
