"""Short ways to write policies in tests."""

import json
from typing import Any

from kms_console.core.actor import Authority, Decision, Facts
from kms_console.iam.policy import CompiledPolicy, parse

KEY = "acs:kms:cn-hangzhou:1234567890123456:key/08ec3bb9-034f-485b-b1cd-3459baa8c1f2"


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "kms:*", "Resource": "*", **members}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


def compiled(*statements: dict[str, Any]) -> CompiledPolicy:
    return CompiledPolicy([parse(document(*statements))])


def allowed(policy: Authority, action: str, resource: str, facts: Facts) -> bool:
    """Whether a caller with this policy alone may do it: silence is a denial."""
    return policy.decide(action, resource, facts) is Decision.ALLOW
