"""The one place that reads the wall clock; everything else is told the time."""

import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def utc_now() -> datetime:
    """The real time, aware, in UTC. Signatures, TLS and sessions never use anything else."""
    return datetime.now(UTC)


def wire(moment: datetime) -> str:
    """Format as the API does: `2019-07-04T13:14:15Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a host's clocks: the wall clock, and the seconds since its boot.

    Nobody can set the latter, and it goes on while the host sleeps; it says nothing across a boot.
    """

    host: str
    boot_id: str
    wall: datetime
    uptime: float


def host_name() -> str:
    """What this host is called."""
    return platform.node()


def reading() -> Reading:
    """Both clocks of this host, now."""
    boot_id = _BOOT_ID.read_text().strip()
    return Reading(host_name(), boot_id, utc_now(), time.clock_gettime(time.CLOCK_BOOTTIME))
