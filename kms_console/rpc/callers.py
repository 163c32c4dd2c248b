"""From a proven credential to the actor that services know."""

import os
from collections.abc import Mapping
from datetime import datetime

from kms_console.core.actor import Actor
from kms_console.core.regions import REGIONS
from kms_console.iam.credentials import Credential
from kms_console.rpc.wire import WireRequest


def new_request_id() -> str:
    """A random UUID (RFC 9562, version 4) in capitals, as the API writes it."""
    # Cheaper than uuid.uuid4() and as random; every request has one.
    digits = os.urandom(16).hex().upper()
    variant = "89AB"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def region_of(values: Mapping[str, str], host: str, default: str) -> str:
    """The region that a request speaks to; empty when it names one that does not exist.

    `RegionId` decides, else a Host such as `kms.cn-beijing.aliyuncs.com`, else `default`.
    """
    named = values.get("RegionId")
    if named:
        return named if named in REGIONS else ""
    product, _, rest = host.lower().partition(".")
    region, dot, _ = rest.partition(".")
    return region if product == "kms" and dot and region in REGIONS else default


def actor_of(
    credential: Credential, request: WireRequest, *, region: str, request_id: str, now: datetime
) -> Actor:
    """The actor; its time is the account's, which a training account may have shifted."""
    return Actor(
        account_id=credential.account_id,
        user_id=credential.user_id,
        user_name=credential.user_name,
        access_key_id=credential.access_key_id,
        region=region,
        source_ip=request.peer,
        secure_transport=request.scheme == "https",
        request_id=request_id,
        now=now + credential.clock_offset,
        authority=credential.authority,
    )
