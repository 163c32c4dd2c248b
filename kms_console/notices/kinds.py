"""What there are notices about."""

from enum import StrEnum


class Kind(StrEnum):
    """Kinds of notices, as channels, webhooks and the audit trail spell them."""

    ROTATION_UPCOMING = "rotation.upcoming"
    ROTATION_LATE = "rotation.late"
    ROTATION_FAILED = "rotation.failed"
    DELETION_UPCOMING = "deletion.upcoming"
    DELETION_LATE = "deletion.late"
    DELETION_FAILED = "deletion.failed"
    EXPIRY_UPCOMING = "expiry.upcoming"
    EXPIRY_LATE = "expiry.late"
    EXPIRY_FAILED = "expiry.failed"
    CLOCK_HELD = "clock.held"
    TEST = "test"


CHOSEN = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""What a channel may ask for. A test goes to the channel that is tested."""

STAGES = (30, 7, 1)
"""Days before the moment at which something upcoming is told, the earliest first."""
