"""What each worker counts of its answers, in files that all workers of a host share.

Labels are names of operations and codes: no account, key or address is ever among them.
"""

from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for the folder, once, when it is imported."""

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


def folder_of(data_dir: Path) -> Path:
    """Where the shared files are."""
    return data_dir / "run" / "metrics"


def begin(data_dir: Path) -> None:
    """Make the folder, and forget what an earlier server counted: counters begin anew."""
    folder = folder_of(data_dir)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.glob("*.db"):
        path.unlink(missing_ok=True)


class ProcessMeter:
    """See `rpc.door.Meter`. One per worker process."""

    def __init__(self) -> None:
        # What is scraped are the files: this registry is only where the library keeps them.
        registry = CollectorRegistry()
        self._answers = Counter(
            "kms_answers",
            "Answers to callers who are known, by operation and code.",
            ["action", "code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "kms_answer_seconds",
            "Time from the proof of the caller to the answer, by operation.",
            ["action"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._turned_away = Counter(
            "kms_turned_away",
            "Refusals of callers who are nobody yet, by code.",
            ["code"],
            registry=registry,
        )

    def answered(self, action: str, outcome: str, seconds: float) -> None:
        self._answers.labels(action, outcome).inc()
        self._seconds.labels(action).observe(seconds)

    def turned_away(self, code: str) -> None:
        self._turned_away.labels(code).inc()
