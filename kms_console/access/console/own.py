"""设置: language and theme, the password, the second factor, the own sessions."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kms_console.audit.trail import audited
from kms_console.console.actors import actor_of
from kms_console.console.life import end_others, living, own_row
from kms_console.console.models import Session
from kms_console.console.people import person_of
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.iam.facts import user_subject
from kms_console.iam.models import SecondFactor

SHOWN_SESSIONS = 50


@page("GetOwnSettings")
def settings_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everything that a user decides for itself; no policy is asked."""
    user = person_of(request)
    factor = SecondFactor.objects.filter(pk=user.pk).first()
    context = {
        "nav": "settings",
        "factor": factor,
        "codes_left": factor.recovery_codes.filter(used_at=None).count() if factor else 0,
        "sessions": living(user.id)[:SHOWN_SESSIONS],
        "own_row": own_row(request),
    }
    return render(request, "access/settings.html", context)


@require_POST
def end_session(request: HttpRequest, row: str) -> HttpResponse:
    """End one of the own sessions; those of others are not found."""
    user = person_of(request)
    with audited(actor_of(request, ""), "EndSession", user_subject(user.id)):
        ended, _rows = Session.objects.filter(user_id=user.id, session_key=row).delete()
        if not ended:
            raise Http404
    messages.success(request, _("The session has ended."))
    return redirect("access:settings")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all own sessions but this one."""
    user = person_of(request)
    with audited(actor_of(request, ""), "EndSession", user_subject(user.id)):
        end_others(request, user.id)
    messages.success(request, _("Your other sessions have ended."))
    return redirect("access:settings")
