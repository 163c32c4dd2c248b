"""Between the password and the code: who is half signed in, in a session that opens nothing."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from kms_console.core.clock import utc_now
from kms_console.iam.models import User
from kms_console.iam.services.signin import may_sign_in

WAITS = timedelta(minutes=5)

_USER, _SINCE, _PROOF, _NEXT = "pending", "pending_since", "pending_proof", "pending_next"


def begin(request: HttpRequest, user: User, page: str) -> None:
    """Remember whose password was right, under a new session key."""
    request.session.flush()
    request.session[_USER] = user.id
    request.session[_SINCE] = utc_now().timestamp()
    request.session[_PROOF] = user.get_session_auth_hash()
    request.session[_NEXT] = page


def user_of(request: HttpRequest) -> User | None:
    """Who proved a password within the last five minutes, if it is still the password."""
    since: float | None = request.session.get(_SINCE)
    if since is None or utc_now().timestamp() - since > WAITS.total_seconds():
        return None
    users = User.objects.select_related("account").filter(pk=request.session.get(_USER))
    user = users.first()
    if user is None or user.account is None or not may_sign_in(user):
        return None
    is_same = constant_time_compare(request.session[_PROOF], user.get_session_auth_hash())
    return user if is_same else None


def page_of(request: HttpRequest) -> str:
    """The page that was asked for before signing in."""
    return str(request.session.get(_NEXT, ""))
