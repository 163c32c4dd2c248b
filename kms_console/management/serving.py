"""What `up` and `web` have in common: one process tree in the foreground that serves requests."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hsm.rootkey import RootKeyRefused, RootKeyUnusable
from hsm.sealer import root_status
from hsm.vault import unserved
from hsm.x509 import CertificateUnusable
from kms_console.core import clock, generation
from kms_console.hosts.keeper import Keeper, RestoreUnderWay
from kms_console.hosts.membership import House
from kms_console.management import children
from kms_console.management.backups.marks import RestoreUnfinished
from kms_console.management.https import Https, open_https
from kms_console.management.preparation import CREDENTIALS_FILE, make_folders, prepare
from kms_console.management.single_server import SecondServer, lock_folder
from kms_console.management.supervisor import Child, Supervisor
from kms_console.rpc.nonces import NonceStore, first_live_slot
from kms_console.server import logs, meter
from kms_console.server.lifetime import leave_no_core_dumps
from kms_console.settings.env import Environment

JOIN_SECONDS = 10.0
"""For which a start waits for other hosts; after them it answers 503 until they are ready."""

_REFUSALS = (
    SecondServer,
    RestoreUnderWay,
    RootKeyUnusable,
    RootKeyRefused,
    CertificateUnusable,
    RestoreUnfinished,
)


class Serving(BaseCommand):
    """Ctrl-C or SIGTERM stops everything; requests in flight are finished first."""

    shows_credentials: ClassVar[bool]
    """Those of a first start, on standard output. Where that is collected, the file must do."""

    def companions(self, environment: Environment) -> list[Child]:
        """What runs beside the web server."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        environment: Environment = settings.KMS
        logs.configure()
        leave_no_core_dumps()
        keeper = None
        try:
            make_folders(environment.data_dir)
            folder = lock_folder(environment.data_dir)
            meter.begin(environment.data_dir)
            if not environment.uses_sqlite:
                keeper = Keeper()
                keeper.hold()
            https = open_https(environment)
            prepared = prepare(self._say)
        except _REFUSALS as refused:
            raise CommandError(str(refused)) from None
        self._greet(environment, prepared.credentials, https)
        status = self._run(environment, https, keeper)
        os.close(folder)
        sys.exit(status)

    def _run(self, environment: Environment, https: Https | None, keeper: Keeper | None) -> int:
        """Serve until asked to stop. A host among others is one of them before it answers."""
        companions = self.companions(environment)
        if keeper is None:
            return _supervisor(environment, https, companions, lambda: True).run()
        keeper.start(_house(environment.data_dir))
        keeper.has_joined(JOIN_SECONDS)
        status = _supervisor(environment, https, companions, keeper.is_alive).run()
        keeper.stop()
        return status

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
            self._introduce(environment, credentials if self.shows_credentials else {})
        for line in https.greeting() if https else ():
            self._say(line)
        self._say(f"Serving on http://{environment.bind} – Ctrl-C stops.")

    def _introduce(self, environment: Environment, credentials: dict[str, str]) -> None:
        shown = "These are shown once and kept in" if credentials else "The credentials are in"
        self._say(f"First start. {shown}")
        self._say(f"  {environment.data_dir / CREDENTIALS_FILE}")
        for name, value in credentials.items():
            self._say(f"  {name}: {value}")


def _house(data_dir: Path) -> House:
    """What this host has of its own. Not opened before the folder is known to be of use."""
    return House(
        name=clock.host_name(),
        stamps=generation.current(),
        nonces=NonceStore(data_dir / "nonces"),
        first_live_slot=first_live_slot,
    )


def _supervisor(
    environment: Environment,
    https: Https | None,
    companions: Sequence[Child],
    alive: Callable[[], bool],
) -> Supervisor:
    web = children.web("web", ["--bind", environment.bind], environment)
    if https is None:
        return Supervisor([web, *companions], alive)
    tls = children.web("web-tls", https.options, environment)
    return Supervisor([web, *companions, tls], alive, [https.watch(tls.reload)])
