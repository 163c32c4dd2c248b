"""Names and ids: what they may be, how they are made, and what RAM calls the things they name."""

import re
import secrets
import string

from kms_console.core.errors import InvalidParameter

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_POLICY_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
_ALPHANUMERIC = string.ascii_letters + string.digits
_ACCESS_KEY_PREFIX = "LTAI5t"


def checked_name(name: str, parameter: str) -> str:
    """The name of an account, user or group: 1-64 of ASCII letters, digits and `._-`.

    Raises InvalidParameter naming `parameter`.
    """
    if not _NAME.fullmatch(name):
        raise InvalidParameter(name=parameter)
    return name


def checked_policy_name(name: str) -> str:
    """The same with up to 128 characters. Raises InvalidParameter."""
    if not _POLICY_NAME.fullmatch(name):
        raise InvalidParameter(name="PolicyName")
    return name


def new_account_id() -> str:
    """16 random digits, the first one not 0."""
    return _digits(16)


def new_user_id() -> str:
    """18 random digits, the first one not 0."""
    return _digits(18)


def new_access_key_id() -> str:
    """The cloud's prefix and 18 random characters."""
    return _ACCESS_KEY_PREFIX + random_text(18)


def random_text(length: int) -> str:
    """Random letters and digits: 5.95 bits each."""
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def group_arn(account_id: str, name: str) -> str:
    """What a policy calls a group when it grants `ram:` actions."""
    return f"acs:ram::{account_id}:group/{name}"


def policy_arn(account_id: str, name: str) -> str:
    """What a policy calls a policy; the account of a system policy is `system`."""
    return f"acs:ram::{account_id or 'system'}:policy/{name}"


def _digits(count: int) -> str:
    return str(10 ** (count - 1) + secrets.randbelow(9 * 10 ** (count - 1)))
