"""The second factor of a user's own: set up, taken off, and its recovery codes made anew."""

import secrets
from base64 import b32decode, b32encode
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from kms_console.access.console.code import CodeForm
from kms_console.console.actors import actor_of
from kms_console.console.dialogs import dialog
from kms_console.console.forms import Confirmation
from kms_console.console.people import person_of
from kms_console.console.proving import proved
from kms_console.console.sessions import FACTOR
from kms_console.core.clock import utc_now
from kms_console.core.errors import KmsError
from kms_console.core.secret import Secret
from kms_console.iam.models import SecondFactor, User
from kms_console.iam.services.second_factor import (
    DIGITS,
    STEP,
    recovery_codes_renew,
    second_factor_disable,
    second_factor_enable,
)

ISSUER = "KMS"

_SECRET = "new_factor"  # noqa: S105  # the name of a member of the sealed session
_SECRET_LENGTH = 20  # bytes, as RFC 4226 recommends


@proved
@sensitive_post_parameters("code")
@sensitive_variables("secret", "codes")
def set_up(request: HttpRequest) -> HttpResponse:
    """A new secret as a picture, until one code of it was typed in; then it is never shown again.

    Meanwhile the secret waits in the session, which is sealed. A reload draws another one.
    """
    user = person_of(request)
    if SecondFactor.objects.filter(pk=user.pk).exists():
        return redirect("access:settings")
    form, refusal = CodeForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        secret, code = _waiting(request), form.cleaned_data["code"]
        try:
            codes = second_factor_enable(
                actor=actor_of(request, ""), secret=secret, code=code, moment=utc_now()
            )
        except KmsError as refused:
            refusal = refused
        else:
            return _enabled(request, codes)
    elif request.method == "GET":
        _renew(request)
    context = {"nav": "settings", "form": form, "refusal": refusal, **_shown(request, user)}
    status = 422 if request.method == "POST" else 200
    return render(request, "access/second-factor.html", context, status=status)


@proved
def take_off(request: HttpRequest) -> HttpResponse:
    """A dialog: sign in with the password alone from now on."""

    def run(data: Mapping[str, Any]) -> str:
        second_factor_disable(actor=actor_of(request, ""))
        request.session.pop(FACTOR, None)
        return reverse("access:settings")

    form = Confirmation(request.POST if request.method == "POST" else None)
    said = _("The second factor is off.")
    around = {"nav": "settings", "address": request.path, "back": reverse("access:settings")}
    return dialog(request, "access/factor-off.html", form, run=run, said=said, around=around)


@proved
@sensitive_variables("codes")
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown this once; the old ones are worth nothing any more."""
    if request.method != "POST":
        context = {"nav": "settings"}
        return render(request, "access/renew-codes.html", context)
    codes = recovery_codes_renew(actor=actor_of(request, ""))
    return render(request, "access/recovery-codes.html", {"nav": "settings", "codes": codes})


def _enabled(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The recovery codes; the session goes on under a new key, as one with a second factor."""
    request.session.pop(_SECRET, None)
    request.session.cycle_key()
    request.session[FACTOR] = True
    messages.success(request, _("The second factor is on."))
    return render(request, "access/recovery-codes.html", {"nav": "settings", "codes": codes})


def _renew(request: HttpRequest) -> None:
    text = b32encode(secrets.token_bytes(_SECRET_LENGTH)).decode()
    request.session[_SECRET] = text


def _waiting(request: HttpRequest) -> Secret:
    if _SECRET not in request.session:
        _renew(request)
    return Secret(b32decode(request.session[_SECRET]))


def _shown(request: HttpRequest, user: User) -> Mapping[str, Any]:
    text = b32encode(_waiting(request).reveal()).decode()
    grouped = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return {"secret": grouped, "picture": _picture(_address(user, text))}


def _address(user: User, text: str) -> str:
    """What authenticators read: `otpauth://totp/KMS:login?secret=…`."""
    query = {"secret": text, "issuer": ISSUER, "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{quote(f'{ISSUER}:{user.login}')}?{urlencode(query)}"


def _picture(address: str) -> SafeString:
    """The QR code as SVG without any style, black on white also in dark mode."""
    out = BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, scale=4, border=4, light="#fff",
        svgclass="qr", lineclass=None, omitsize=False,
    )  # fmt: skip
    return mark_safe(out.getvalue().decode())  # noqa: S308  # segno's own drawing
