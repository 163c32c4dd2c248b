"""The keys app: what a key is, what may be done with it, and the doors to it."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """Keys, their versions and tags."""

    name = "keys"
    label = "keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import keys.rpc  # noqa: F401, PLC0415  # registers its operations; models must exist
        from keys.services.notices import CHECKS  # noqa: PLC0415
        from kms_console.notices import holding  # noqa: PLC0415

        holding.checks.update(CHECKS)
