"""The app that holds key bytes."""

from django.apps import AppConfig


class HsmConfig(AppConfig):
    name = "hsm"
    label = "hsm"
    default_auto_field = "django.db.models.BigAutoField"
