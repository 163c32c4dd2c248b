"""The forms of the playground. Sizes of what is used are judged by the services, as at the API."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hsm.domain.specs import Algorithm
from keys.domain.ciphertext import Blob
from keys.domain.data_keys import LARGEST_SIZE
from keys.domain.encoding import base64_lines_decode
from keys.domain.refs import LONGEST as LONGEST_REF
from keys.domain.refs import KeyRef

TEXT, BASE64 = "text", "base64"
LONGEST_INPUT = 16_384
"""Characters of a field, as at the API."""

ENCRYPTING = (Algorithm.RSAES_OAEP_SHA_256, Algorithm.RSAES_OAEP_SHA_1, Algorithm.SM2PKE)
SIGNING = (
    Algorithm.RSA_PSS_SHA_256,
    Algorithm.RSA_PKCS1_SHA_256,
    Algorithm.ECDSA_SHA_256,
    Algorithm.SM2DSA,
)
"""In the order of preference: the first that a key offers is used where none is named."""


def key_field(label: Any, **options: Any) -> forms.CharField:
    """A key by its alias, id or ARN; the page offers those at hand."""
    attrs = {"list": "l-keys", "class": "fi mono", "autocomplete": "off", "spellcheck": "false"}
    attrs |= options.pop("attrs", {})
    return forms.CharField(
        label=label, max_length=LONGEST_REF, widget=forms.TextInput(attrs=attrs), **options
    )


def text_field(label: Any, rows: int = 4, **options: Any) -> forms.CharField:
    """Several lines, as they are typed."""
    attrs = {"rows": rows, "class": "fi ta mono", "spellcheck": "false"}
    return forms.CharField(
        label=label,
        max_length=LONGEST_INPUT,
        strip=False,
        widget=forms.Textarea(attrs=attrs),
        **options,
    )


def algorithm_field(algorithms: tuple[Algorithm, ...]) -> forms.ChoiceField:
    choices = [("", gettext_lazy("What the key offers first"))]
    return forms.ChoiceField(
        label=gettext_lazy("Algorithm"),
        choices=[*choices, *((one.value, one.value) for one in algorithms)],
        required=False,
        widget=forms.Select(attrs={"class": "fi fs"}),
    )


def parsed_ref(text: str) -> KeyRef:
    """Raises ValidationError."""
    try:
        return KeyRef.parse(text)
    except ValueError:
        raise ValidationError(_("This is no name of a key.")) from None


def decoded(text: str) -> bytes:
    """Base64 in one line or several. Raises ValidationError."""
    try:
        return base64_lines_decode(text.strip())
    except ValueError:
        raise ValidationError(_("This is not Base64.")) from None


class Form(forms.Form):
    """What all forms do alike: read keys and Base64."""

    def clean_key(self) -> KeyRef | None:
        """None for no text, where a key need not be named."""
        text = self.cleaned_data["key"].strip()
        return parsed_ref(text) if text else None


class InputForm(Form):
    """A text or bytes, in `content`, which is bytes once cleaned."""

    format = forms.ChoiceField(
        label=gettext_lazy("Input format"),
        choices=[(TEXT, gettext_lazy("Text")), (BASE64, "Base64")],
        initial=TEXT,
        required=False,
    )

    field_order = ("key", "format", "content")

    def clean_content(self) -> bytes:
        text: str = self.cleaned_data["content"]
        if self.cleaned_data.get("format") == BASE64:
            return decoded(text)
        # A textarea sends line ends of its own.
        return text.replace("\r\n", "\n").encode("utf-8", "replace")


class PairFields(Form):
    """What names the version of a key pair; symmetric keys need neither."""

    version = forms.CharField(
        label=gettext_lazy("Key version ID"),
        max_length=36,
        required=False,
        help_text=gettext_lazy("Empty: the newest version."),
        widget=forms.TextInput(attrs={"class": "fi mono", "autocomplete": "off"}),
    )


class EncryptForm(InputForm, PairFields):
    key = key_field(gettext_lazy("Key"))
    content = text_field(gettext_lazy("Plaintext"))
    algorithm = algorithm_field(ENCRYPTING)


class DecryptForm(PairFields):
    """A ciphertext of a symmetric key says itself which key it is; of a key pair it does not."""

    content = text_field(gettext_lazy("CiphertextBlob"))
    key = key_field(
        gettext_lazy("Key pair"),
        required=False,
        help_text=gettext_lazy("Only for ciphertexts of key pairs: the others name their key."),
    )
    algorithm = algorithm_field(ENCRYPTING)

    def clean_content(self) -> str:
        text = "".join(self.cleaned_data["content"].split())
        decoded(text)
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("content") and data.get("key") is None and "key" not in self.errors:
            data["blob"] = self._blob(data["content"])
        return data

    def _blob(self, text: str) -> Blob | None:
        try:
            return Blob.parse(text)
        except ValueError:
            self.add_error("content", _("This is no ciphertext of a symmetric key."))
            return None


class DataKeyForm(Form):
    key = key_field(gettext_lazy("Key"))
    size = forms.IntegerField(
        label=gettext_lazy("Bytes"),
        min_value=1,
        max_value=LARGEST_SIZE,
        initial=32,
        widget=forms.NumberInput(attrs={"class": "fi num"}),
    )
    plain = forms.BooleanField(
        label=gettext_lazy("Show the plaintext data key"), required=False, initial=True
    )


class ReEncryptForm(Form):
    content = text_field(gettext_lazy("CiphertextBlob"))
    key = key_field(gettext_lazy("Destination key"))

    def clean_content(self) -> Blob:
        try:
            return Blob.parse("".join(self.cleaned_data["content"].split()))
        except ValueError:
            raise ValidationError(_("This is no ciphertext of a symmetric key.")) from None


class SignForm(InputForm, PairFields):
    key = key_field(gettext_lazy("Key"))
    content = text_field(gettext_lazy("Message"))
    algorithm = algorithm_field(SIGNING)


class VerifyForm(SignForm):
    signature = text_field(gettext_lazy("Signature"), rows=3)

    def clean_signature(self) -> bytes:
        return decoded(self.cleaned_data["signature"])
