"""The one place that reads the wall clock; everything else is told the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The real time, aware, in UTC. Signatures, TLS and sessions never use anything else."""
    return datetime.now(UTC)


def wire(moment: datetime) -> str:
    """Format as the API does: `2019-07-04T13:14:15Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
