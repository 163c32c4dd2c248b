"""权限策略: the list, the editor with its faults by line, and the simulator beside it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kms_console.access.console.ram.asking import Question
from kms_console.access.console.ram.fields import PolicyNameForm
from kms_console.access.console.ram.simulating import Outcome, SimulatorForm, simulate
from kms_console.access.console.ram.summary import summary
from kms_console.access.console.ram.users import search_of
from kms_console.console.dialogs import dialog
from kms_console.console.forms import Confirmation
from kms_console.console.life import is_fresh
from kms_console.console.places import last_region
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core import jsontext
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError, NoPermission
from kms_console.iam import system_policies
from kms_console.iam.browsing import (
    PolicyText,
    holders_of,
    may,
    policy_browse,
    policy_describe,
    text_of,
    user_browse,
)
from kms_console.iam.names import policy_arn
from kms_console.iam.policy import LARGEST_DOCUMENT
from kms_console.iam.policy.checking import Fault, faults
from kms_console.iam.services.policies import policy_create, policy_delete, policy_update
from kms_console.rpc.registry import ACTIONS

STARTER = """{
  "Version": "1",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["kms:Encrypt", "kms:Decrypt"],
      "Resource": "*"
    }
  ]
}"""

_LEAST_LINES = 12
_MOST_LINES = 60


@page("ListPolicies")
def policy_list_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The account's own policies, and those of the system."""
    text, after = search_of(request)
    found = policy_browse(actor=actor, text=text, after=after)
    own = [(text_of(one), summary(one.document)) for one in found.rows]
    context = {
        "nav": "access",
        "tab": "policies",
        "own": own,
        "system": [(name, summary(text)) for name, text in system_policies.DOCUMENTS.items()],
        "text": text,
        "after": found.after,
        "is_first": not after,
    }
    return render(request, "access/policies.html", context)


@page("ListPolicies")
def create_policy(request: HttpRequest, actor: Actor) -> HttpResponse:
    """创建权限策略: a name and a document, which can be tried before it is saved."""
    form = PolicyNameForm(request.POST or None)
    text = _typed(request) or STARTER
    refusal: KmsError | None = None
    if request.method == "POST" and "save" in request.POST and form.is_valid():
        name = form.cleaned_data["name"]
        refusal = _save(request, lambda: policy_create(actor=actor, name=name, document=text))
        if _is_saved(request, refusal):
            messages.success(request, _("The policy is created."))
            return redirect("access:policy", name)
    draft = PolicyText(name=request.POST.get("name", ""), document=text, is_system=False)
    return _editor(request, actor, draft, form=form, refusal=refusal)


@page("GetPolicy")
def policy_page(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One policy: read, changed, tried."""
    saved = policy_describe(actor=actor, name=name)
    shown = saved.document if "\n" in saved.document else _pretty(saved.document)
    text = shown if saved.is_system else _typed(request) or shown
    refusal: KmsError | None = None
    if request.method == "POST" and "save" in request.POST:
        refusal = _save(request, lambda: policy_update(actor=actor, name=name, document=text))
        if _is_saved(request, refusal):
            messages.success(request, _("The policy is saved. It holds at once."))
            return redirect("access:policy", name)
    draft = PolicyText(name=name, document=text, is_system=saved.is_system)
    return _editor(request, actor, draft, refusal=refusal, saved=saved)


@proved
@page("GetPolicy")
def delete_policy(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Delete a policy that nobody has."""
    policy_describe(actor=actor, name=name)
    question = Question(
        title=_("Delete policy"),
        lead=_("Delete %(name)s?") % {"name": name},
        note=_("Only a policy that is attached to nobody can be deleted."),
        submit=_("Delete"),
        is_danger=True,
        back=reverse("access:policy", args=[name]),
    )

    def run(data: Mapping[str, Any]) -> str:
        policy_delete(actor=actor, name=name)
        return reverse("access:policies")

    form = Confirmation(request.POST if request.method == "POST" else None)
    around = {"nav": "access", "question": question, "address": request.path}
    said = _("The policy is deleted.")
    return dialog(request, "access/ask.html", form, run=run, said=said, around=around)


@page("SimulatePolicy")
def simulator_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The simulator alone: a user's policies as they are."""
    form = _simulator(request, actor, request.GET)
    outcome, refusal = _simulated(actor, form, None)
    context = {"nav": "access", "tab": "simulator", "sim": form, "outcome": outcome}
    context |= {"sim_refusal": refusal, **_offers(actor)}
    return render(request, "access/simulator.html", context)


def _editor(  # what the two pages have in common
    request: HttpRequest,
    actor: Actor,
    draft: PolicyText,
    *,
    refusal: KmsError | None,
    form: forms.Form | None = None,
    saved: PolicyText | None = None,
) -> HttpResponse:
    if "format" in request.POST:
        draft = PolicyText(
            name=draft.name, document=_pretty(draft.document), is_system=draft.is_system
        )
    found = faults(draft.document)
    sim = _simulator(request, actor, request.POST if "simulate" in request.POST else None)
    outcome, sim_refusal = _simulated(actor, sim, draft) if not found else (None, None)
    is_saving = "save" in request.POST
    context = {
        "nav": "access",
        "tab": "policies",
        "form": form,
        "draft": draft,
        "saved": saved,
        "faults": found,
        "lines": _lines(draft.document, found),
        "rows": min(max(draft.document.count("\n") + 1, _LEAST_LINES), _MOST_LINES),
        "refusal": refusal,
        "must_prove": is_saving and not is_fresh(request),
        "sim": sim,
        "sim_refusal": sim_refusal,
        "outcome": outcome,
        "largest": LARGEST_DOCUMENT,
        **(_holders(actor, draft.name) if saved else {}),
        **_offers(actor),
    }
    return render(request, "access/policy.html", context, status=422 if is_saving else 200)


def _save(request: HttpRequest, save: Any) -> KmsError | None:
    """Save with a fresh proof only; without one what was typed stays on the page."""
    if not is_fresh(request):
        return None
    try:
        save()
    except KmsError as refused:
        return refused
    return None


def _is_saved(request: HttpRequest, refusal: KmsError | None) -> bool:
    return refusal is None and is_fresh(request)


def _simulator(request: HttpRequest, actor: Actor, data: Any) -> SimulatorForm:
    region = last_region(request).id
    initial = {"resource": f"acs:kms:{region}:{actor.account_id}:key/"}
    return SimulatorForm(data or None, initial=initial, prefix="sim")


def _simulated(
    actor: Actor, form: SimulatorForm, draft: PolicyText | None
) -> tuple[Outcome | None, KmsError | None]:
    if not form.is_bound or not form.is_valid():
        return None, None
    try:
        return simulate(actor, form, draft), None
    except KmsError as refused:
        return None, refused


def _offers(actor: Actor) -> Mapping[str, Any]:
    """What the simulator's fields offer: actions, and the first users if they may be listed."""
    try:
        users = [user.name for user in user_browse(actor=actor).rows if not user.is_owner]
    except NoPermission:
        users = []
    return {"sim_users": users, "sim_actions": [f"kms:{name}" for name in ACTIONS.names()]}


def _holders(actor: Actor, name: str) -> Mapping[str, Any]:
    try:
        users, groups = holders_of(actor=actor, name=name)
    except NoPermission:
        return {}
    own = policy_arn(actor.account_id, name)
    return {
        "holders": {"users": users, "groups": groups},
        "may_delete": may(actor, "ram:DeletePolicy", own),
    }


def _typed(request: HttpRequest) -> str:
    """The document of the form, with the line ends that browsers change put right."""
    return request.POST.get("document", "").replace("\r\n", "\n")


def _pretty(text: str) -> str:
    """The same JSON, indented; text that is none stays as it is."""
    try:
        return json.dumps(jsontext.loads(text), indent=2, ensure_ascii=False)
    except jsontext.JsonRefused:
        return text


def _lines(text: str, found: Sequence[Fault]) -> list[tuple[int, bool]]:
    """Numbers of the lines, and whether something is wrong in them."""
    wrong = {fault.line for fault in found}
    return [(number, number in wrong) for number in range(1, text.count("\n") + 2)]
