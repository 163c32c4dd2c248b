"""Notices: what people should know about before it happens, or because it did not."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The ground floor's room of notices; it knows no product app."""

    name = "kms_console.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
