"""Policies of resources: documents whose statements say themselves whom they speak of.

Like those of users, with `"Principal": {"RAM": [ARN, …]}` in each statement, an optional `Sid`,
`kms:` actions only, and `"Resource": "*"`: the resource that has the policy.
"""

import re
from dataclasses import dataclass

from kms_console.core.errors import PolicyInvalid
from kms_console.iam.policy.document import ELEMENTS, Statement, statement_of, values_of
from kms_console.iam.policy.reading import object_of, strings_of

_NEEDED = ELEMENTS | {"Principal"}
_OPTIONAL = frozenset({"Condition", "Sid"})
_PRINCIPAL = re.compile(r"acs:ram::([0-9]+):(root|\*|(?:user|role)/[A-Za-z0-9._-]{1,64})")
_ACCOUNT = frozenset({"root", "*"})
_SID = re.compile(r"[A-Za-z0-9_/+=.@ -]{0,128}")
_ITSELF = ["*"]
_SERVICE = "kms:"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A statement and whom it speaks of: users and roles by ARN, or the account as a whole."""

    statement: Statement
    principals: frozenset[str]
    is_to_account: bool

    def concerns(self, principal: str) -> bool:
        """Tell whether it speaks of one RAM user.

        A denial to the account reaches all of its users. A grant to it reaches its owner alone,
        who may do everything already: what users may do is left to their own policies, as with
        the policy that the cloud gives every key.
        """
        return principal in self.principals or (self.is_to_account and self.statement.denies)


def parse_resource_policy(text: str, account_id: str) -> tuple[Addressed, ...]:
    """Read the policy of a resource of `account_id`, at most 32768 bytes.

    Raises PolicyInvalid, also for a principal of another account: no account reaches into another
    here, and a grant that can never hold would only mislead. Nothing checks that a user exists;
    roles do not, and their names match nobody.
    """
    return tuple(_addressed(value, where, account_id) for where, value in values_of(text))


def _addressed(value: object, where: str, account_id: str) -> Addressed:
    members = object_of(value, where, needed=_NEEDED, optional=_OPTIONAL)
    sid = members.get("Sid", "")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise PolicyInvalid(reason=f"{where}: Sid is at most 128 letters, digits and _/+=.@-.")
    statement = statement_of(members, where)
    if strings_of(members["Resource"], "Resource", where) != _ITSELF:
        raise PolicyInvalid(reason=f"{where}: the Resource of a key's policy is *.")
    actions = strings_of(members["Action"], "Action", where)
    if not all(action.lower().startswith(_SERVICE) for action in actions):
        raise PolicyInvalid(reason=f"{where}: an Action of a key's policy begins with kms:.")
    principals = _principals(members["Principal"], where, account_id)
    return Addressed(
        statement=statement,
        principals=frozenset(f"acs:ram::{account_id}:{name}" for name in principals - _ACCOUNT),
        is_to_account=bool(principals & _ACCOUNT),
    )


def _principals(value: object, where: str, account_id: str) -> frozenset[str]:
    """The names behind the account: `root`, `*`, `user/…`, `role/…`."""
    members = object_of(value, f"Principal of {where}", needed=frozenset({"RAM"}))
    texts = strings_of(members["RAM"], "RAM", where)
    return frozenset(_principal(text, where, account_id) for text in texts)


def _principal(text: str, where: str, account_id: str) -> str:
    match = _PRINCIPAL.fullmatch(text)
    if match is None:
        raise PolicyInvalid(reason=f"{where}: a principal is not the ARN of an account or user.")
    if match[1] != account_id:
        raise PolicyInvalid(reason=f"{where}: a principal is of another account.")
    return match[2]
