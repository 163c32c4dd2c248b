"""One measured run: wrk on one core, the server on the other, CPU from the scheduler's accounts."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Run:
    """Requests per second, server CPU in microseconds per request, refused answers, p99 in ms."""

    rate: float
    cpu: float
    refused: int
    p99: float


def measure(url: str, targets: Path, root: int, *, seconds: int, connections: int = 16) -> Run:
    """Send the targets to `url`, where the process tree under `root` answers."""
    before = _cpu(root)
    output = subprocess.run(
        [
            *("taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"),
            *("--latency", "-s", str(HERE / "replay.lua"), url, "--", str(targets), "1"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    spent = _cpu(root) - before
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", output)
    if found is None:
        raise RuntimeError(output)
    requests, duration, refused, p99 = (int(group) for group in found.groups())
    return Run(requests / duration * 1e6, spent / requests * 1e6, refused, p99 / 1000)


def _cpu(root: int) -> float:
    """Seconds of CPU of a process and all below it."""
    tree = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    return sum(_seconds(process.pid) for process in tree)


def _seconds(pid: int) -> float:
    """All threads of a process, to the nanosecond, where the kernel tells."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9
