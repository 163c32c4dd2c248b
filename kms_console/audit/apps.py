"""The audit trail: what was asked of the server, by whom, and how it ended."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "kms_console.audit"
    label = "audit"
