"""The commands that a server runs below itself."""

import os
import sys
from collections.abc import Sequence

from kms_console.management.supervisor import Child
from kms_console.server import meter
from kms_console.settings.env import SECRETS, Environment


def web(name: str, options: Sequence[str], environment: Environment) -> Child:
    """A listener with its worker processes."""
    command = _mortal("kms_console.server", *options, "--workers", str(environment.workers))
    return Child(name, command, _with_secrets(environment))


def timers(environment: Environment) -> list[Child]:
    """All in one process without a broker; with one, a worker and a beat."""
    if environment.broker_url is None:
        return [Child("timers", _mortal("django", "timers"), _with_secrets(environment))]
    return [
        Child("worker", _mortal("django", "worker"), _with_secrets(environment)),
        Child("beat", _mortal("django", "beat"), dict(os.environ)),
    ]


def chores(environment: Environment) -> Child:
    """What the data folder needs where no timers run on it."""
    return Child("chores", _mortal("django", "chores"), _with_secrets(environment))


def _mortal(module: str, *options: str) -> list[str]:
    """A command that ends with this process."""
    return [sys.executable, "-m", module, *options, "--parent", str(os.getpid())]


def _with_secrets(environment: Environment) -> dict[str, str]:
    """Ours, and the secrets that came by variable: each child takes them out again at once."""
    secrets = {name: getattr(environment, field) for name, field in SECRETS.items()}
    given = {name: os.fsdecode(value.reveal()) for name, value in secrets.items() if value}
    shared = {meter.VARIABLE: str(meter.folder_of(environment.data_dir))}
    return dict(os.environ) | given | shared
