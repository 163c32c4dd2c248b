"""The dialogs for the tags of a key."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keys.console.rows import row
from keys.domain.refs import KeyRef
from keys.domain.tags import LONGEST, MOST, TagNames, Tags
from keys.models import KeyTag
from keys.selectors.tags import tags_of
from keys.services.tags import key_tag, key_untag
from kms_console.console.dialogs import dialog
from kms_console.console.forms import Confirmation
from kms_console.console.reading import page
from kms_console.core.actor import Actor


class TagForm(forms.Form):
    """A name and a value; gives Tags under `tags`."""

    name = forms.CharField(
        label=gettext_lazy("Tag key"),
        max_length=LONGEST,
        help_text=gettext_lazy(
            "Letters, digits and / \\ _ - . + = : @; not beginning with aliyun or acs:"
        ),
    )
    value = forms.CharField(label=gettext_lazy("Tag value"), max_length=LONGEST, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        for name in ("name", "value"):
            self._check(name, data)
        if not self.errors:
            data["tags"] = Tags.of([(data["name"], data["value"])])
        return data

    def _check(self, field: str, data: Mapping[str, Any]) -> None:
        """Each field by itself, so that the message stands where the mistake is."""
        pair = (data["name"], "") if field == "name" else ("x", data["value"])
        try:
            Tags.of([pair])
        except ValueError:
            self.add_error(field, ValidationError(_("This text cannot be part of a tag.")))


@page("ListResourceTags")
def add_tag(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """TagResource with a new name; one that is there already gets the new value."""
    return _put(request, actor, key_id, None, _("The tag is added."))


@page("ListResourceTags")
def edit_tag(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """TagResource with another value; `?name=` is the tag's name, which stays."""
    return _put(request, actor, key_id, request.GET.get("name", ""), _("The tag is saved."))


@page("ListResourceTags")
def remove_tag(request: HttpRequest, actor: Actor, key_id: UUID) -> HttpResponse:
    """UntagResource of the tag `?name=`."""
    ref = KeyRef.of(key_id)
    key = tags_of(actor=actor, ref=ref)
    names = _names(request.GET.get("name", ""))

    def run(data: object) -> str:
        key_untag(actor=actor, ref=ref, names=names)
        return reverse("keys:detail", args=[key.region, key.id])

    form = Confirmation(request.POST if request.method == "POST" else None)
    around = {
        "nav": "keys",
        "row": row(key, actor.now),
        "name": names[0],
        "address": request.get_full_path(),
    }
    said = _("The tag is removed.")
    return dialog(request, "keys/tags/remove.html", form, run=run, said=said, around=around)


def _put(
    request: HttpRequest, actor: Actor, key_id: UUID, name: str | None, said: str
) -> HttpResponse:
    ref = KeyRef.of(key_id)
    key = tags_of(actor=actor, ref=ref)
    tag = None if name is None else _tag(key.tags.filter(name=_names(name)[0]).first())

    def run(data: Mapping[str, Any]) -> str:
        key_tag(actor=actor, ref=ref, tags=data["tags"])
        return reverse("keys:detail", args=[key.region, key.id])

    form = TagForm(_posted(request, tag), initial={"value": tag.value} if tag else None)
    around = {
        "nav": "keys",
        "row": row(key, actor.now),
        "tag": tag,
        "most": MOST,
        "address": request.get_full_path(),
    }
    return dialog(request, "keys/tags/tag.html", form, run=run, said=said, around=around)


def _posted(request: HttpRequest, tag: KeyTag | None) -> Mapping[str, str] | None:
    """What was sent; the name of a tag that is edited is that of the address."""
    if request.method != "POST":
        return None
    return {**request.POST.dict(), **({"name": tag.name} if tag else {})}


def _names(name: str) -> TagNames:
    try:
        return TagNames.of([name])
    except ValueError:
        raise BadRequest from None


def _tag(found: KeyTag | None) -> KeyTag:
    """Raises BadRequest for a tag that is not there (any more)."""
    if found is None:
        raise BadRequest
    return found
