"""`python -m bench.notices`: the timer that finds notices, with few and with many keys.

All keys rotate every week, so each of them is always within the longest stage: the worst case. How
long it takes to tell all of them once; then, with nothing new, a search of everything as once an
hour and one of what five minutes have brought: medians, and queries of the latter.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.postgres import Postgres
from tests.serving import ROOT, Server

SIZES = (1_000, 10_000, 100_000)


def main() -> None:
    """Print a Markdown table."""
    print("| database | keys | first told (s) | each hour (ms) | each 5 minutes (ms) | queries |")
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
            server = Server(Path(folder))
            server.manage("bootstrap")
            command = [sys.executable, "-m", "bench.notices", str(size)]
            found = subprocess.run(
                command,
                cwd=ROOT,
                env=server.environment,
                capture_output=True,
                text=True,
                check=True,
            )
        print(f"| {name} | {size} | {found.stdout.strip()} |")


def _measure(size: int) -> None:
    """Fill this installation and print the last columns."""
    from django.db import connection  # noqa: PLC0415  # models load after Django
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from keys.tasks import find_notices  # noqa: PLC0415
    from kms_console.core.clock import utc_now  # noqa: PLC0415
    from kms_console.iam.models import Account  # noqa: PLC0415
    from kms_console.notices.models import Search  # noqa: PLC0415

    _fill(size)
    accounts, now = Account.objects.all(), utc_now()
    started = time.perf_counter()
    while not find_notices(now, accounts).is_finished:
        pass
    first = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    full, quiet, queries = [], [], CaptureQueriesContext(connection)
    for _ in range(7):
        Search.objects.all().delete()
        full.append(_time(lambda: find_notices(now, accounts)))
        with queries:
            quiet.append(_time(lambda: find_notices(now, accounts)))
    times = " | ".join(f"{1000 * statistics.median(one):.0f}" for one in (full, quiet))
    print(f"{first:.1f} | {times} | {len(queries)}")


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _fill(size: int) -> None:
    """Rows of keys without material, which this timer never looks at."""
    from datetime import timedelta  # noqa: PLC0415

    from keys.models import Key  # noqa: PLC0415
    from kms_console.core.clock import utc_now  # noqa: PLC0415
    from kms_console.iam.models import Account  # noqa: PLC0415

    account, now = Account.objects.get(), utc_now()
    week = timedelta(days=7)
    Key.objects.bulk_create(
        (
            Key(
                account=account,
                region="cn-hangzhou",
                spec="Aliyun_AES_256",
                usage="ENCRYPT/DECRYPT",
                origin="Aliyun_KMS",
                protection_level="SOFTWARE",
                state="Enabled",
                creator=account.id,
                created_at=now,
                last_rotation_at=now,
                automatic_rotation=True,
                rotation_interval=week.total_seconds(),
                next_rotation_at=now + week * (number + 1) / (size + 1),
                serial=number,
            )
            for number in range(size)
        ),
        batch_size=500,
    )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import django

        django.setup()
        _measure(int(sys.argv[1]))
