"""The trail's tables. Ids of other rooms are strings: what they named may be gone."""

from django.db import models

from kms_console.audit.record import LONGEST_TEXT


class AuditEvent(models.Model):
    """One audited call: the fields of AuditRecord, and its place in its writer's chain."""

    id = models.BigAutoField(primary_key=True)
    writer = models.CharField(max_length=64)
    n = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)
    has_facts = models.BooleanField(default=False)

    time = models.DateTimeField()
    request_id = models.CharField(max_length=LONGEST_TEXT)
    account_id = models.CharField(max_length=LONGEST_TEXT)
    user_id = models.CharField(max_length=LONGEST_TEXT)
    user_name = models.CharField(max_length=LONGEST_TEXT)
    access_key_id = models.CharField(max_length=LONGEST_TEXT)
    source_ip = models.CharField(max_length=LONGEST_TEXT)
    region = models.CharField(max_length=LONGEST_TEXT)
    action = models.CharField(max_length=LONGEST_TEXT)
    subject = models.CharField(max_length=LONGEST_TEXT)
    version_id = models.CharField(max_length=LONGEST_TEXT)
    outcome = models.CharField(max_length=LONGEST_TEXT)
    detail = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("writer", "n"), name="audit_event_once_in_chain"),
        )
        indexes = (
            models.Index(fields=("account_id", "time"), name="audit_event_of_account"),
            models.Index(fields=("subject", "id"), name="audit_event_of_subject"),
            models.Index(fields=("request_id",), name="audit_event_of_request"),
            # `verify` asks for the last facts of every subject; few events carry any.
            models.Index(
                fields=("subject", "id"),
                condition=models.Q(has_facts=True),
                name="audit_event_with_facts",
            ),
        )


class JournalPosition(models.Model):
    """How far a journal file has been moved into AuditEvent.

    `offset` (bytes), `n` and `hash` are those after the last line moved; `checkpointed` is the
    newest `n` a checkpoint vouches for. A `problem` stops the journal for good; `closed` tells
    that its writer is dead and everything is moved. `folder` is the data folder it lies in.
    """

    writer = models.CharField(primary_key=True, max_length=64)
    offset = models.PositiveBigIntegerField(default=0)
    n = models.PositiveBigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)
    checkpointed = models.PositiveBigIntegerField(default=0)
    closed = models.BooleanField(default=False)
    problem = models.CharField(max_length=LONGEST_TEXT, default="", blank=True)
    folder = models.CharField(max_length=32, default="", db_default="", blank=True)


class Checkpoint(models.Model):
    """A signed statement of where chains stood; the same is kept in a file (`checkpoints.py`).

    `heads` maps writers to [n, hash in hex], `seen` is the newest event's id at that moment.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    time = models.DateTimeField()
    previous = models.BinaryField(max_length=32)
    heads = models.JSONField()
    seen = models.PositiveBigIntegerField()
    mac = models.BinaryField(max_length=32)


class KeyVersionUsage(models.Model):
    """How often a key version was used, counted from the journals as they are moved.

    Derived data: what it counts is in AuditEvent. `decrypts` are among the `calls`.
    """

    version_id = models.CharField(primary_key=True, max_length=LONGEST_TEXT)
    key_id = models.CharField(max_length=LONGEST_TEXT, db_index=True)
    calls = models.PositiveBigIntegerField()
    decrypts = models.PositiveBigIntegerField()
    last_used_at = models.DateTimeField()


class KeyVersionDay(models.Model):
    """The same counts for one day (UTC); kept for a month."""

    pk = models.CompositePrimaryKey("version_id", "day")
    version_id = models.CharField(max_length=LONGEST_TEXT)
    day = models.DateField(db_index=True)
    calls = models.PositiveBigIntegerField()
    decrypts = models.PositiveBigIntegerField()


class CallSlot(models.Model):
    """Journalled calls of one half hour (UTC) of an account in a region; kept for two days.

    Derived data, for charts. `errors` are among the `calls`.
    """

    pk = models.CompositePrimaryKey("account_id", "region", "slot")
    account_id = models.CharField(max_length=LONGEST_TEXT)
    region = models.CharField(max_length=LONGEST_TEXT)
    slot = models.DateTimeField(db_index=True)
    calls = models.PositiveBigIntegerField()
    errors = models.PositiveBigIntegerField()
