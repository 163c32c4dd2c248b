"""One rule for all flows: each dialog is an address of its own.

A plain GET draws a whole page with the form, htmx gets the part that goes into the open dialog.
A POST that is refused draws the form again with status 422 and the reason in place; one that
succeeds leads on. So every flow works without a script and can be linked to.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kms_console.core.errors import KmsError

UNPROCESSABLE = 422


def is_part(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page."""
    return bool(getattr(request, "htmx", False))


def go(request: HttpRequest, address: str) -> HttpResponse:
    """Lead the whole page to `address`, from a dialog or from a form without a script."""
    if is_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def dialog(
    request: HttpRequest,
    template: str,
    form: forms.Form,
    *,
    run: Callable[[Mapping[str, Any]], str | HttpResponse],
    said: str,
    around: Mapping[str, Any],
) -> HttpResponse:
    """Draw `form` in `template`, or `run` it and lead to the address that it returns.

    What is shown once and kept nowhere is no address: `run` then returns the answer itself.
    `said` is told to the reader afterwards. A KmsError of `run` is told in the dialog. `around` is
    what the template needs beside the form.
    """
    refusal: KmsError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            answer = run(form.cleaned_data)
        except KmsError as refused:
            refusal = refused
        else:
            if isinstance(answer, HttpResponse):
                return answer
            messages.success(request, said)
            return go(request, answer)
    status = UNPROCESSABLE if request.method == "POST" else 200
    return shown(request, template, {**around, "form": form, "refusal": refusal}, status=status)


def shown(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a dialog, as a part or as a whole page; also one that shows what has just been made."""
    base = "console/dialog_part.html" if is_part(request) else "console/dialog_page.html"
    return render(request, template, {**context, "base": base}, status=status)
