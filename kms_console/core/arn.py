"""Resource names of the key service: `acs:kms:{region}:{account}:{resource}` (seed chapter 4)."""


def key_container(region: str, account_id: str) -> str:
    """The resource of CreateKey and ListKeys."""
    return f"acs:kms:{region}:{account_id}:key"


def key(region: str, account_id: str, key_id: str) -> str:
    """The resource of every operation on one key."""
    return f"acs:kms:{region}:{account_id}:key/{key_id}"


def alias_container(region: str, account_id: str) -> str:
    """The resource of ListAliases."""
    return f"acs:kms:{region}:{account_id}:alias"


def alias(region: str, account_id: str, name: str) -> str:
    """The resource of an alias; `name` begins with `alias/`, which stands there once."""
    return f"acs:kms:{region}:{account_id}:{name}"


def user(account_id: str, name: str) -> str:
    """What policies call a RAM user: as a resource of `ram:` actions, and as a principal."""
    return f"acs:ram::{account_id}:user/{name}"


def trail(region: str, account_id: str) -> str:
    """The resource of `actiontrail:LookupEvents`, as the cloud's ActionTrail has it."""
    return f"acs:actiontrail:{region}:{account_id}:*"
