"""Signing in and out: a password, then a code where the user has a second factor."""

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from kms_console.access.console import pending, throttle
from kms_console.access.console.going import wanted_page
from kms_console.console.actors import actor_of
from kms_console.console.places import last_region
from kms_console.console.sessions import FACTOR
from kms_console.iam.models import SecondFactor, User
from kms_console.iam.services.signin import LONGEST_PASSWORD, sign_in_record

BACKEND = "kms_console.iam.services.signin.PasswordBackend"
LOCKED = 429

_LONGEST_LOGIN = 81


class SignInForm(forms.Form):
    login = forms.CharField(
        label=gettext_lazy("Login name"),
        max_length=_LONGEST_LOGIN,
        help_text=gettext_lazy("The account's name, or name@account ID for a RAM user."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """登录密钥管理服务控制台. Unknown and wrong are told in the same words."""
    form = SignInForm(request.POST or None)
    status, is_locked = 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            name = form.cleaned_data["login"]
            user = _who(request, name, form.cleaned_data["password"])
            if user is not None:
                return _go_on(request, user)
            is_locked = bool(getattr(request, "axes_locked_out", False))
            throttle.log_refusal(request, name, "locked" if is_locked else "password")
            status = LOCKED if is_locked else 422
    context = {
        "form": form,
        "is_locked": is_locked,
        "is_refused": status == 422 and form.is_valid(),
        "next": wanted_page(request),
    }
    return render(request, "access/login.html", context, status=status)


def _who(request: HttpRequest, name: str, password: str) -> User | None:
    """The user with that password; None also for an operator, whose screens are others."""
    user = authenticate(request, username=name, password=password)
    if isinstance(user, User) and user.account is not None:
        return user
    if user is not None:  # a right password must not cost a guesser less than a wrong one
        throttle.note_failure(request, name)
    return None


def _go_on(request: HttpRequest, user: User) -> HttpResponse:
    if SecondFactor.objects.filter(pk=user.pk).exists():
        pending.begin(request, user, wanted_page(request))
        return redirect("access:code")
    return let_in(request, user, wanted_page(request), factor=False)


def let_in(request: HttpRequest, user: User, page: str, *, factor: bool) -> HttpResponse:
    """Begin the session, under a new key, and lead to `page`."""
    request.session.flush()
    login(request, user, backend=BACKEND)
    if factor:
        request.session[FACTOR] = True
    sign_in_record(actor=actor_of(request, ""))
    return redirect(page or reverse("home"))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    return redirect("access:login")


def home(request: HttpRequest) -> HttpResponse:
    """Where signing in leads: the overview of the region that was open last."""
    return redirect("overview:home", last_region(request))


sign_in.open_to_all = True  # type: ignore[attr-defined]
sign_out.open_to_all = True  # type: ignore[attr-defined]
