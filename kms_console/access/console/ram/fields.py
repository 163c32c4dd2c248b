"""Fields of dialogs about people and policies."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from kms_console.iam import system_policies
from kms_console.iam.selectors import policy_list

_LONGEST_NAME = 64
_LONGEST_POLICY_NAME = 128
_OFFERED = 200


def name_field(label: Any, longest: int = _LONGEST_NAME, **more: Any) -> forms.CharField:
    """A name as RAM has them; the service says what is none."""
    return forms.CharField(
        label=label,
        max_length=longest,
        help_text=gettext_lazy("Letters, digits, dots, underscores and hyphens."),
        widget=forms.TextInput(attrs={"autofocus": True, "spellcheck": "false"}),
        **more,
    )


class UserForm(forms.Form):
    name = name_field(gettext_lazy("User name"))
    console = forms.BooleanField(
        label=gettext_lazy("Console sign-in"),
        help_text=gettext_lazy("The user gets a password for the first login."),
        required=False,
    )


class GroupForm(forms.Form):
    name = name_field(gettext_lazy("Group name"))


class MemberForm(forms.Form):
    name = name_field(gettext_lazy("User name"))


class PolicyNameForm(forms.Form):
    name = name_field(gettext_lazy("Policy name"), _LONGEST_POLICY_NAME)


class ChooseForm(forms.Form):
    """One of some names."""

    name = forms.ChoiceField()

    def __init__(self, data: Any, *, label: Any, choices: Any) -> None:
        super().__init__(data)
        field = self.fields["name"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        field.label, field.choices = label, choices


def policy_choices(account_id: str) -> list[tuple[Any, list[tuple[str, str]]]]:
    """The account's own policies (the first 200) and the system's."""
    own = policy_list(account_id).values_list("name", flat=True)[:_OFFERED]
    return [
        (gettext_lazy("Custom"), [(name, name) for name in own]),
        (gettext_lazy("System"), [(name, name) for name in system_policies.DOCUMENTS]),
    ]
