"""The test's end of `tests.faults.feeder`, and what became of all that was due."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from kms_console.core.clock import utc_now
from tests.serving import ROOT, Server

DONE = {"rotation": "RotateKey", "deletion": "DestroyKey", "expiry": "ExpireKeyMaterial"}


@dataclass(frozen=True, slots=True)
class Fed:
    """A key, and what is due for it and when."""

    key_id: str
    kind: str
    due: datetime


class Feeder:
    """Makes keys in an installation; use it as a context manager."""

    def __init__(self, server: Server) -> None:
        self.fed: list[Fed] = []
        self._process = subprocess.Popen(
            [*server.wrapper, sys.executable, "-m", "tests.faults.feeder"],
            cwd=ROOT,
            env=server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Feeder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def make(self, kind: str, count: int, *, due: datetime) -> list[Fed]:
        """Keys with a `rotation`, a `deletion` or an `expiry` due; the last in whole seconds."""
        if kind == "expiry":
            due = due.replace(microsecond=0)
        ids = self._ask(what=kind, count=count, due=due.isoformat())
        made = [Fed(key_id, kind, due) for key_id in ids]
        self.fed += made
        return made

    def make_soon(self, kind: str, count: int, seconds: float) -> list[Fed]:
        return self.make(kind, count, due=utc_now() + timedelta(seconds=seconds))

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(what="report")
        return found

    def sweep(self) -> None:
        """Do what timers would do now."""
        self._ask(what="sweep")

    def prune(self) -> None:
        """Forget nonces as timers would now."""
        self._ask(what="prune")

    def _ask(self, **request: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of what was fed; each a list of ids, empty where all is well but for `done`."""

    done: list[str]
    missed: list[str]
    doubled: list[str]
    early: list[str]
    destroyed_after_cancel: list[str]
    problems: list[Any]

    @property
    def wrong(self) -> list[Any]:
        return [
            *(self.missed + self.doubled + self.early + self.destroyed_after_cancel),
            *self.problems,
        ]


def outcome(feeder: Feeder, cancelled: set[str], now: datetime | None = None) -> Outcome:
    """What became of all that was due by now; `cancelled`: CancelKeyDeletion was answered."""
    found = feeder.report()
    keys, now = found["keys"], now or utc_now()
    due = [one for one in feeder.fed if one.due <= now and one.key_id not in cancelled]
    return Outcome(
        done=[one.key_id for one in due if _is_done(one, keys[one.key_id])],
        missed=[one.key_id for one in due if not _is_done(one, keys[one.key_id])],
        doubled=[one.key_id for one in feeder.fed if len(keys[one.key_id]["acted"]) > 1],
        early=[one.key_id for one in feeder.fed if _is_early(one, keys[one.key_id])],
        destroyed_after_cancel=[key_id for key_id in cancelled if _is_touched(keys[key_id])],
        problems=found["problems"],
    )


def settled_outcome(feeder: Feeder, cancelled: set[str], seconds: float) -> Outcome:
    """The outcome as soon as nothing is missed, or after so long."""
    ends = time.monotonic() + seconds
    found = outcome(feeder, cancelled)
    while found.missed and time.monotonic() < ends:
        time.sleep(0.1)
        found = outcome(feeder, cancelled)
    return found


def _is_done(fed: Fed, key: dict[str, Any]) -> bool:
    """Once, and with nothing else changed."""
    versions = [1, 2] if fed.kind == "rotation" else [1]
    state = {"rotation": "Enabled", "deletion": "PendingDeletion", "expiry": "PendingImport"}
    return (
        key["versions"] == versions
        and key["materials"] == (2 if fed.kind == "rotation" else 0)
        and key["state"] == state[fed.kind]
        and key["is_destroyed"] == (fed.kind == "deletion")
        and [action for action, _ in key["acted"]] == [DONE[fed.kind]]
    )


def _is_early(fed: Fed, key: dict[str, Any]) -> bool:
    """Whether a timer acted before the date, by the time that it noted itself."""
    return any(datetime.fromisoformat(at) < fed.due for _, at in key["acted"])


def _is_touched(key: dict[str, Any]) -> bool:
    is_whole = not key["is_destroyed"] and key["materials"] == 1
    return not is_whole or key["state"] != "Enabled"
