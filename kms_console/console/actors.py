"""From a signed-in user and a page's address to the actor that services know."""

from datetime import timedelta
from uuid import uuid4

from django.http import HttpRequest

from kms_console.console.people import person_of
from kms_console.console.sessions import FACTOR
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now
from kms_console.core.errors import NoPermission
from kms_console.iam.credentials import authority_of
from kms_console.iam.models import User


def actor_of(request: HttpRequest, region: str) -> Actor:
    """The caller of a page about `region`. Raises NoPermission for a user without an account."""
    return actor_for(request, person_of(request), region)


def actor_for(request: HttpRequest, user: User, region: str) -> Actor:
    """The same for a user who is not signed in yet. Raises NoPermission without an account."""
    if user.account is None:
        raise NoPermission()
    offset = timedelta(seconds=user.account.clock_offset)
    return Actor(
        account_id=user.account.id,
        user_id=user.id,
        user_name=user.name,
        access_key_id="",
        region=region,
        source_ip=request.META.get("REMOTE_ADDR", ""),
        secure_transport=request.is_secure(),
        request_id=str(uuid4()).upper(),
        now=utc_now() + offset,
        authority=authority_of(user),
        mfa_present=FACTOR in request.session,
    )
