"""Wrong passwords and codes: counted by django-axes, which is told nothing that was typed.

Its tables hold a keyed digest of the login name, an address, a moment and a count. Five failures of
one name from one address close the door to the two for a quarter of an hour; so do many of one
address under any names, and many of one name from anywhere. Names that nobody has count alike.
"""

import logging
from copy import copy
from typing import Any

import structlog
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest, QueryDict

from kms_console.core.clock import utc_now
from kms_console.core.sealing import Purpose, sealer
from kms_console.iam.models import User

MOST_OF_ADDRESS = 50
MOST_OF_NAME = 100

logging.getLogger("axes").setLevel(logging.ERROR)  # what it says, ours say in one line

_log = structlog.get_logger("kms.security")

Credentials = dict[str, Any]


class Throttle(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """axes' own handler, with limits for an address and for a name as a whole."""

    def is_locked(self, request: HttpRequest, credentials: Credentials | None = None) -> bool:
        if super().is_locked(request, credentials):
            return True
        name = name_digest(request, credentials)
        return (
            _failures(ip_address=client_address(request)) >= MOST_OF_ADDRESS
            or _failures(username=name) >= MOST_OF_NAME
        )

    def user_login_failed(
        self, sender: Any, credentials: Credentials, request: HttpRequest, **more: Any
    ) -> None:
        """Count a failure. The handler gets a request without the form's fields to keep."""
        bare: Any = copy(request)
        bare.GET = bare.POST = QueryDict()
        bare.axes_user_agent = bare.axes_http_accept = ""
        super().user_login_failed(sender, credentials, bare, **more)
        request.axes_locked_out = bare.axes_locked_out  # type: ignore[attr-defined]


def is_locked(request: HttpRequest, login: str) -> bool:
    """Tell whether nothing is taken from this address under this name for now."""
    return bool(AxesProxyHandler.is_locked(request, {"login": login}))


def note_failure(request: HttpRequest, login: str) -> None:
    """Count what was wrong though the password was right: a code, or whose it was."""
    user_login_failed.send(__name__, credentials={"login": login}, request=request)


def log_refusal(request: HttpRequest, login: str, reason: str) -> None:
    """One line for the operator. A name that no user has may be a password: it is not written."""
    known = login if User.objects.filter(login=login).exists() else "?"
    address = client_address(request)
    _log.warning("sign_in_refused", login=known, reason=reason, source_ip=address)


def name_digest(request: HttpRequest, credentials: Credentials | None) -> str:
    """What the tables have for a login name."""
    given = credentials or {}
    login = str(given.get("login") or given.get("username") or "")
    return sealer().mac(Purpose.SESSION, f"login name\n{login}".encode()).hex()[:40]


def client_address(request: HttpRequest) -> str:
    """The caller's address: the server has read trusted proxies' headers already."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45] or "0.0.0.0"  # noqa: S104  # no binding


def _failures(**whose: str) -> int:
    recent = AccessAttempt.objects.filter(
        **whose, attempt_time__gte=utc_now() - settings.AXES_COOLOFF_TIME
    )
    return recent.aggregate(total=Sum("failures_since_start"))["total"] or 0
