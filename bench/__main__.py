"""`make bench`: requests per second and server CPU per request, beside a hello-world, in one run.

One worker on core 0, wrk on core 1, 16 keep-alive connections, cases interleaved in rounds; each
figure is the median of its rounds. Every request is signed, replay-checked, authorised and
journalled. Beside each case stands the bare primitive, measured in the same rounds. Machines
differ: trust the ratios.
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

from bench import bare
from bench.cases import CASES, Installation
from bench.load import Run, measure
from tests.serving import Server, free_port

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))

_COLUMNS = (
    "case",
    "requests/s",
    "server CPU, µs/request",
    "p99, ms",
    "refused",
    "hello / this, by CPU",
    "bare primitive, µs",
    "primitive / this",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: where to send what, whose CPU it costs, and the primitive alone."""

    name: str
    url: str
    root: int
    targets: Callable[[Path], Path]
    primitive: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One run of a row, and what the primitive took then, in microseconds of CPU."""

    run: Run
    bare: float


def main() -> None:
    """Run all cases and print a Markdown table."""
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as name, _hello("wsgi") as wsgi, _hello("rsgi") as rsgi:
        folder = Path(name)
        with _kms(folder) as server:
            rounds = _rounds(_rows(server, wsgi, rsgi), folder)
            problems = server.manage("verify", check=False)
    print(_table(rounds))
    print(f"\nAfter the load, `manage.py verify`: {problems.stdout.splitlines()[-1]}")


def _rows(server: Server, wsgi: Row, rsgi: Row) -> list[Row]:
    installation = Installation(server)
    assert server.process is not None
    web = _web_process(server.process.pid)
    return [
        wsgi,
        rsgi,
        *(
            Row(name, server.url, web, partial(installation.targets, name, SECONDS), case.bare())
            for name, case in CASES.items()
        ),
    ]


def _rounds(rows: list[Row], folder: Path) -> dict[str, list[Round]]:
    rounds: dict[str, list[Round]] = {row.name: [] for row in rows}
    for number in range(ROUNDS):
        for row in rows:
            print(f"round {number + 1}/{ROUNDS}: {row.name} …", file=sys.stderr, flush=True)
            primitive = bare.spent(row.primitive) if row.primitive else 0.0
            run = measure(row.url, row.targets(folder), row.root, seconds=SECONDS)
            rounds[row.name].append(Round(run, primitive))
    return rounds


def _table(rounds: dict[str, list[Round]]) -> str:
    """Medians; two columns compare the row's CPU with the yardstick's and its primitive's."""
    yardstick = statistics.median(found.run.cpu for found in next(iter(rounds.values())))
    lines = [_line(name, found, yardstick) for name, found in rounds.items()]
    return "\n".join([f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|", *lines])


def _line(name: str, rounds: list[Round], yardstick: float) -> str:
    rate, cpu, p99 = (
        statistics.median(getattr(found.run, figure) for found in rounds)
        for figure in ("rate", "cpu", "p99")
    )
    refused = sum(found.run.refused for found in rounds)
    alone = statistics.median(found.bare for found in rounds)
    primitive = f"{alone:.1f} | {alone / cpu:.2f}" if alone else "– | –"
    return (
        f"| {name} | {rate:.0f} | {cpu:.1f} | {p99:.1f} | {refused} | {yardstick / cpu:.2f}"
        f" | {primitive} |"
    )


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
def _hello(mode: str) -> Iterator[Row]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flags = ["--interface", mode, "--port", str(port), "--http", "1", "--no-ws"]
    flags += ["--loop", "uvloop", "--log-level", "warning"]
    process = subprocess.Popen(
        ["taskset", "-c", "0", sys.executable, "-m", "granian", *flags, f"bench.hello:{mode}"]
    )
    try:
        _wait(url)
        yield Row(f"hello, granian {mode.upper()}", url, process.pid, _slash)
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
