"""Who asks, from where, and at what time: the first argument of every service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kms_console.core.errors import NoPermission

Facts = Callable[[], Mapping[str, str]]


class Authority(Protocol):
    """What a caller may do. `iam` compiles policies into one; an account's owner may do all."""

    def allows(self, action: str, resource: str, facts: Facts) -> bool:
        """Tell whether `action` (`kms:Encrypt`) on `resource` (an ARN) is allowed.

        `facts` is called only when a policy has conditions, and gives the request's attributes
        (`acs:SourceIp`, `kms:tag/team`, …). Explicit deny wins; silence is a denial.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One authenticated caller of one request.

    `now` is the account's time (UTC; training accounts may be shifted), `region` the region the
    request speaks to, `access_key_id` empty where no access key was used.
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

    def require(
        self, action: str, resource: str, attributes: Mapping[str, str] | None = None
    ) -> None:
        """Raise NoPermission unless `action` on `resource` is allowed.

        `attributes` are the resource's own condition keys, such as `kms:tag/<key>`.
        """
        if not self.authority.allows(action, resource, lambda: self._facts(attributes)):
            raise NoPermission().about(resource)

    def _facts(self, attributes: Mapping[str, str] | None) -> dict[str, str]:
        return {
            "acs:SourceIp": self.source_ip,
            "acs:SecureTransport": "true" if self.secure_transport else "false",
            "acs:CurrentTime": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **(attributes or {}),
        }


class Unrestricted:
    """The authority of an account's owner and of the command line on the host."""

    __slots__ = ()

    def allows(self, action: str, resource: str, facts: Facts) -> bool:
        return True


UNRESTRICTED = Unrestricted()
