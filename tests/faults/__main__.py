"""`python -m tests.faults [PATH …]`: the runs in full, on both databases, and one table of all.

The table is printed at the end and written to `faults.md` in the current folder, also when a run
failed; the exit status tells. Each path runs alone as well.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults import table
from tests.faults.table import Row
from tests.serving import ROOT

FAULTS = ("tests/faults", "tests/production")
CHANCE = (
    "tests/abuse",
    "tests/keys/test_state_machine.py",
    "tests/iam/policy/test_compiled.py",
    "tests/hsm/modules/sm2",
)
RUNS = {"sqlite": FAULTS + CHANCE, "postgresql": FAULTS}
"""What chance decides at length is the same on either database."""

RESULT = Path("faults.md")


def main(paths: Sequence[str]) -> int:
    rows: list[Row] = []
    is_good = True
    for database, all_paths in RUNS.items():
        status, found = _run(database, paths or all_paths)
        rows += found
        is_good = is_good and status == 0
    text = table.markdown(rows)
    RESULT.write_text(text)
    sys.stdout.write(f"\n{text}")
    return 0 if is_good else 1


def _run(database: str, paths: Sequence[str]) -> tuple[int, list[Row]]:
    """Run on one database, one test after the other: what is timed wants the machine for itself."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        chosen = {"KMS_TEST_FAULTS": "full", "KMS_TEST_DATABASE": database}
        environment = {**os.environ, **chosen, table.VARIABLE: str(file)}
        options = ["-q", "-p", "no:randomly", "-p", "tests.faults.table"]
        command = [sys.executable, "-m", "pytest", *options, *paths]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        return done.returncode, table.read(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
