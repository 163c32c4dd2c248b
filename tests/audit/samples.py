"""What tests need beside fixtures; some are processes that have no time to load pytest."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from kms_console.audit.record import AuditRecord

RECORD = AuditRecord(
    time=datetime(2026, 7, 4, 13, 14, 15, 678901, tzinfo=UTC),
    request_id="0c1d9a7c-7c76-4d4d-8d55-000000000000",
    account_id="1234567890123456",
    user_id="123456789012345678",
    user_name="owner",
    access_key_id="LTAI5tExampleExampleExam",
    source_ip="127.0.0.1",
    region="cn-hangzhou",
    action="Encrypt",
    subject="1d9a7c0c-7c76-4d4d-8d55-000000000000",
    version_id="2d9a7c0c-7c76-4d4d-8d55-000000000000",
    outcome="OK",
    detail={},
)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 2 MB at `folder`, by tmpfs."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        import pytest  # noqa: PLC0415  # not for the processes that only want the record

        pytest.skip("Mounting a tmpfs of 2 MB needs root.")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
