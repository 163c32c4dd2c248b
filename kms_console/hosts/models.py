"""What hosts of one PostgreSQL database tell each other (decision 0031); on SQLite all but empty.

The types of PostgreSQL's transaction numbers and snapshots are in its manual, chapter 9.26.9. They
are read and written by plain SQL alone.
"""

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class _Typed(models.Field):  # type: ignore[type-arg]
    """A column of one of PostgreSQL's own types; text elsewhere."""

    type_name = ""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.type_name if connection.vendor == "postgresql" else "text"


class XidField(_Typed):
    """A transaction's number."""

    type_name = "xid8"


class SnapshotField(_Typed):
    """Which transactions somebody saw the end of."""

    type_name = "pg_snapshot"


class StripesField(_Typed):
    """Numbers of stripes of the generation stamp."""

    type_name = "integer[]"


class Host(models.Model):
    """A server on a data folder of its own.

    `xid` is the transaction that registered it, `seen` what its map knows, and `beat` goes up by
    one each time that it says so. `shared`: all nonces that it accepted and that could come again
    are in `HostNonce`. Of others, what it accepted has a Timestamp up to `ceiling`, and what it
    may have forgotten up to `floor` (Unix seconds). A host that is `gone` may not go on under its
    number.
    """

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=255)
    xid = XidField()
    seen = SnapshotField()
    beat = models.BigIntegerField(default=0)
    shared = models.BooleanField()
    floor = models.BigIntegerField()
    ceiling = models.BigIntegerField()
    gone = models.BooleanField(default=False)


class HostChange(models.Model):
    """The stripes that a transaction changed; gone once all hosts have seen it."""

    id = models.BigAutoField(primary_key=True)
    xid = XidField(db_index=True)
    origin = models.BigIntegerField()
    stripes = StripesField()


class HostNonce(models.Model):
    """A used nonce, while there is more than one host: see `rpc.nonces`."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    slot = models.BigIntegerField(db_index=True)


class SweepBeat(models.Model):
    """When the sweeps were last done, on whichever host, by the database's clock."""

    name = models.CharField(primary_key=True, max_length=32)
    at = models.DateTimeField()
