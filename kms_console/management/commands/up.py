"""`manage.py up`: the whole product as one process tree in the foreground."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hsm.rootkey import RootKeyRefused, RootKeyUnusable
from hsm.sealer import root_status
from hsm.vault import unserved
from hsm.x509 import CertificateUnusable
from kms_console.management.https import Https, open_https
from kms_console.management.preparation import CREDENTIALS_FILE, make_folders, prepare
from kms_console.management.single_server import DatabaseHold, SecondServer, lock_folder
from kms_console.management.supervisor import Child, Supervisor
from kms_console.server import logs
from kms_console.server.lifetime import leave_no_core_dumps
from kms_console.settings.env import Environment

_REFUSALS = (SecondServer, RootKeyUnusable, RootKeyRefused, CertificateUnusable)


class Command(BaseCommand):
    """Ctrl-C or SIGTERM stops everything; requests in flight are finished first."""

    help = "Prepare what is missing, then run web, timers and worker until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        environment: Environment = settings.KMS
        logs.configure()
        leave_no_core_dumps()
        hold = DatabaseHold()
        try:
            make_folders(environment.data_dir)
            folder = lock_folder(environment.data_dir)
            hold.take()
            https = open_https(environment)
            prepared = prepare(self._say)
        except _REFUSALS as refused:
            raise CommandError(str(refused)) from None
        self._greet(environment, prepared.credentials, https)
        status = _supervisor(environment, https, hold.still_held).run()
        os.close(folder)
        sys.exit(status)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _greet(
        self, environment: Environment, credentials: dict[str, str] | None, https: Https | None
    ) -> None:
        reason = root_status()
        if reason != "ok":
            self._say(f"SEALED: {reason}. Every request is refused until the root key is back.")
        for spec in unserved():
            self._say(f"This machine has no library that does {spec}: such keys are refused.")
        if credentials is not None:
            self._say("First start. These are shown once and kept in")
            self._say(f"  {environment.data_dir / CREDENTIALS_FILE}")
            for name, value in credentials.items():
                self._say(f"  {name}: {value}")
        for line in https.greeting() if https else ():
            self._say(line)
        self._say(f"Serving on http://{environment.bind} – Ctrl-C stops.")


def _supervisor(
    environment: Environment, https: Https | None, alive: Callable[[], bool]
) -> Supervisor:
    children = [
        _web("web", ["--bind", environment.bind], environment),
        Child("timers", _mortal("django", "timers"), _child_environment(environment)),
    ]
    if https is None:
        return Supervisor(children, alive)
    tls = _web("web-tls", https.options, environment)
    return Supervisor([*children, tls], alive, [https.watch(tls.reload)])


def _web(name: str, options: Sequence[str], environment: Environment) -> Child:
    command = _mortal("kms_console.server", *options, "--workers", str(environment.workers))
    return Child(name, command, _child_environment(environment))


def _mortal(module: str, *options: str) -> list[str]:
    """A command that ends with this process."""
    return [sys.executable, "-m", module, *options, "--parent", str(os.getpid())]


def _child_environment(environment: Environment) -> dict[str, str]:
    """Ours, and the root key if it came by variable: each child takes it out again at once."""
    variables = dict(os.environ)
    if environment.root_key is not None:
        variables["KMS_ROOT_KEY"] = os.fsdecode(environment.root_key.reveal())
    return variables
