"""The command line of a running installation, started once: many commands, one process.

`python -m tests.commanding` reads a list of arguments a line and does with each what `manage.py`
would do, in the installation that its environment names. It is one more process of the data folder,
as an operator's is, and spares each command a second of start-up.
"""

import io
import json
import subprocess
import sys
from types import TracebackType
from typing import Any

import django
from django.core.management import CommandError, call_command

from tests.serving import ROOT, Server


class CommandLine:
    """Runs commands one after another; use it as a context manager."""

    def __init__(self, server: Server) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.commanding"],
            cwd=ROOT,
            env=server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "CommandLine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=10)
        assert self._process.returncode == 0

    def run(self, *arguments: str) -> str:
        """What the command printed, once it is done. A refusal is an AssertionError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer: dict[str, str] = json.loads(self._process.stdout.readline())
        assert "printed" in answer, (arguments, answer)
        return answer["printed"]

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--format", "json"))

    def execute(self, code: str) -> None:
        """Run Python in the installation, for what no command does."""
        self.run("shell", "--no-imports", "-c", code)


def _answer(arguments: list[str]) -> dict[str, str]:
    printed = io.StringIO()
    try:
        call_command(*arguments, stdout=printed)
    except CommandError as refused:
        return {"refused": str(refused)}
    except SystemExit as ended:
        if ended.code:
            return {"refused": printed.getvalue()}
    return {"printed": printed.getvalue()}


def main() -> None:
    django.setup()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
