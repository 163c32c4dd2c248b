"""Notices, the messages they travel in, and the way of each message over each channel.

No address and no secret of a channel is in here: a channel is a name. Ids of other rooms are plain
values, as what they named may be gone.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class Outcome(models.TextChoices):
    """What became of a delivery."""

    OPEN = "", "open"
    DELIVERED = "delivered"
    DROPPED = "dropped", "nothing in it held any more"
    GIVEN_UP = "given up"


class Message(models.Model):
    """Up to 200 notices of one account, kind and stage, that travel together under one id.

    `stage` is in days before the moment, 0 for what is late or failed. `account_id` is empty for
    what concerns the operators alone. A message is `addressed` once, to the channels of that time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=16, blank=True)
    kind = models.CharField(max_length=32)
    stage = models.PositiveSmallIntegerField()
    filed_at = models.DateTimeField()
    addressed = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["filed_at"], name="notices_message_filed"),
            models.Index(
                fields=["filed_at", "id"],
                condition=Q(addressed=False),
                name="notices_message_new",
            ),
        ]


class Notice(models.Model):
    """Told once for each subject, kind, due moment and stage.

    `subject` is the id of a key, or one made from the host's name; `name` is what people call it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=32)
    subject = models.UUIDField()
    name = models.CharField(max_length=255)
    region = models.CharField(max_length=32, blank=True)
    due = models.DateTimeField()
    stage = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="notices_notice_once", fields=["subject", "kind", "due", "stage"]
            ),
        ]


class Delivery(models.Model):
    """A message on its way over one channel. `error` is a word or two, and quotes nobody.

    It is tried at `next_at`, which is None once it has an outcome, and until `ends_at`.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=32)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default=Outcome.OPEN)
    error = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="notices_delivery_once", fields=["message", "channel"]),
            models.CheckConstraint(
                name="notices_delivery_outcome",
                condition=Q(outcome="", next_at__isnull=False)
                | Q(outcome__in=["delivered", "dropped", "given up"], next_at__isnull=True),
            ),
        ]
        # Nearly all deliveries are done: what is looked for is open.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["channel", "next_at", "id"],
                condition=Q(next_at__isnull=False),
                name="notices_delivery_open",
            ),
            models.Index(
                fields=["ends_at"],
                condition=Q(next_at__isnull=False),
                name="notices_delivery_ends",
            ),
            models.Index(fields=["channel", "tried_at"], name="notices_delivery_tried"),
        ]


class Search(models.Model):
    """How far a room has looked for what to tell: at all there is, and at what time has brought."""

    name = models.CharField(primary_key=True, max_length=32)
    full_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class ChannelState(models.Model):
    """How a channel is doing: since it last worked, and all in all.

    `failures` are those in a row; the channel is left alone until `rests_until`.
    """

    name = models.CharField(primary_key=True, max_length=32)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    delivered = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    dropped = models.PositiveBigIntegerField(default=0)
    given_up = models.PositiveBigIntegerField(default=0)
