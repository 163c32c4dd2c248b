"""Doors of `iam` and `audit`: signing in, a user's own settings, access control, the trail."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "kms_console.access"
    label = "access"
