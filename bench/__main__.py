"""`make bench`: requests per second and server CPU per request, beside a hello-world, in one run.

One worker on core 0, wrk on core 1, 16 keep-alive connections, cases interleaved in rounds; each
figure is the median of its rounds. Every request is signed, replay-checked, authorised and
journalled. Machines differ: trust the ratios.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from bench.cases import CASES, Installation
from bench.load import Run, measure
from tests.serving import Server, free_port

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table: where to send what, and whose CPU it costs."""

    name: str
    url: str
    root: int
    targets: Callable[[Path], Path]


def main() -> None:
    """Run all cases and print a Markdown table."""
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as name, _hello("wsgi") as wsgi, _hello("rsgi") as rsgi:
        folder = Path(name)
        with _kms(folder) as server:
            runs = _rounds(_cases(server, wsgi, rsgi), folder)
            problems = server.manage("verify", check=False)
    print(_table(runs))
    print(f"\nAfter the load, `manage.py verify`: {problems.stdout.splitlines()[-1]}")


def _cases(server: Server, wsgi: Case, rsgi: Case) -> list[Case]:
    installation = Installation(server)
    assert server.process is not None
    web = _web_process(server.process.pid)
    return [
        wsgi,
        rsgi,
        *(
            Case(name, server.url, web, partial(made, installation, SECONDS))
            for name, made in CASES.items()
        ),
    ]


def _rounds(cases: list[Case], folder: Path) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {case.name: [] for case in cases}
    for number in range(ROUNDS):
        for case in cases:
            print(f"round {number + 1}/{ROUNDS}: {case.name} …", file=sys.stderr, flush=True)
            targets = case.targets(folder)
            runs[case.name].append(measure(case.url, targets, case.root, seconds=SECONDS))
    return runs


def _table(runs: dict[str, list[Run]]) -> str:
    """Medians; the last column is the yardstick's CPU over the row's."""
    yardstick = statistics.median(run.cpu for run in next(iter(runs.values())))
    lines = [
        "| case | requests/s | server CPU, µs/request | p99, ms | refused | hello / this, by CPU |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in runs.items():
        rate, cpu, p99 = (
            statistics.median(getattr(run, figure) for run in found)
            for figure in ("rate", "cpu", "p99")
        )
        refused = sum(run.refused for run in found)
        lines.append(
            f"| {name} | {rate:.0f} | {cpu:.1f} | {p99:.1f} | {refused} | {yardstick / cpu:.2f} |"
        )
    return "\n".join(lines)


@contextmanager
def _kms(folder: Path) -> Iterator[Server]:
    server = Server(folder, workers=1).start()
    assert server.process is not None
    for process in psutil.Process(server.process.pid).children(recursive=True):
        process.cpu_affinity([0])
    try:
        yield server
    finally:
        server.stop()


def _web_process(supervisor: int) -> int:
    children = psutil.Process(supervisor).children()
    return next(child.pid for child in children if "kms_console.server" in child.cmdline())


@contextmanager
def _hello(mode: str) -> Iterator[Case]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flags = ["--interface", mode, "--port", str(port), "--http", "1", "--no-ws"]
    flags += ["--loop", "uvloop", "--log-level", "warning"]
    process = subprocess.Popen(
        ["taskset", "-c", "0", sys.executable, "-m", "granian", *flags, f"bench.hello:{mode}"]
    )
    try:
        _wait(url)
        yield Case(f"hello, granian {mode.upper()}", url, process.pid, _slash)
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  # our own, on loopback
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _slash(folder: Path) -> Path:
    path = folder / "slash"
    path.write_text("/\n")
    return path


if __name__ == "__main__":
    main()
