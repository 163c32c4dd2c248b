"""Pages for what cannot be answered: refusals, forged forms, addresses that lead nowhere."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kms_console.core.errors import Kind, KmsError

STATUSES: Mapping[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.DENIED: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.THROTTLED: 429,
    Kind.TOO_LARGE: 413,
    Kind.TOO_SLOW: 408,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}


def refused_page(request: HttpRequest, refusal: KmsError) -> HttpResponse:
    """The page that says why, with the code that the API has for it."""
    status = STATUSES[refusal.kind]
    return render(request, "console/refused.html", {"refusal": refusal}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that this browser was not given, or that is too old."""
    return render(request, "console/forged.html", status=403)
