"""The policy of a key: who may do what with it, said by the key itself."""

import json

from kms_console.iam.policy import CompiledResourcePolicy, parse_resource_policy


def compile_policy(text: str, account_id: str) -> CompiledResourcePolicy:
    """Compile the policy of a key of `account_id`. Raises PolicyInvalid."""
    return CompiledResourcePolicy(parse_resource_policy(text, account_id))


def default_policy(account_id: str) -> str:
    """What a key says that was given no policy: the cloud's own words.

    A grant to the account: its owner may do everything, and who else may is left to the policies
    of users and groups.
    """
    statement = {
        "Sid": "kms default key policy",
        "Effect": "Allow",
        "Principal": {"RAM": [f"acs:ram::{account_id}:*"]},
        "Action": ["kms:*"],
        "Resource": ["*"],
    }
    return json.dumps({"Version": "1", "Statement": [statement]})
