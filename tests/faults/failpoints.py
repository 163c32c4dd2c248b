"""`python -m tests.faults.failpoints KIND EVERY`: a sweep that is killed at each point of its own.

Points are the moments before and after every SQL statement and every commit; with EVERY `line` also
before each line of our own code. At each of them a forked child kills itself, and another sweep
follows. A line of JSON tells about each point; the last child lived to its end.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from keys.verification import problems  # noqa: E402
from kms_console.core.clock import utc_now  # noqa: E402
from tests.faults import feeder  # noqa: E402
from tests.serving import ROOT  # noqa: E402

ROOMS = tuple(f"{ROOT}/{room}/" for room in ("keys", "hsm", "aliases", "kms_console"))


class Countdown:
    """Kills this process at its nth point, if it comes that far."""

    def __init__(self, point: int, *, by_line: bool) -> None:
        self._passed = 0
        self._point = point
        self._by_line = by_line

    def run(self, work: Callable[[], object]) -> None:
        commit = connection.commit
        connection.commit = lambda: self._around(commit)  # type: ignore[method-assign]
        if self._by_line:
            sys.settrace(self._trace)
        with connection.execute_wrapper(self._statement):
            work()
        sys.settrace(None)

    def _step(self) -> None:
        self._passed += 1
        if self._passed == self._point:
            os.kill(os.getpid(), signal.SIGKILL)

    def _around(self, work: Callable[..., Any], *arguments: Any) -> Any:
        self._step()
        done = work(*arguments)
        self._step()
        return done

    def _statement(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        return self._around(execute, *arguments)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(ROOMS):
            return None
        if event == "line":
            self._step()
        return self._trace


def _forked(work: Callable[[], object]) -> int:
    """Run in a child with connections of its own; its exit status, negative for a signal."""
    connection.close()
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(kind: str, every: str) -> None:
    point, status = 0, -signal.SIGKILL
    while status == -signal.SIGKILL:
        point += 1
        told = _tried(kind, point, by_line=every == "line")
        status = told["status"]
        sys.stdout.write(json.dumps(told) + "\n")


def _tried(kind: str, point: int, *, by_line: bool) -> dict[str, Any]:
    sweep = feeder.SWEEPS[kind]
    key_id = feeder.make(kind, utc_now().replace(microsecond=0))
    status = _forked(partial(Countdown(point, by_line=by_line).run, sweep))
    # Looked for among all keys: too slow for every line, and lines change no rows by themselves.
    left = [] if by_line else list(problems())
    for _ in range(2):
        sweep()
    return {"point": point, "status": status, "left": left, "key": feeder.facts(key_id)}


if __name__ == "__main__":
    main(*sys.argv[1:])
