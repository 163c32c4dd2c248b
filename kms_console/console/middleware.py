"""What holds for every page: who may see it, in which region, and what a refusal looks like."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kms_console.console.errors import refused_page
from kms_console.console.life import is_over
from kms_console.console.places import COOKIE
from kms_console.core.errors import KmsError
from kms_console.core.regions import Region
from kms_console.iam.models import User

PAGES = "/console/"
_YEAR = 365 * 24 * 3600

Answer = Callable[[HttpRequest], HttpResponse]


class SecureCookieMiddleware:
    """Over https every cookie is for https alone, whoever sets it: this stands outside them all."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


class ConsoleMiddleware:
    """Guards everything below `/console/` but for views that are marked `open_to_all`."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        if not request.path.startswith(PAGES):
            return response
        response.headers.setdefault("Cache-Control", "no-store")
        region = getattr(request, "region", None)
        if region is not None and request.COOKIES.get(COOKIE) != region.id:
            response.set_cookie(COOKIE, region.id, max_age=_YEAR, samesite="Lax", httponly=True)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not request.path.startswith(PAGES) or getattr(view, "open_to_all", False):
            return None
        region = kwargs.get("region")
        if isinstance(region, Region):
            request.region = region  # type: ignore[attr-defined]
        return _detour(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, KmsError) and request.path.startswith(PAGES):
            return refused_page(request, error)
        return None


def _detour(request: HttpRequest) -> HttpResponse | None:
    """Where somebody has to go first: to sign in, or to choose a password."""
    user = request.user
    if not isinstance(user, User) or user.account is None:
        return _to_sign_in(request)
    if is_over(request):
        logout(request)
        messages.info(request, _("You were signed out after a while without a click."))
        return _to_sign_in(request)
    password = reverse("access:password")
    if user.must_change_password and request.path != password:
        return _go(request, password)
    return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return _go(request, f"{reverse('access:login')}?{urlencode({'next': request.path})}")


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect of the whole page, also when only a part of it was asked for."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
