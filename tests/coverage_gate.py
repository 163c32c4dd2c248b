"""`python -m tests.coverage_gate`: the suite with branch coverage, and the figures demanded.

95 % overall, 100 % where a missed branch would be a hole: the ground floor, the domain, the policy
evaluator and the signatures.
"""

import subprocess
import sys

OVERALL = 95
COMPLETE = (
    "kms_console/core/*",
    "keys/domain/*",
    "hsm/domain/*",
    "kms_console/iam/policy*",
    "kms_console/rpc/signature*",
)


def main() -> int:
    """Run the suite under coverage; return the first failing status."""
    python = sys.executable
    steps = [
        [python, "-m", "coverage", "erase"],
        [
            python,
            "-m",
            "coverage",
            "run",
            "-m",
            "pytest",
            "-q",
            "-n",
            "auto",
            "--dist",
            "loadscope",
            *sys.argv[1:],
        ],
        [python, "-m", "coverage", "combine", "-q"],
        [python, "-m", "coverage", "report", f"--fail-under={OVERALL}", "--skip-covered"],
        [
            python,
            "-m",
            "coverage",
            "report",
            "--fail-under=100",
            "--skip-covered",
            "--show-missing",
            "--include=" + ",".join(COMPLETE),
        ],
    ]
    for step in steps:
        status = subprocess.run(step, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
