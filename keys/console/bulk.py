"""One act on several keys of the list: disable, schedule or cancel deletion, each key by itself.

Every key goes through the service that a single one goes through. What one of them refuses stops
none of the others; the dialog then tells what became of each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keys.console.actions import Action
from keys.console.rows import KeyRow, row
from keys.console.states import DeletionForm
from keys.domain.deletion import PendingWindow
from keys.domain.refs import KeyRef
from keys.models import Key
from keys.selectors import key_describe
from keys.services.deletion import deletion_cancel, deletion_schedule
from keys.services.lifecycle import key_disable
from kms_console.console.dialogs import UNPROCESSABLE, is_part
from kms_console.console.forms import Confirmation
from kms_console.console.life import is_fresh
from kms_console.console.proving import to_proof
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError

MOST = 50
"""Keys of one act; a page of the list has fewer."""

WORD = "DELETE"
"""What is typed before several keys are given up at once; the same in all languages."""


class BulkDeletionForm(DeletionForm):
    word = forms.CharField(
        label=gettext_lazy("Confirmation"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "mono"}),
    )

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word != WORD:
            raise ValidationError(_("Type %(word)s to confirm.") % {"word": WORD})
        return word


Command = Callable[[Actor, KeyRef, Mapping[str, Any]], Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done with each key; `action_of` is the menu entry that says whether it can be."""

    title: Promise
    form: type[forms.Form]
    command: Command
    action_of: Callable[[KeyRow], Action]
    is_danger: bool = False


ACTS: Mapping[str, Act] = {
    "disable": Act(
        title=gettext_lazy("Disable keys"),
        form=Confirmation,
        command=lambda actor, ref, _data: key_disable(actor=actor, ref=ref),
        action_of=lambda shown: shown.switch,
    ),
    "schedule-deletion": Act(
        title=gettext_lazy("Schedule deletion of keys"),
        form=BulkDeletionForm,
        command=lambda actor, ref, data: deletion_schedule(
            actor=actor, ref=ref, window=PendingWindow(data["days"])
        ),
        action_of=lambda shown: shown.deletion[0],
        is_danger=True,
    ),
    "cancel-deletion": Act(
        title=gettext_lazy("Cancel deletion of keys"),
        form=Confirmation,
        command=lambda actor, ref, _data: deletion_cancel(actor=actor, ref=ref),
        action_of=lambda shown: shown.deletion[1],
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A key of the dialog: what may stop it, and afterwards what became of it."""

    id: UUID
    row: KeyRow | None
    reason: str = ""
    refusal: KmsError | None = None
    is_done: bool = False


@page("ListKeys")
def bulk(request: HttpRequest, actor: Actor, name: str) -> HttpResponseBase:
    """The dialog with the chosen keys; after it is confirmed, the result of each.

    What cannot be undone asks for a proof, as it does for a single key, and then for the same keys.
    """
    act = ACTS[name]
    ids = _chosen(request)
    if act.is_danger and not is_fresh(request):
        return to_proof(f"{request.path}?{urlencode([('id', one) for one in ids])}")
    is_sent = request.method == "POST"
    form = act.form(request.POST if is_sent else None)
    is_run = is_sent and form.is_valid() and bool(ids)
    lines = [
        _run(actor, act, one, form.cleaned_data) if is_run else _line(actor, act, one)
        for one in ids
    ]
    context = {
        "nav": "keys",
        "act": act,
        "name": name,
        "word": WORD,
        "form": form,
        "lines": lines,
        "is_run": is_run,
        "done": sum(line.is_done for line in lines),
        "address": request.path,
        "base": "console/dialog_part.html" if is_part(request) else "console/dialog_page.html",
    }
    status = UNPROCESSABLE if is_sent and not is_run else 200
    return render(request, "keys/bulk.html", context, status=status)


def _chosen(request: HttpRequest) -> list[UUID]:
    """The keys that the list or the dialog names, once each. Raises BadRequest."""
    texts = dict.fromkeys((request.POST or request.GET).getlist("id"))
    if len(texts) > MOST:
        raise BadRequest
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise BadRequest from None


def _line(actor: Actor, act: Act, key_id: UUID) -> Line:
    """What a key looks like now, and why the act would not do, if it is known before."""
    try:
        shown = row(key_describe(actor=actor, ref=KeyRef.of(key_id)), actor.now)
    except KmsError as refusal:
        return Line(key_id, None, refusal=refusal)
    action = act.action_of(shown)
    is_other = act is ACTS["disable"] and action.name != "disable"
    return Line(key_id, shown, _("The key is disabled.") if is_other else action.reason)


def _run(actor: Actor, act: Act, key_id: UUID, data: Mapping[str, Any]) -> Line:
    ref = KeyRef.of(key_id)
    try:
        key = act.command(actor, ref, data)
    except KmsError as refusal:
        return Line(key_id, _line(actor, act, key_id).row, refusal=refusal)
    return Line(key_id, row(key, actor.now), is_done=True)
