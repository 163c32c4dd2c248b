"""The actor of whoever sits at the host itself: whoever can read the root key needs no policy."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from kms_console.core.actor import UNRESTRICTED, Actor
from kms_console.core.clock import utc_now
from kms_console.core.errors import NoPermission


def host_actor(account_id: str = "") -> Actor:
    """An actor for the command line, in the account it acts on or, without one, above them all."""
    return Actor(
        account_id=account_id,
        user_id="",
        user_name="cli",
        access_key_id="",
        region="",
        source_ip="",
        secure_transport=False,
        request_id=str(uuid4()).upper(),
        now=utc_now(),
        authority=UNRESTRICTED,
    )


def timer_actor(account_id: str, region: str, now: datetime) -> Actor:
    """The actor of what happens by itself, in the account and region that it happens to."""
    return replace(host_actor(account_id), user_name="timer", region=region, now=now)


def require_host(actor: Actor) -> None:
    """Raise NoPermission for every actor that belongs to an account."""
    if actor.account_id or actor.authority is not UNRESTRICTED:
        raise NoPermission()
