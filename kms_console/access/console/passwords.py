"""Choosing a password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, password_validation, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from kms_console.console.actors import actor_of
from kms_console.console.life import end_others, prove
from kms_console.console.people import person_of
from kms_console.iam.services.signin import LONGEST_PASSWORD, password_change


def password_field(label: Any, autocomplete: str, **more: Any) -> forms.CharField:
    """A field for a password as it is typed, never drawn again."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, max_length=LONGEST_PASSWORD, strip=False, widget=widget, **more
    )


class PasswordForm(forms.Form):
    """The old password, and a new one twice."""

    old = password_field(gettext_lazy("Current password"), "current-password")
    new = password_field(
        gettext_lazy("New password"),
        "new-password",
        help_text=gettext_lazy("At least 12 characters, not a common password."),
    )
    again = password_field(gettext_lazy("New password again"), "new-password")

    def __init__(self, data: Any, *, request: HttpRequest) -> None:
        super().__init__(data)
        self._request = request
        self._user = person_of(request)

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        # Through the throttle: a session left open must not be a place to guess.
        if authenticate(self._request, username=self._user.login, password=old) is None:
            raise ValidationError(_("This is not your current password."))
        return old

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self._user)
        if self._user.check_password(new):
            raise ValidationError(_("Choose another password than the current one."))
        return new

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("The two passwords differ."))
        return data


@sensitive_post_parameters("old", "new", "again")
def change_password(request: HttpRequest) -> HttpResponse:
    """The own password; after the first login nothing else can be done before."""
    user = person_of(request)
    form = PasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request, "")
        changed = password_change(actor=actor, user=user, new=form.cleaned_data["new"])
        update_session_auth_hash(request, changed)
        prove(request)
        request.session.save()
        end_others(request, user.id)
        messages.success(request, _("The password is changed. Other sessions have ended."))
        return redirect("home" if user.must_change_password else "access:settings")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "is_first": user.must_change_password}
    return render(request, "access/password.html", context, status=status)
