"""One process tree: starts the web server and the timers, restarts what dies, stops all of it."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger("kms.supervisor")

STOP_SECONDS = 20.0
"""How long children may finish what they are doing before they are killed."""

_STOPPING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_HEALTHY_SECONDS = 60.0


@dataclass(slots=True)
class Child:
    """One command that must always run. It restarts at once, then slower while it keeps dying."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float = field(default=0.0)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, env=dict(self.environment))  # noqa: S603
        self.started = time.monotonic()
        log.info("started", child=self.name, pid=self.process.pid)

    def reap(self) -> None:
        """Notice a death and plan the next start."""
        if self.process is None or self.process.poll() is None:
            return
        log.error("died", child=self.name, status=self.process.returncode)
        healthy = time.monotonic() - self.started > _HEALTHY_SECONDS
        self.pause = _FIRST_PAUSE if healthy else min(self.pause * 2, _LONGEST_PAUSE)
        self.due = time.monotonic() + (0.0 if healthy else self.pause)
        self.process = None

    def reload(self) -> None:
        """Ask the process to read its files anew; one that is about to start will do so anyway."""
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def terminate(self) -> None:
        """Ask the process to finish what it is doing."""
        if self.process is not None:
            self.process.terminate()

    def finish(self, seconds: float) -> None:
        """Wait for the process, and end it when it takes longer."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        log.info("stopped", child=self.name, status=self.process.returncode)


class Supervisor:
    """Runs `children` until a signal asks it to stop, or `alive` says that it must.

    `chores` are called about every second, and must be quick.
    """

    def __init__(
        self,
        children: Sequence[Child],
        alive: Callable[[], bool],
        chores: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._children = children
        self._alive = alive
        self._chores = chores

    def run(self) -> int:
        """Block until stopped. Returns 0 after a signal, 1 when `alive` ended it."""
        with _signals() as wakeups:
            for child in self._children:
                child.start()
            while True:
                asked = wakeups()
                if asked & _STOPPING or not self._alive():
                    break
                self._tend()
            self._stop()
        return 0 if asked & _STOPPING else 1

    def _tend(self) -> None:
        for child in self._children:
            child.reap()
            if child.process is None and time.monotonic() >= child.due:
                child.start()
        for chore in self._chores:
            chore()

    def _stop(self) -> None:
        running = [child for child in self._children if child.process is not None]
        for child in running:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            child.finish(max(0.1, deadline - time.monotonic()))


@contextmanager
def _signals() -> Iterator[Callable[[], set[int]]]:
    """Give a function that waits up to a second and returns the signals that came meanwhile."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    watched = (*_STOPPING, signal.SIGCHLD)
    before = {number: signal.signal(number, lambda *_: None) for number in watched}
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def wait() -> set[int]:
        ready, _, _ = select.select([reader], [], [], 1.0)
        return set(os.read(reader, 1024)) if ready else set()

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
