"""`python -m tests.faults.feeder`: makes keys with something due, sweeps, and reports on all keys.

It is one more process of the installation. Each line of its input is a request in JSON, each line
of its output the answer: `Feeder` is the other end.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import django

django.setup()

from django.db.models import QuerySet  # noqa: E402

from keys.domain.deletion import PendingWindow  # noqa: E402
from keys.domain.refs import KeyRef  # noqa: E402
from keys.domain.rotation import RotationInterval  # noqa: E402
from keys.models import HostClock, Key  # noqa: E402
from keys.services.deletion import deletion_schedule  # noqa: E402
from keys.services.lifecycle import NewKey, key_create  # noqa: E402
from keys.verification import problems  # noqa: E402
from kms_console import celery  # noqa: E402
from kms_console.audit.models import AuditEvent  # noqa: E402
from kms_console.core.actor import Actor  # noqa: E402
from tests.keys.owner import Owner  # noqa: E402
from tests.management.backups.population import owner_actor  # noqa: E402

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
SWEEPS: dict[str, Callable[[], object]] = {
    "rotation": celery.rotate_keys,
    "deletion": celery.destroy_keys,
    "expiry": celery.expire_material,
    "token": celery.expire_import_tokens,
}
TIMERS = ("RotateKey", "DestroyKey", "ExpireKeyMaterial")


def make(kind: str, due: datetime) -> str:
    """A key of the first account, and something of it that is due at a moment."""
    return str(_MAKERS[kind](owner_actor(), due).id)


def _rotation(actor: Actor, due: datetime) -> Key:
    interval = RotationInterval(WEEK.total_seconds())
    return key_create(actor=replace(actor, now=due - WEEK), new=NewKey(rotation=interval))


def _deletion(actor: Actor, due: datetime) -> Key:
    at = replace(actor, now=due - WEEK)
    ref = KeyRef.of(key_create(actor=at, new=NewKey()).id)
    return deletion_schedule(actor=at, ref=ref, window=PendingWindow(WEEK.days))


def _expiry(actor: Actor, due: datetime) -> Key:
    # An import token from a week ago has expired.
    owner = Owner(replace(actor, now=due - HOUR))
    return owner.bring(owner.key(), expires=int(due.timestamp()))


_MAKERS = {"rotation": _rotation, "deletion": _deletion, "expiry": _expiry}


def report() -> dict[str, Any]:
    """Each key by its id, what `verify` would say of keys, and the clocks as timers read them."""
    acted = _acted(AuditEvent.objects.all())
    keys = {str(key.id): _facts(key, acted) for key in Key.objects.prefetch_related("versions")}
    clocks = [wall.isoformat() for wall in HostClock.objects.values_list("wall", flat=True)]
    return {"keys": keys, "problems": list(problems()), "clocks": clocks}


def sweep() -> None:
    """Do what timers do that look after time, now."""
    for task in SWEEPS.values():
        task()


def prune() -> None:
    celery.prune_nonces()


def _facts(key: Key, acted: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
    versions = sorted(key.versions.all(), key=lambda version: version.number)
    return {
        "state": key.state,
        "is_destroyed": key.destroyed_at is not None,
        "versions": [version.number for version in versions],
        "materials": sum(version.material_id is not None for version in versions),
        "acted": acted.get(str(key.id), []),
    }


def facts(key_id: str) -> dict[str, Any]:
    """The report's part about one key."""
    acted = _acted(AuditEvent.objects.filter(subject=key_id))
    return _facts(Key.objects.get(id=key_id), acted)


def _acted(events: QuerySet[AuditEvent]) -> dict[str, list[tuple[str, str]]]:
    """What timers did to each key, and at what time as they took it, by its audit rows."""
    found: dict[str, list[tuple[str, str]]] = {}
    rows = events.filter(action__in=TIMERS, outcome="OK")
    for subject, action, time in rows.values_list("subject", "action", "time"):
        found.setdefault(subject, []).append((action, time.isoformat()))
    return found


def _answer(request: dict[str, Any]) -> Any:
    if request["what"] in _ERRANDS:
        return _ERRANDS[request["what"]]()
    due = datetime.fromisoformat(request["due"])
    return [make(request["what"], due) for _ in range(request["count"])]


_ERRANDS: dict[str, Callable[[], Any]] = {"report": report, "sweep": sweep, "prune": prune}


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
