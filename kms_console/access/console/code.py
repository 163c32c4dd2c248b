"""两步验证: the second question of signing in."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from kms_console.access.console import pending, throttle
from kms_console.access.console.signing import LOCKED, let_in
from kms_console.console.actors import actor_for
from kms_console.core.clock import utc_now
from kms_console.core.errors import KmsError, SecondFactorBlocked
from kms_console.iam.models import User
from kms_console.iam.services.second_factor import second_factor_prove

_LONGEST_CODE = 32


class CodeInput(forms.TextInput):
    """A field that never shows again what was typed: a code is secret for as long as it lives."""

    def format_value(self, value: object) -> None:
        return None


class CodeForm(forms.Form):
    """Six digits, or a recovery code; spaces in between are how people copy them."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=_LONGEST_CODE,
        widget=CodeInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "class": "otp num",
            }
        ),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split()).lower()


class RecoveryForm(CodeForm):
    code = forms.CharField(
        label=gettext_lazy("Recovery code"),
        max_length=_LONGEST_CODE,
        widget=CodeInput(
            attrs={"autocomplete": "off", "autofocus": True, "class": "mono", "spellcheck": "false"}
        ),
    )


@sensitive_post_parameters("code")
def enter_code(request: HttpRequest) -> HttpResponse:
    """Take a code of whoever proved a password just before; five wrong ones close the door."""
    user = pending.user_of(request)
    if user is None:
        return redirect("access:login")
    is_recovery = "recovery" in request.GET
    form = (RecoveryForm if is_recovery else CodeForm)(request.POST or None)
    refusal: KmsError | None = None
    if request.method == "POST" and form.is_valid():
        refusal = _refusal(request, user, form.cleaned_data["code"])
        if refusal is None:
            return let_in(request, user, pending.page_of(request), factor=True)
    context = {"form": form, "refusal": refusal, "who": user.name, "is_recovery": is_recovery}
    status = LOCKED if isinstance(refusal, SecondFactorBlocked) else 422
    status = status if request.method == "POST" else 200
    return render(request, "access/login-2fa.html", context, status=status)


def _refusal(request: HttpRequest, user: User, code: str) -> KmsError | None:
    """Why the code is not taken; None for one that is."""
    if throttle.is_locked(request, user.login):
        return SecondFactorBlocked(minutes=15)
    try:
        second_factor_prove(actor=actor_for(request, user, ""), code=code, moment=utc_now())
    except KmsError as refused:
        throttle.note_failure(request, user.login)
        throttle.log_refusal(request, user.login, "code")
        return refused
    return None


enter_code.open_to_all = True  # type: ignore[attr-defined]
