"""Sealed keys at rest: domain keys under the root key, material under a domain key."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from kms_console.core.sealing import Place


class DomainKey(models.Model):
    """A random key that seals what one module holds in one region, or what one purpose needs.

    `purpose` is `material`, or one of `core.sealing.Purpose` for the system's own secrets (region
    empty, module `system`). `sealed` is the key as a record under the root key `root_id`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    purpose = models.CharField(max_length=32)
    region = models.CharField(max_length=64, blank=True)
    module = models.CharField(max_length=32)
    sealed = models.BinaryField()
    root_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["purpose", "region", "module"], name="hsm_one_domain_key_each"
            )
        ]

    def place(self) -> Place:
        """What the wrapped key is bound to."""
        return Place(
            column="hsm_domainkey.sealed",
            row=str(self.id),
            region=self.region,
            module=self.module,
            spec=self.purpose,
        )


class Material(models.Model):
    """The material of one key version, as a record under its domain key.

    Destroyed material keeps its row as a tombstone; the bytes are overwritten.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    domain_key = models.ForeignKey(DomainKey, on_delete=models.PROTECT, related_name="materials")
    spec = models.CharField(max_length=32)
    sealed = models.BinaryField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) | Q(sealed=b""),
                name="hsm_destroyed_material_is_gone",
            )
        ]


class ImportPair(models.Model):
    """A pair that unwraps material for one key, as a record under the region's domain key.

    Its row goes when the pair expires: without it the token that names it is of no use. `key_id`
    is no foreign key, as keys are another room's.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    domain_key = models.ForeignKey(DomainKey, on_delete=models.PROTECT, related_name="+")
    account_id = models.CharField(max_length=16)
    region = models.CharField(max_length=32)
    key_id = models.UUIDField(db_index=True)
    spec = models.CharField(max_length=32)
    algorithm = models.CharField(max_length=32)
    sealed = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)


class VersionUses(models.Model):
    """The encryptions that were leased under one key version, whose cipher may do only so many.

    Not of its material's row: the same material may be imported again, and has been used as often.
    """

    version_id = models.UUIDField(primary_key=True)
    uses = models.PositiveBigIntegerField(default=0)
