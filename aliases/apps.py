"""The aliases app: names for keys, and the doors to them."""

from django.apps import AppConfig


class AliasesConfig(AppConfig):
    """Aliases of keys."""

    name = "aliases"
    label = "aliases"
    default_auto_field = "django.db.models.BigAutoField"
