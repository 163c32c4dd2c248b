"""The machinery of the pages: sessions, the caller of a page, dialogs, errors."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "kms_console.console"
    label = "console"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415

        from kms_console.console.life import begin  # noqa: PLC0415  # it needs the models

        user_logged_in.connect(begin, dispatch_uid="console-session")
