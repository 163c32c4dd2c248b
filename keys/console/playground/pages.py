"""The pages of the playground: one per operation, with its form, its result and the same call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from keys.console.playground import running
from keys.console.playground.context_rows import Rows, is_about_rows, rows_of
from keys.console.playground.forms import (
    DataKeyForm,
    DecryptForm,
    EncryptForm,
    Form,
    ReEncryptForm,
    SignForm,
    VerifyForm,
)
from keys.console.playground.pairs import is_pair
from keys.console.playground.running import Outcome
from keys.console.playground.snippets import Snippet, snippet_of
from keys.console.rows import KeyRow, rows
from keys.domain.refs import KeyRef
from keys.selectors.browsing import Wanted, key_browse
from kms_console.console.dialogs import UNPROCESSABLE
from kms_console.console.reading import page
from kms_console.core import arn
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError
from kms_console.core.paging import PageRequest

_AT_HAND = 100
"""Keys that the form offers; any other can be typed."""

SECRETS = ("content", "context_value", "destination_value", "signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """An operation of the playground: its form, and which rows of a context it takes."""

    name: str
    label: Promise
    icon: str
    form: type[Form]
    run: Callable[..., Outcome]
    contexts: tuple[str, ...] = ("context",)


PLAYS = (
    Play(name="encrypt", label=_("Encrypt"), icon="lock", form=EncryptForm, run=running.encrypt),
    Play(
        name="decrypt",
        label=_("Decrypt"),
        icon="lock-open",
        form=DecryptForm,
        run=running.decrypt,
    ),
    Play(name="data-key", label=_("Data key"), icon="key", form=DataKeyForm, run=running.data_key),
    Play(
        name="re-encrypt",
        label=_("Re-encrypt"),
        icon="refresh",
        form=ReEncryptForm,
        run=running.re_encrypt,
        contexts=("context", "destination"),
    ),
    Play(
        name="sign",
        label=_("Sign"),
        icon="pencil",
        form=SignForm,
        run=running.sign,
        contexts=(),
    ),
    Play(
        name="verify",
        label=_("Verify"),
        icon="certificate",
        form=VerifyForm,
        run=running.verify,
        contexts=(),
    ),
)
_BY_NAME = {play.name: play for play in PLAYS}


@sensitive_post_parameters(*SECRETS)
@page("ViewPlayground")
def play_page(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The form of an operation, and after it was sent, the result or the refusal in place."""
    play = _BY_NAME[name]
    data = request.POST
    all_rows = {prefix: rows_of(data, prefix) for prefix in play.contexts}
    is_sent = request.method == "POST" and "prefill" not in data and not is_about_rows(data)
    form = play.form(data) if is_sent else play.form(initial=_initial(request))
    outcome, refusal = _played(actor, play, form, all_rows) if is_sent else (None, None)
    context = {
        "nav": "playground",
        "plays": PLAYS,
        "play": play,
        "form": form,
        "contexts": _contexts(all_rows),
        "outcome": outcome,
        "refusal": refusal,
        "keys_at_hand": keys_at_hand(actor),
        "snippet": _snippet(actor, play, data or _first(request)),
    }
    status = UNPROCESSABLE if is_sent and outcome is None else 200
    return render(request, "playground/page.html", context, status=status)


@sensitive_post_parameters(*SECRETS)
@page("ViewPlayground")
def snippet_part(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The same call in code, for a form that is being filled in."""
    if request.method != "POST":
        raise BadRequest
    play = _BY_NAME[name]
    context = {"play": play, "snippet": _snippet(actor, play, request.POST)}
    return render(request, "playground/snippet.html", context)


def keys_at_hand(actor: Actor) -> Sequence[KeyRow]:
    """The newest keys, for who may list them."""
    if not actor.may("kms:ListKeys", arn.key_container(actor.region, actor.account_id)):
        return []
    found = key_browse(actor=actor, wanted=Wanted(), page=PageRequest(1, _AT_HAND))
    return rows(found.keys, actor.now)


def _played(
    actor: Actor, play: Play, form: Form, all_rows: Mapping[str, Rows]
) -> tuple[Outcome | None, KmsError | None]:
    contexts = []
    try:
        contexts = [given.context() for given in all_rows.values()]
    except ValidationError as wrong:
        form.add_error(None, wrong)
    if not form.is_valid():
        return None, None
    try:
        return play.run(actor, form.cleaned_data, *contexts), None
    except KmsError as refused:
        return None, refused


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the form begins with: what was typed before a row was added, or the key of a link."""
    return dict((request.POST or _first(request)).items())


def _first(request: HttpRequest) -> QueryDict:
    """Only a key comes in an address."""
    first = QueryDict(mutable=True)
    if key := request.GET.get("key", "")[:512]:
        first["key"] = key
    return first


def _contexts(all_rows: Mapping[str, Rows]) -> list[tuple[str, Promise, Rows]]:
    words = {"context": _("EncryptionContext"), "destination": _("New EncryptionContext")}
    return [(prefix, words[prefix], given) for prefix, given in all_rows.items()]


def _snippet(actor: Actor, play: Play, data: QueryDict) -> Snippet:
    text = data.get("key", "").strip()
    try:
        pair = bool(text) and is_pair(actor, KeyRef.parse(text))
    except ValueError:
        pair = False
    return snippet_of(play.name, data, is_pair=pair)
