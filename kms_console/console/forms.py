"""How forms are drawn: Django's own, with the console's templates."""

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Fields are drawn by `console/field.html`: label, hint, control, errors."""

    field_template_name = "console/field.html"


class Confirmation(forms.Form):
    """Nothing to fill in."""
