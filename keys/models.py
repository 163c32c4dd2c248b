"""Keys, their versions and tags. What is secret lives with `hsm`, under `material_id`.

Foreign keys have no index of their own: each table has one that begins with the column already.
"""

import uuid
from enum import StrEnum

from django.db import models

from keys.domain.description import LONGEST as LONGEST_DESCRIPTION
from keys.domain.specs import KeySpec, KeyUsage, Origin, ProtectionLevel
from keys.domain.states import KeyState
from keys.domain.tags import LONGEST as LONGEST_TAG


def _one_of(field: str, values: type[StrEnum]) -> models.CheckConstraint:
    # Plain strings: a migration must not change with the enum it was made from.
    allowed = models.Q(**{f"{field}__in": [member.value for member in values]})
    return models.CheckConstraint(name=f"keys_key_{field}", condition=allowed)


class Key(models.Model):
    """A customer master key of one account in one region.

    Times are the account's (a training account's clock may be shifted). `primary_version` is the
    version that encrypts; it is no foreign key, as versions point here. `serial` is the key's
    place in the account's list (see `ListBlock`). `creator` is the account, or the cloud product
    that manages the key. `policy` is a document, empty for the default one. `material_binding` is
    the keyed digest (hexadecimal) of the first material that was imported, `material_check_value`
    what its owner compares (`domain.importing`); both stay when the material goes.
    `next_rotation_at` is when the next version is due, None for a key that does not rotate. A key
    with `destroyed_at` is a tombstone: it is nobody's and in no list.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        "iam.Account", on_delete=models.PROTECT, related_name="keys", db_index=False
    )
    region = models.CharField(max_length=32)
    spec = models.CharField(max_length=32)
    usage = models.CharField(max_length=16)
    origin = models.CharField(max_length=16)
    protection_level = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    creator = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    delete_at = models.DateTimeField(null=True)
    material_expires_at = models.DateTimeField(null=True)
    automatic_rotation = models.BooleanField(default=False)
    rotation_interval = models.PositiveIntegerField(null=True)  # seconds
    last_rotation_at = models.DateTimeField(null=True)
    next_rotation_at = models.DateTimeField(null=True)
    deletion_protection = models.BooleanField(default=False)
    deletion_protection_description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    primary_version = models.UUIDField(null=True)
    serial = models.PositiveBigIntegerField()
    policy = models.TextField(blank=True, default="")
    material_binding = models.CharField(max_length=64, blank=True, default="")
    material_check_value = models.CharField(max_length=6, blank=True, default="")
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "region", "serial"], name="keys_key_serial"),
            _one_of("spec", KeySpec),
            _one_of("usage", KeyUsage),
            _one_of("origin", Origin),
            _one_of("protection_level", ProtectionLevel),
            _one_of("state", KeyState),
            models.CheckConstraint(
                name="keys_key_rotation_interval",
                condition=models.Q(automatic_rotation=False)
                | models.Q(rotation_interval__isnull=False),
            ),
        )
        # What timers look for; nearly all keys are in none of them.
        indexes = tuple(
            models.Index(
                fields=[field, "id"],
                name=f"keys_key_{name}",
                condition=models.Q(**{f"{field}__isnull": False}),
            )
            for field, name in (
                ("next_rotation_at", "rotation"),
                ("delete_at", "deletion"),
                ("material_expires_at", "expiry"),
            )
        )


class KeyVersion(models.Model):
    """One material of a key. Versions are numbered from 1 without a gap and never removed.

    `material_id` is None once the material is destroyed, and before it is imported.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    material_id = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key", "number"], name="keys_version_number"),
        )


class KeyTag(models.Model):
    """A tag of a key."""

    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(max_length=LONGEST_TAG)
    value = models.CharField(max_length=LONGEST_TAG, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "name"], name="keys_tag_name"),)


class Listed(StrEnum):
    """What is listed in blocks."""

    KEYS = "keys"
    ALIASES = "aliases"


class ListBlock(models.Model):
    """A thousand places of a list: how many were `taken`, and how many are still filled.

    A row's serial is `number * BLOCK_SIZE + n`, given once and never again, in the order of
    creation. So a page is found by summing blocks and skipping less than one of them, wherever it
    is in the list, and the total is a sum as well (decision 13).
    """

    account = models.ForeignKey(
        "iam.Account", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    region = models.CharField(max_length=32)
    listed = models.CharField(max_length=16)
    number = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    filled = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["account", "region", "listed", "number"], name="keys_listblock_once"
            ),
            models.CheckConstraint(
                name="keys_listblock_counts", condition=models.Q(filled__lte=models.F("taken"))
            ),
        )


BLOCK_SIZE = 1000


class HostClock(models.Model):
    """What a host's timers last read of its clocks, and the reading they compare it with.

    `anchor` is the first reading of a boot, or the one that an operator confirmed.
    """

    host = models.CharField(primary_key=True, max_length=255)
    boot_id = models.CharField(max_length=36)
    anchor_wall = models.DateTimeField()
    anchor_uptime = models.FloatField()  # seconds
    wall = models.DateTimeField()


class ClockHold(models.Model):
    """While there is a row, nothing is destroyed and nothing expires for good."""

    host = models.CharField(primary_key=True, max_length=255)
    reason = models.CharField(max_length=255)
    held_at = models.DateTimeField()
