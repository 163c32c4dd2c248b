"""The user of a page behind the middleware, which lets in nobody else."""

from django.http import HttpRequest

from kms_console.core.errors import NoPermission
from kms_console.iam.models import User


def person_of(request: HttpRequest) -> User:
    """Raises NoPermission where nobody of an account is signed in."""
    user = request.user
    if not isinstance(user, User) or user.account is None:
        raise NoPermission()
    return user
