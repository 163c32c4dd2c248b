"""`manage.py up`: the whole product as one process tree in the foreground."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hsm.rootkey import RootKeyRefused, RootKeyUnusable
from hsm.sealer import root_status
from hsm.x509 import CertificateUnusable
from kms_console.core.clock import utc_now
from kms_console.management.certificates import CertificateSource, Watch, certificate_source
from kms_console.management.preparation import CREDENTIALS_FILE, make_folders, prepare
from kms_console.management.single_server import DatabaseHold, SecondServer, lock_folder
from kms_console.management.supervisor import Child, Supervisor
from kms_console.server import logs
from kms_console.server.lifetime import leave_no_core_dumps
from kms_console.settings.env import Environment


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
            source = _certificate(environment)
            prepared = prepare(self._say)
        except _REFUSALS as refused:
            raise CommandError(str(refused)) from None
        self._greet(environment, prepared.credentials)
        children, chores = _children(environment), []
        if source is not None:
            self._greet_tls(environment, source)
            children.append(_tls_child(environment, source))
            chores.append(Watch(source, children[-1].reload))
        status = Supervisor(children, hold.still_held, chores).run()
        os.close(folder)
        sys.exit(status)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _greet(self, environment: Environment, credentials: dict[str, str] | None) -> None:
        reason = root_status()
        if reason != "ok":
            self._say(f"SEALED: {reason}. Every request is refused until the root key is back.")
        if credentials is not None:
            self._say("First start. These are shown once and kept in")
            self._say(f"  {environment.data_dir / CREDENTIALS_FILE}")
            for name, value in credentials.items():
                self._say(f"  {name}: {value}")
        self._say(f"Serving on http://{environment.bind} – Ctrl-C stops.")

    def _greet_tls(self, environment: Environment, source: CertificateSource) -> None:
        if environment.tls is not None:
            self._say(f"Serving on https://{environment.tls.bind}")
        for line in source.greeting():
            self._say(f"  {line}")
        if warning := source.warning(utc_now()):
            self._say(f"  ATTENTION: {warning}")


def _certificate(environment: Environment) -> CertificateSource | None:
    """The certificate of the https listener, ready to be shown; none without such a listener."""
    if environment.tls is None:
        return None
    source = certificate_source(environment.tls, environment.data_dir)
    source.refresh(utc_now())
    return source


def _children(environment: Environment) -> list[Child]:
    variables = _child_environment(environment)
    timers = [sys.executable, "-m", "django", "timers", "--parent", str(os.getpid())]
    web = Child("web", _web(environment, environment.bind), variables)
    return [web, Child("timers", timers, variables)]


def _tls_child(environment: Environment, bind: str, source: CertificateSource) -> Child:
    pair = source.pair
    command = _web(environment, bind)
    command += ["--cert", str(pair.certificate), "--key", str(pair.key)]
    return Child("web-tls", command, _child_environment(environment))


def _web(environment: Environment, bind: str) -> list[str]:
    command = [sys.executable, "-m", "kms_console.server", "--bind", bind]
    return [*command, "--workers", str(environment.workers), "--parent", str(os.getpid())]


def _child_environment(environment: Environment) -> dict[str, str]:
    """Ours, and the root key if it came by variable: each child takes it out again at once."""
    variables = dict(os.environ)
    if environment.root_key is not None:
        variables["KMS_ROOT_KEY"] = os.fsdecode(environment.root_key.reveal())
    return variables
