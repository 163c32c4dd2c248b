"""The watch: a process that finishes nothing ends, one that does goes on."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

IDLE = """
import time
from kms_console.management.watch import Watch
Watch(silence=0.5).begin()
time.sleep(60)
"""
BUSY_CHILD = """
import os, time
from kms_console.management.watch import Watch
watch = Watch(silence=1.0)
watch.begin()
child = os.fork()
if not child:
    for _ in range(25):
        time.sleep(0.1)
        watch.done(sender="a task")
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def _run(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip


def test_a_process_that_finishes_nothing_ends_and_says_why() -> None:
    ended = _run(IDLE)
    assert ended.returncode == os.EX_TEMPFAIL
    assert "nothing was finished" in ended.stdout + ended.stderr


def test_what_a_child_finishes_counts() -> None:
    assert _run(BUSY_CHILD).stdout.strip() == "7"
