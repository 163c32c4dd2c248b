"""Who asks, from where, and at what time: the first argument of every service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Protocol

from kms_console.core import arn
from kms_console.core.errors import NoPermission

Facts = Callable[[], Mapping[str, str]]


class Decision(IntEnum):
    """What a set of policies says to a request; of two decisions the greater one holds."""

    SILENT = 0
    ALLOW = 1
    DENY = 2


# Python 3.11 looks a member of an enum up slowly, and every request asks.
_ALLOW = Decision.ALLOW


class Authority(Protocol):
    """What a caller may do. `iam` compiles policies into one; an account's owner may do all."""

    def decide(self, action: str, resource: str, facts: Facts) -> Decision:
        """What the caller's policies say to `action` (`kms:Encrypt`) on `resource` (an ARN).

        `facts` is called only when a policy has conditions, and gives the request's attributes
        (`acs:SourceIp`, `kms:tag/team`, …). Explicit deny wins.
        """
        ...


class ResourcePolicy(Protocol):
    """What a resource itself says about who may use it."""

    def decide(self, principal: str, action: str, facts: Facts) -> Decision:
        """What it says to `action` by `principal` (`acs:ram::{account}:user/{name}`)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One authenticated caller of one request.

    `now` is the account's time (UTC; training accounts may be shifted), `region` the region the
    request speaks to, `access_key_id` empty where no access key was used. `mfa_present` tells
    whether a person proved a second factor; it is None for programs.
    """

    account_id: str
    user_id: str
    user_name: str
    access_key_id: str
    region: str
    source_ip: str
    secure_transport: bool
    request_id: str
    now: datetime
    authority: Authority
    mfa_present: bool | None = None

    @property
    def principal(self) -> str:
        """What policies call the caller."""
        return arn.user(self.account_id, self.user_name)

    def require(
        self,
        action: str,
        resource: str,
        attributes: Mapping[str, str] | None = None,
        resource_policy: ResourcePolicy | None = None,
    ) -> None:
        """Raise NoPermission unless `action` on `resource` is allowed; silence is a denial.

        `attributes` are the resource's own condition keys, such as `kms:tag/<key>`. With a
        `resource_policy` either side's Allow suffices and either side's Deny wins, but for the
        account's owner: a resource cannot be taken from its owner.
        """

        def facts() -> Mapping[str, str]:
            return self._facts(attributes)

        decision = self.authority.decide(action, resource, facts)
        if resource_policy is not None and self.authority is not UNRESTRICTED:
            decision = max(decision, resource_policy.decide(self.principal, action, facts))
        if decision is not _ALLOW:
            is_explicit = decision is Decision.DENY
            raise NoPermission(action=action, is_explicit=is_explicit).about(resource)

    def may(self, action: str, resource: str) -> bool:
        """Tell whether `require` would let it pass; for what a page leaves out."""
        try:
            self.require(action, resource)
        except NoPermission:
            return False
        return True

    def _facts(self, attributes: Mapping[str, str] | None) -> dict[str, str]:
        return {
            "acs:SourceIp": self.source_ip,
            "acs:SecureTransport": "true" if self.secure_transport else "false",
            "acs:CurrentTime": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **self._proof(),
            **(attributes or {}),
        }

    def _proof(self) -> dict[str, str]:
        if self.mfa_present is None:
            return {}
        return {"acs:MFAPresent": "true" if self.mfa_present else "false"}


class Unrestricted:
    """The authority of an account's owner and of the command line on the host."""

    __slots__ = ()

    def decide(self, action: str, resource: str, facts: Facts) -> Decision:
        return _ALLOW


UNRESTRICTED = Unrestricted()
