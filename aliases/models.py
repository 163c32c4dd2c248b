"""Aliases of keys."""

from django.db import models


class Alias(models.Model):
    """A name for one key of the same account and region; a key may have several.

    `name` begins with `alias/`. Case counts. `serial` is the alias' place in the account's list
    (see `keys.models.ListBlock`).
    """

    account = models.ForeignKey(
        "iam.Account", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    region = models.CharField(max_length=32)
    name = models.CharField(max_length=261)
    key = models.ForeignKey("keys.Key", on_delete=models.PROTECT, related_name="aliases")
    created_at = models.DateTimeField()
    serial = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["account", "region", "name"], name="aliases_alias_name"
            ),
            models.UniqueConstraint(
                fields=["account", "region", "serial"], name="aliases_alias_serial"
            ),
        )
