"""The hosts that share one database."""

from django.apps import AppConfig


class HostsConfig(AppConfig):
    name = "kms_console.hosts"
