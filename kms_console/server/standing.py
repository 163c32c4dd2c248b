"""How things stand: what is late, what is held, what has not arrived yet."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hsm.sealer import READY, root_status
from keys.selectors.due import PATIENCE, late
from keys.services.fuse import is_held
from kms_console.audit.shipping import backlog
from kms_console.hosts import sweeps
from kms_console.iam.models import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Counts, seconds, bytes, and yes or no."""

    late_rotations: int
    late_deletions: int
    late_expiries: int
    oldest_late_seconds: float
    clock_held: bool
    timers_silent_seconds: float
    journal_bytes: int
    sealed: bool


def standing(data_dir: Path, now: datetime) -> Standing:
    """Ask the database, the journals and the timers."""
    found = late(now - PATIENCE, Account.objects.filter(is_training=False))
    oldest = min((moment for _, moment in found.values() if moment), default=now)
    return Standing(
        late_rotations=found["rotations"][0],
        late_deletions=found["deletions"][0],
        late_expiries=found["expiries"][0],
        oldest_late_seconds=(now - oldest).total_seconds(),
        clock_held=is_held(),
        timers_silent_seconds=sweeps.silence(),
        journal_bytes=backlog(data_dir / "journal"),
        sealed=root_status() != READY,
    )
