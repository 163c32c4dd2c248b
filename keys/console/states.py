"""Dialogs that move a key from one state to another (seed chapters 3.2 and 3.3)."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keys.console.rows import row
from keys.domain.deletion import DEFAULT_WINDOW, PendingWindow
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.selectors import key_describe
from keys.selectors.pending import refused_while_pending
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.lifecycle import key_disable, key_enable
from kms_console.audit.usage import usage_of_key
from kms_console.console.dialogs import dialog
from kms_console.console.forms import Confirmation
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.clock import utc_now


class DeletionForm(forms.Form):
    days = forms.IntegerField(
        label=gettext_lazy("Pending window"),
        min_value=7,
        max_value=30,
        initial=DEFAULT_WINDOW,
        help_text=gettext_lazy("7 to 30 days, 30 by default."),
    )


@page("DescribeKey")
def disable(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """禁用密钥."""
    return confirm(request, actor, key_id, "disable", key_disable, _("The key is disabled."))


@page("DescribeKey")
def enable(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """启用密钥."""
    return confirm(request, actor, key_id, "enable", key_enable, _("The key is enabled."))


@page("DescribeKey")
def cancel_deletion(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """取消删除密钥."""
    said = _("The deletion is cancelled.")
    return confirm(request, actor, key_id, "cancel-deletion", deletion_cancel, said)


@proved
@page("DescribeKey")
def schedule_deletion(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """计划删除密钥: with what tells whether anybody still needs the key."""
    ref = KeyRef.of(key_id)
    key = key_describe(actor=actor, ref=ref)

    def run(data: object) -> str:
        window = PendingWindow(form.cleaned_data["days"])
        deletion_schedule(actor=actor, ref=ref, window=window)
        return _page_of(key)

    form = DeletionForm(request.POST or None)
    around = {
        "nav": "keys",
        "row": row(key, actor.now),
        "usage": usage_of_key(str(key_id), utc_now()),
        "refused": refused_while_pending(key),
        "address": request.path,
    }
    template = "keys/schedule-deletion.html"
    said = _("The key is pending deletion.")
    return dialog(request, template, form, run=run, said=said, around=around)


def confirm(  # what differs from dialog to dialog
    request: HttpRequest,
    actor: Actor,
    key_id: UUID,
    name: str,
    command: Callable[..., object],
    said: str,
) -> HttpResponse:
    """A dialog that asks once, and then does `command` with the key."""
    ref = KeyRef.of(key_id)
    key = key_describe(actor=actor, ref=ref)

    def run(data: object) -> str:
        command(actor=actor, ref=ref)
        return _page_of(key)

    form = Confirmation(request.POST if request.method == "POST" else None)
    around = {"nav": "keys", "row": row(key, actor.now), "address": request.path}
    return dialog(request, f"keys/{name}.html", form, run=run, said=said, around=around)


def _page_of(key: Key) -> str:
    return reverse("keys:detail", args=[key.region, key.id])
