"""Accounts, users, access keys and policies: who may do what."""

from django.apps import AppConfig


class IamConfig(AppConfig):
    """The ground floor's identity room."""

    name = "kms_console.iam"
    label = "iam"
    default_auto_field = "django.db.models.BigAutoField"
