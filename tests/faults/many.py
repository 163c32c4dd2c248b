"""`python -m tests.faults.many COUNT`: so many rotations due at once, and callers meanwhile.

Two timers' processes sweep, at their nice level, while callers encrypt fifty times a second with a
key of the same account. Prints one line. On SQLite, or on PostgreSQL with `DATABASE_URL`.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.calling import Caller
from tests.serving import ROOT, Server

SWEEPERS = 2
CALLERS = 4
EVERY = 0.08
"""Seconds from one call of a caller to its next."""

PATIENCE = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Seconds from the timers' start; CPU in milliseconds for each rotation; p99 in ms."""

    count: int
    seconds: float
    cpu: float
    nice: int
    doubled: int
    missed: int
    problems: int
    idle: float
    loaded: float

    def line(self) -> str:
        return (
            f"{self.count} rotations due at once: {self.seconds:.0f} s,"
            f" {self.cpu:.2f} ms of CPU each in the timers, nice {self.nice};"
            f" {self.doubled} doubled, {self.missed} missed, {self.problems} problems;"
            f" Encrypt p99 {self.idle:.1f} ms idle, {self.loaded:.1f} ms meanwhile"
            f" ({self.loaded / self.idle:.1f} x)"
        )


class Sweeping:
    """The timers' processes of an installation whose `web` runs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._begun = time.monotonic()
        self._processes = [self._start() for _ in range(SWEEPERS)]

    def wait_until(self, left: int) -> float:
        """Until no more than so many are due; seconds since the start."""
        _run(self._server, "tests.faults.due", "until", str(left))
        return time.monotonic() - self._begun

    def stop(self) -> tuple[float, int]:
        """End the processes; their seconds of CPU, and their nice level."""
        spent = sum(sum(process.cpu_times()[:2]) for process in self._processes)
        level = self._processes[0].nice()
        for process in self._processes:
            process.kill()
            process.wait(10)
        return spent, level

    def _start(self) -> psutil.Popen:
        with (self._server.folder / "server.log").open("ab") as log:
            return psutil.Popen(
                [sys.executable, str(ROOT / "manage.py"), "timers"],
                cwd=ROOT,
                env=self._server.environment,
                stdout=log,
                stderr=log,
            )


def measure(folder: Path, *, count: int, runs: int = 5, seconds: float = 8.0) -> Found:
    """Each p99 is the median of `runs`, each of which takes `seconds`."""
    server = Server(folder, command="web")
    server.manage("bootstrap")
    _run(server, "tests.faults.due", "fill", str(count), "rotation")
    server.start(ready=False)
    try:
        return _measure(server, count, runs, seconds)
    finally:
        server.stop()


def _measure(server: Server, count: int, runs: int, seconds: float) -> Found:
    caller = Caller.owner(server)
    key_id = caller.call("CreateKey", Description="later")["KeyMetadata"]["KeyId"]
    _p99(caller, key_id, seconds / 4)  # warm
    idle = _median(caller, key_id, runs, seconds)
    sweeping = Sweeping(server)
    try:
        sweeping.wait_until(count - 1)
        loaded = _median(caller, key_id, runs, seconds)
        took = sweeping.wait_until(0)
    finally:
        cpu, nice = sweeping.stop()
    kept = json.loads(_run(server, "tests.faults.due", "count"))
    versions = kept["rotation"]
    missed = versions.get("1 versions", 0)
    return Found(
        count=count,
        seconds=took,
        cpu=1000 * cpu / count,
        nice=nice,
        doubled=count - missed - versions.get("2 versions", 0),
        missed=missed,
        problems=len(kept["problems"]),
        idle=idle,
        loaded=loaded,
    )


def _median(caller: Caller, key_id: str, runs: int, seconds: float) -> float:
    return statistics.median(_p99(caller, key_id, seconds) for _ in range(runs))


def _p99(caller: Caller, key_id: str, seconds: float) -> float:
    """Milliseconds, of the calls of all callers."""
    # Each time anew: the server closes a connection that was idle for long.
    callers = [caller.another() for _ in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as threads:
        found = list(threads.map(lambda one: _latencies(one, key_id, seconds), callers))
    return statistics.quantiles([took for each in found for took in each], n=100)[98]


def _latencies(caller: Caller, key_id: str, seconds: float) -> list[float]:
    """Milliseconds, of calls at a fixed rate: who waited for one is late for the next as well."""
    caller.call("DescribeRegions")
    took, begun = [], time.monotonic()
    for number in range(round(seconds / EVERY)):
        meant = begun + number * EVERY
        time.sleep(max(0.0, meant - time.monotonic()))
        caller.call("Encrypt", KeyId=key_id, Plaintext="eA==")
        took.append(1000 * (time.monotonic() - meant))
    return took


def _run(server: Server, module: str, *words: str) -> str:
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return done.stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.stdout.write(measure(Path(name), count=int(sys.argv[1])).line() + "\n")
