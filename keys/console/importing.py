"""The dialogs 获取导入密钥材料参数, 导入密钥材料 and 删除密钥材料 (seed chapters 2.1.3, 2.1.4)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hsm import imports
from hsm.domain.specs import UNWRAPPING, Algorithm
from hsm.imports import ImportParameters
from keys.console.commands import CONSOLE_WRAPPING, UNWRAPS_BY_DEFAULT, wrapping_recipe
from keys.console.parcels import Parcel
from keys.console.rows import row
from keys.console.states import confirm
from keys.console.uploads import DeliveryForm
from keys.domain.encoding import base64_encode
from keys.domain.refs import KeyRef
from keys.domain.specs import KeySpec, Origin
from keys.models import Key
from keys.selectors import key_describe
from keys.services.importing import (
    Delivery,
    import_parameters_create,
    material_delete,
    material_import,
)
from kms_console.console.dialogs import dialog, shown
from kms_console.console.proving import proved
from kms_console.console.reading import page
from kms_console.core.actor import Actor
from kms_console.core.errors import (
    ExpiredImportToken,
    InvalidImportToken,
    InvalidKeyMaterial,
    KmsError,
    UnsupportedOrigin,
)

PUBLIC_KEY_FILE = "PublicKey_base64.txt"
TOKEN_FILE = "ImportToken_base64.txt"  # noqa: S105  # a name

_OFFERED = tuple(
    one
    for one in (
        Algorithm.RSAES_PKCS1_V1_5,
        Algorithm.RSAES_OAEP_SHA_1,
        Algorithm.RSAES_OAEP_SHA_256,
    )
    if one in UNWRAPPING[CONSOLE_WRAPPING]
)

_MATERIAL_REFUSED = gettext_lazy(
    "It does not open with this token, is not the material that the key is bound to, or has another"
    " length or check value."
)


class ParametersForm(forms.Form):
    """加密算法."""

    algorithm = forms.ChoiceField(
        label=gettext_lazy("Wrapping algorithm"),
        choices=[(one.value, one.value) for one in _OFFERED],
        initial=UNWRAPS_BY_DEFAULT.value,
    )


@page("DescribeKey")
def import_parameters(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """Step 1 chooses how to wrap; step 2 hands over a public key and a token, good for a day."""
    ref = KeyRef.of(key_id)
    key = _external(actor, ref)
    around = {"nav": "keys", "row": row(key, actor.now), "address": request.path}

    def run(data: Mapping[str, Any]) -> HttpResponse:
        algorithm = Algorithm(data["algorithm"])
        _key, made = import_parameters_create(
            actor=actor, ref=ref, spec=CONSOLE_WRAPPING, algorithm=algorithm
        )
        ready = {**around, **_ready(made, actor), "recipe": wrapping_recipe(_spec(key), algorithm)}
        return shown(request, "keys/importing/ready.html", ready)

    form = ParametersForm(request.POST if request.method == "POST" else None)
    earlier = {"earlier": imports.pair_newest(key.id, actor.now), "now": actor.now}
    template = "keys/importing/parameters.html"
    return dialog(request, template, form, run=run, said="", around={**around, **earlier})


@page("DescribeKey")
def import_material(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """Takes the wrapped material and the token; leads to a key that works with it."""
    ref = KeyRef.of(key_id)
    key = _external(actor, ref)
    is_post = request.method == "POST"
    form = DeliveryForm(
        request.POST if is_post else None, request.FILES if is_post else None, now=actor.now
    )

    def run(data: Mapping[str, Any]) -> str:
        try:
            material_import(actor=actor, ref=ref, delivery=_delivery(data))
        except KmsError as refused:
            _explain(form, refused, actor)
            raise
        return reverse("keys:detail", args=[key.region, key.id])

    around = {
        "nav": "keys",
        "row": row(key, actor.now),
        "address": request.path,
        "newest": imports.pair_newest(key.id, actor.now),
        "now": actor.now,
    }
    said = _("The key material is imported.")
    template = "keys/importing/material.html"
    return dialog(request, template, form, run=run, said=said, around=around)


@proved
@page("DescribeKey")
def delete_material(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """删除密钥材料: asks once, as nothing opens until the same material is back."""
    said = _("The key material is deleted.")
    name = "importing/delete"
    return confirm(request, actor, key_id, name, material_delete, said)


def _external(actor: Actor, ref: KeyRef) -> Key:
    """Raises what `key_describe` raises, and UnsupportedOrigin."""
    key = key_describe(actor=actor, ref=ref)
    if key.origin != Origin.EXTERNAL:
        raise UnsupportedOrigin().about(str(key.id))
    return key


def _spec(key: Key) -> KeySpec:
    return KeySpec(key.spec)


def _ready(made: ImportParameters, actor: Actor) -> Mapping[str, Any]:
    left = made.expires_at - actor.now
    return {
        "public_key": Parcel(PUBLIC_KEY_FILE, base64_encode(made.public_der)),
        "token": Parcel(TOKEN_FILE, base64_encode(made.token)),
        "expires_at": made.expires_at,
        "seconds_left": int(left.total_seconds()),
    }


def _delivery(data: Mapping[str, Any]) -> Delivery:
    return Delivery(
        token=data["token"],
        wrapped=data["material"],
        expires=data["expires"],
        check_value=data["check_value"],
    )


def _explain(form: DeliveryForm, refused: KmsError, actor: Actor) -> None:
    """Say at the field what was wrong with it."""
    match refused:
        case ExpiredImportToken():
            form.add_error("token", _("This token is over 24 hours old."))
        case InvalidImportToken():
            form.add_error("token", _wrong_token(form.cleaned_data["token"], actor))
        case InvalidKeyMaterial():
            form.add_error("material", _MATERIAL_REFUSED)


def _wrong_token(token: bytes, actor: Actor) -> str:
    """Names the token's key where that is one of the actor's own."""
    try:
        ref = KeyRef.of(imports.key_named_by(token))
        other = row(key_describe(actor=actor, ref=ref), actor.now)
    except (KmsError, ValueError):
        return _("Choose the token that was downloaded for this key.")
    return _("This token was made for %(key)s.") % {"key": other.name}
