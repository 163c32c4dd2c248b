"""再次验证: who is there is asked once more before what cannot be undone."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from kms_console.access.console import throttle
from kms_console.access.console.code import CodeForm
from kms_console.access.console.going import wanted_page
from kms_console.access.console.passwords import password_field
from kms_console.console.actors import actor_of
from kms_console.console.dialogs import is_part
from kms_console.console.life import prove
from kms_console.console.people import person_of
from kms_console.core.clock import utc_now
from kms_console.core.errors import KmsError
from kms_console.iam.models import SecondFactor
from kms_console.iam.services.second_factor import second_factor_prove


class PasswordProof(forms.Form):
    """The password, of those who have no second factor."""

    password = password_field(gettext_lazy("Password"), "current-password")

    def __init__(self, data: Any, *, request: HttpRequest) -> None:
        super().__init__(data)
        self._request = request
        self.fields["password"].widget.attrs["autofocus"] = True

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        login = person_of(self._request).login
        if authenticate(self._request, username=login, password=password) is None:
            throttle.log_refusal(self._request, login, "proof")
            raise ValidationError(_("This is not your password, or there were too many tries."))
        return password


class CodeProof(CodeForm):
    """A code, of those who have a second factor."""

    def __init__(self, data: Any, *, request: HttpRequest) -> None:
        super().__init__(data)
        self._request = request

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "code" in data:
            self._prove(data["code"])
        return data

    def _prove(self, code: str) -> None:
        try:
            second_factor_prove(actor=actor_of(self._request, ""), code=code, moment=utc_now())
        except KmsError as refused:
            self.add_error("code", _("The code is not valid, or there were too many tries."))
            throttle.log_refusal(self._request, person_of(self._request).login, refused.code)


@sensitive_post_parameters("password", "code")
def ask_for_proof(request: HttpRequest) -> HttpResponse:
    """A page, or the part of a dialog; leads to the page that wanted the proof."""
    user = person_of(request)
    has_factor = SecondFactor.objects.filter(pk=user.pk).exists()
    form = (CodeProof if has_factor else PasswordProof)(request.POST or None, request=request)
    page = wanted_page(request) or reverse("home")
    if request.method == "POST" and form.is_valid():
        prove(request)
        return redirect(page)
    base = "console/dialog_part.html" if is_part(request) else "console/dialog_page.html"
    field = form["code" if has_factor else "password"]
    context = {
        "form": form,
        "field": field,
        "base": base,
        "next": page,
        "address": request.path,
        "has_factor": has_factor,
        "back": reverse("home"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "access/prove.html", context, status=status)
