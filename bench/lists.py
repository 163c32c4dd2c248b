"""`python -m bench.lists`: pages of ListKeys in a short and in a long list, on both databases.

Pages are asked for in turn over one connection; each figure is the median of all its calls, in
milliseconds, as the client sees it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.calling import Caller
from tests.postgres import Postgres
from tests.serving import ROOT, Server

SIZES = (1_000, 100_000)
PAGE = 100
CALLS = int(os.environ.get("BENCH_CALLS", "200"))


def main() -> None:
    """Print a Markdown table."""
    print(f"| database | keys | first page of {PAGE} | middle | last | last / first |")
    print("|---|---|---|---|---|---|")
    os.environ.pop("DATABASE_URL", None)
    _database("SQLite")
    postgres = Postgres()
    os.environ["DATABASE_URL"] = postgres.url
    try:
        _database("PostgreSQL")
    finally:
        postgres.stop()


def _database(name: str) -> None:
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder), workers=1).start()
            try:
                first, middle, last = _medians(server, size)
            finally:
                server.stop()
        ratio = last / first
        print(f"| {name} | {size} | {first:.1f} | {middle:.1f} | {last:.1f} | {ratio:.2f} |")


def _medians(server: Server, size: int) -> list[float]:
    print(f"filling {size} keys …", file=sys.stderr, flush=True)
    fill = [sys.executable, "-m", "bench.fill", str(size)]
    subprocess.run(fill, env=server.environment, cwd=ROOT, check=True)
    caller = Caller.owner(server)
    pages = [1, size // PAGE // 2, size // PAGE]
    times: dict[int, list[float]] = {page: [] for page in pages}
    for _ in range(CALLS):
        for page in pages:
            started = time.perf_counter()
            answer = caller.call("ListKeys", PageNumber=str(page), PageSize=str(PAGE))
            times[page].append(time.perf_counter() - started)
            assert (len(answer["Keys"]["Key"]), answer["TotalCount"]) == (PAGE, size)
    return [statistics.median(times[page]) * 1000 for page in pages]


if __name__ == "__main__":
    main()
