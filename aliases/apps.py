"""The aliases app: names for keys, and the doors to them."""

from django.apps import AppConfig

from kms_console.core import events


class AliasesConfig(AppConfig):
    """Aliases of keys."""

    name = "aliases"
    label = "aliases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models must exist before these are imported.
        import aliases.rpc  # noqa: F401, PLC0415  # registers its operations
        from aliases.services.destruction import aliases_of_destroyed_key_delete  # noqa: PLC0415

        events.key_destroyed.append(aliases_of_destroyed_key_delete)
