"""Language and theme: cookies of this browser, set by forms, so that no script is needed."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kms_console.access.console.going import page_of_ours
from kms_console.console.context import THEME_COOKIE, THEMES

_YEAR = 365 * 24 * 3600
_LANGUAGES = {code for code, _name in settings.LANGUAGES}


@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Take `language` or `theme` of the form, and go back to the page it was on."""
    response = redirect(page_of_ours(request.POST.get("back", "")) or "home")
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if language in _LANGUAGES:
        _keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    if theme in THEMES:
        _keep(response, THEME_COOKIE, theme)
    return response


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", httponly=True)


set_preferences.open_to_all = True  # type: ignore[attr-defined]
