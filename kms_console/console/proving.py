"""What cannot be undone asks once more who is there, unless that was just proved."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from kms_console.console.life import is_fresh

View = Callable[..., HttpResponseBase]


def proved(view: View) -> View:
    """Send to the page that asks for a proof, and back, if the last one is over ten minutes old.

    The redirect works for pages and for parts of them alike: the question then stands in the
    dialog. What a form held is asked for again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        return to_proof(request.path)

    return guarded


def to_proof(back: str) -> HttpResponseBase:
    """The way to the page that asks for a proof, and from there to `back`."""
    return redirect(f"{reverse('access:prove')}?{urlencode({'next': back})}")
