"""How long a session lives, and how fresh the proof is that its user sits there."""

from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest

from kms_console.console.models import Session
from kms_console.console.sessions import (
    ADDRESS,
    AGENT,
    BEGAN,
    PROVED,
    SEEN,
    USER,
    row_key,
)
from kms_console.core.clock import utc_now
from kms_console.iam.models import User

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
PROOF = timedelta(minutes=10)

_NOTED_EVERY = 60.0  # seconds: not every page writes a row
_LONGEST_AGENT = 200
_LONGEST_ADDRESS = 45


def begin(sender: object, request: HttpRequest, user: User, **_: object) -> None:
    """Note in a session just begun whose it is and since when: a receiver of `user_logged_in`."""
    now = utc_now().timestamp()
    request.session[USER] = user.id
    request.session[ADDRESS] = request.META.get("REMOTE_ADDR", "")[:_LONGEST_ADDRESS]
    request.session[AGENT] = request.META.get("HTTP_USER_AGENT", "")[:_LONGEST_AGENT]
    request.session[BEGAN] = request.session[SEEN] = request.session[PROVED] = now
    Session.objects.filter(expire_date__lt=utc_now()).delete()


def living(user_id: str) -> QuerySet[Session]:
    """A user's sessions that are not over, the one that was used last first."""
    now = utc_now()
    sessions = Session.objects.filter(user_id=user_id, expire_date__gt=now)
    sessions = sessions.filter(seen_at__gte=now - IDLE, began_at__gte=now - LONGEST)
    return sessions.order_by("-seen_at")


def is_over(request: HttpRequest) -> bool:
    """Tell whether the session was idle for too long or is too old; else note that it is used.

    A session without its moments is over: nobody knows how old it is.
    """
    now = utc_now().timestamp()
    began, seen = request.session.get(BEGAN), request.session.get(SEEN)
    if began is None or seen is None:
        return True
    if now - began > LONGEST.total_seconds() or now - seen > IDLE.total_seconds():
        return True
    if now - seen > _NOTED_EVERY:
        request.session[SEEN] = now
    return False


def is_fresh(request: HttpRequest) -> bool:
    """Tell whether the user proved to be there within the last ten minutes."""
    proved: float | None = request.session.get(PROVED)
    return proved is not None and utc_now().timestamp() - proved <= PROOF.total_seconds()


def prove(request: HttpRequest) -> None:
    """Note that the user has proved it just now."""
    request.session[PROVED] = utc_now().timestamp()


def own_row(request: HttpRequest) -> str:
    """The row of this very session."""
    return row_key(request.session.session_key or "")


def end_others(request: HttpRequest, user_id: str) -> None:
    """End all sessions of a user but this one."""
    Session.objects.filter(user_id=user_id).exclude(session_key=own_row(request)).delete()
