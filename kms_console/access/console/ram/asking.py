"""Dialogs about people and policies: a question, perhaps some fields, and a button."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kms_console.console.dialogs import UNPROCESSABLE, dialog, is_part
from kms_console.console.forms import Confirmation
from kms_console.core.errors import KmsError

TEMPLATE = "access/ask.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a dialog says, in the reader's language; `back` is the page behind it."""

    title: str
    back: str
    submit: str
    lead: str = ""
    note: str = ""
    is_danger: bool = False


def ask(
    request: HttpRequest,
    question: Question,
    run: Callable[[Mapping[str, Any]], None],
    *,
    said: str,
    form: forms.Form | None = None,
) -> HttpResponse:
    """Draw the question, or do what was asked and go back; `said` is told there."""
    if form is None:
        form = Confirmation(request.POST if request.method == "POST" else None)

    def go_back(data: Mapping[str, Any]) -> str:
        run(data)
        return question.back

    around = {"nav": "access", "question": question, "address": request.path}
    return dialog(request, TEMPLATE, form, run=go_back, said=said, around=around)


def ask_and_show(
    request: HttpRequest,
    question: Question,
    run: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
    template: str,
    *,
    form: forms.Form,
) -> HttpResponse | None:
    """The same where a secret comes of it: `run` gives what `template` shows this once.

    None where it gives nothing to show: the caller goes on. What is shown is no redirect, so that
    the secret is kept nowhere, and a reload asks for another one.
    """
    refusal: KmsError | None = None
    base = "console/dialog_part.html" if is_part(request) else "console/dialog_page.html"
    context = {"nav": "access", "question": question, "address": request.path, "base": base}
    if request.method == "POST" and form.is_valid():
        try:
            shown = run(form.cleaned_data)
        except KmsError as refused:
            refusal = refused
        else:
            return render(request, template, {**context, **shown}) if shown else None
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, TEMPLATE, {**context, "form": form, "refusal": refusal}, status=status)
