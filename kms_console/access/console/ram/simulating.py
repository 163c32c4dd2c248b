"""权限模拟器: what policies would say to a request, and which statement decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kms_console.core.actor import Actor, Decision
from kms_console.core.errors import PolicyInvalid, UserNotFound
from kms_console.iam.browsing import Held, PolicyText, policies_of_user, user_describe
from kms_console.iam.policy import parse
from kms_console.iam.policy.explaining import Said, explain
from kms_console.iam.policy.locating import Spot, statements

MOST_SHOWN = 12

_LONGEST_SHOWN = 600


class SimulatorForm(forms.Form):
    """A request that nobody makes: who asks for what, from where, at what time."""

    who = forms.CharField(
        label=gettext_lazy("RAM user"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"list": "sim-users", "spellcheck": "false"}),
    )
    action = forms.CharField(
        label=gettext_lazy("Action"),
        max_length=128,
        initial="kms:Decrypt",
        widget=forms.TextInput(
            attrs={"list": "sim-actions", "class": "mono", "spellcheck": "false"}
        ),
    )
    resource = forms.CharField(
        label=gettext_lazy("Resource"),
        max_length=512,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
    )
    source_ip = forms.GenericIPAddressField(label="acs:SourceIp", initial="10.4.18.20")
    secure = forms.ChoiceField(
        label="acs:SecureTransport", choices=[("true", "true"), ("false", "false")]
    )
    mfa = forms.ChoiceField(
        label="acs:MFAPresent", choices=[("", "–"), ("true", "true"), ("false", "false")],
        required=False,
    )  # fmt: skip
    tags = forms.CharField(
        label=gettext_lazy("Tags of the key"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("name=value, separated by commas"),
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
    )

    def clean_tags(self) -> dict[str, str]:
        pairs = [one.strip() for one in self.cleaned_data["tags"].split(",") if one.strip()]
        if not all("=" in pair[1:] for pair in pairs):
            raise ValidationError(_("Write name=value, separated by commas."))
        named = [pair.split("=", 1) for pair in pairs]
        return {f"kms:tag/{name.strip()}": value.strip() for name, value in named}

    def facts(self, now: datetime) -> dict[str, str]:
        """The request's attributes, as `Actor` has them."""
        data = self.cleaned_data
        mfa = {"acs:MFAPresent": data["mfa"]} if data["mfa"] else {}
        return {
            "acs:SourceIp": data["source_ip"],
            "acs:SecureTransport": data["secure"],
            "acs:CurrentTime": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **mfa,
            **data["tags"],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one statement says, with its policy, its group and its text."""

    said: Said
    policy: str
    via: str
    spot: Spot | None
    text: str
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The decision in a word that templates know, and the statements, those that decide first."""

    word: str
    statements: Sequence[Shown]
    is_owner: bool = False
    unreadable: str = ""


def simulate(actor: Actor, form: SimulatorForm, draft: PolicyText | None) -> Outcome:
    """Ask the policies of the user that the form names; `draft` stands for the saved text.

    Without a user the draft alone is asked. Raises UserNotFound and NoPermission, as the pages of
    the user would.
    """
    held = _held(actor, form.cleaned_data["who"], draft)
    if held is None:
        return Outcome(word="allow", statements=[], is_owner=True)
    documents = []
    for one in held:
        try:
            documents.append(parse(one.policy.document))
        except PolicyInvalid:
            # One that cannot be understood denies everything: see `iam.credentials`.
            return Outcome(word="deny", statements=[], unreadable=one.policy.name)
    data = form.cleaned_data
    found = explain(documents, data["action"], data["resource"], form.facts(actor.now))
    deciding = found.deciding
    shown = [_shown(held[said.policy], said, said in deciding) for said in found.said]
    shown.sort(key=lambda one: (not one.decides, not one.said.holds))
    words = {Decision.ALLOW: "allow", Decision.DENY: "deny", Decision.SILENT: "silent"}
    return Outcome(word=words[found.decision], statements=shown[:MOST_SHOWN])


def _held(actor: Actor, who: str, draft: PolicyText | None) -> list[Held] | None:
    """The policies to ask; None for an owner, whom none concerns."""
    if not who:
        if draft is None:
            raise UserNotFound
        return [Held(draft)]
    user = user_describe(actor=actor, name=who)
    if user.is_owner:
        return None
    held = policies_of_user(actor=actor, user=user)
    if draft is None:
        return held
    return [Held(draft, one.via) if one.policy.name == draft.name else one for one in held]


def _shown(held: Held, said: Said, decides: bool) -> Shown:  # noqa: FBT001  # a fact, not a switch
    document = held.policy.document
    spots = statements(document)
    spot = spots[said.number - 1] if len(spots) >= said.number else None
    return Shown(
        said=said,
        policy=held.policy.name,
        via=held.via,
        spot=spot,
        text=_text(document, spot) if decides and spot else "",
        decides=decides,
    )


def _text(document: str, spot: Spot) -> str:
    """The lines of a statement, moved to the left edge."""
    lines = document.split("\n")[spot.line - 1 : spot.last_line]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    text = "\n".join(line[indent:] for line in lines)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + " …"
