"""Two keys side by side: AES and SM4 encrypt the same text, RSA and SM2 sign or encrypt it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from keys.console.playground import running
from keys.console.playground.context_rows import Rows, is_about_rows, rows_of
from keys.console.playground.forms import InputForm, key_field, text_field
from keys.console.playground.pages import PLAYS, SECRETS, keys_at_hand
from keys.console.playground.running import Outcome
from keys.console.rows import KeyRow
from keys.dataplane.keyring import open_ring
from keys.domain.context import EncryptionContext
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, KeyUsage, is_symmetric
from keys.domain.states import KeyState
from kms_console.console.dialogs import UNPROCESSABLE
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.errors import KmsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a kind of key without asking it."""

    title: str
    specs: tuple[KeySpec, ...]
    size: str
    mode: str
    standard: str


PAIRS: Mapping[str, tuple[Promise, Facts, Facts]] = {
    "symmetric": (
        _("AES and SM4 side by side"),
        Facts(
            title="Aliyun_AES_256",
            specs=(KeySpec.ALIYUN_AES_256,),
            size="256 / 128 bit",
            mode="GCM · 128 bit",
            standard="FIPS 197",
        ),
        Facts(
            title="Aliyun_SM4",
            specs=(KeySpec.ALIYUN_SM4,),
            size="128 / 128 bit",
            mode="GCM · 128 bit",
            standard="GM/T 0002-2012",
        ),
    ),
    "asymmetric": (
        _("RSA and SM2 side by side"),
        Facts(
            title="RSA",
            specs=(KeySpec.RSA_2048, KeySpec.RSA_3072),
            size="2048 / 3072 bit",
            mode="OAEP · PSS · PKCS#1 v1.5",
            standard="RFC 8017",
        ),
        Facts(
            title="EC_SM2",
            specs=(KeySpec.EC_SM2,),
            size="256 bit",
            mode="SM2PKE · SM2DSA",
            standard="GB/T 32918",
        ),
    ),
}


class CompareForm(InputForm):
    """One text for two keys."""

    key = None
    left = key_field("", attrs={"list": "l-left"})
    right = key_field("", attrs={"list": "l-right"})
    content = text_field(_("Text, the same for both"))

    def clean_left(self) -> KeyRef:
        return self._ref("left")

    def clean_right(self) -> KeyRef:
        return self._ref("right")

    def _ref(self, name: str) -> KeyRef:
        try:
            return KeyRef.parse(self.cleaned_data[name].strip())
        except ValueError:
            raise ValidationError(_("This is no name of a key.")) from None


@dataclass(slots=True)
class Side:
    """One of the two: its field, the keys it offers, and what came of it."""

    facts: Facts
    field: forms.BoundField
    keys: list[KeyRow]
    outcome: Outcome | None = None
    refusal: KmsError | None = None

    @property
    def length(self) -> int | None:
        """Characters of the ciphertext or of the signature."""
        if self.outcome is None:
            return None
        return len(next(iter(self.outcome.values.values())))


@sensitive_post_parameters(*SECRETS)
@page("ViewPlayground")
def compare_page(request: HttpRequest, actor: Actor, pair: str) -> HttpResponse:
    """Both at once; what one of them refuses is told beside the other's result."""
    words, *both = PAIRS[pair]
    given = rows_of(request.POST)
    is_sent = request.method == "POST" and not is_about_rows(request.POST)
    offered = keys_at_hand(actor)
    form = CompareForm(request.POST if is_sent else None, initial=request.POST.dict())
    sides = [
        Side(facts, form[name], _usable(offered, facts))
        for name, facts in zip(("left", "right"), both, strict=True)
    ]
    _offer_first(form, sides, is_sent=request.method == "POST")
    is_valid = is_sent and _compare(actor, form, sides, given)
    context = {
        "nav": "playground",
        "plays": PLAYS,
        "pair": pair,
        "words": words,
        "form": form,
        "sides": sides,
        "contexts": [("context", _("EncryptionContext"), given)] if pair == "symmetric" else [],
        "is_done": is_valid,
    }
    status = UNPROCESSABLE if is_sent and not is_valid else 200
    return render(request, "playground/compare.html", context, status=status)


def _usable(offered: Sequence[KeyRow], facts: Facts) -> list[KeyRow]:
    fits = (row for row in offered if KeySpec(row.key.spec) in facts.specs)
    return [row for row in fits if row.state is KeyState.ENABLED]


def _offer_first(form: CompareForm, sides: list[Side], *, is_sent: bool) -> None:
    for name, side in zip(("left", "right"), sides, strict=True):
        if side.keys and not is_sent:
            form.initial[name] = side.keys[0].name


def _compare(actor: Actor, form: CompareForm, sides: list[Side], given: Rows) -> bool:
    try:
        context = given.context()
    except ValidationError as wrong:
        form.add_error(None, wrong)
        return False
    if not form.is_valid():
        return False
    for name, side in zip(("left", "right"), sides, strict=True):
        fields = {**form.cleaned_data, "key": form.cleaned_data[name], "version": ""}
        try:
            side.outcome = _use(actor, {**fields, "algorithm": ""}, context)
        except KmsError as refusal:
            side.refusal = refusal
    return True


def _use(actor: Actor, fields: Mapping[str, Any], context: EncryptionContext) -> Outcome:
    """Encrypt, or sign with a key that is for signing."""
    ring = open_ring(actor, fields["key"])
    if not is_symmetric(ring.spec) and ring.usage is KeyUsage.SIGN_VERIFY:
        return running.sign(actor, fields)
    return running.encrypt(actor, fields, context)
