"""`python -m kms_console.server --bind HOST:PORT --workers N`: the web server, one listener.

With `--cert FILE --key FILE` it speaks https; SIGHUP makes it load both files anew, and no
connection is refused meanwhile.
"""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer

from kms_console.server.lifetime import die_with_parent, fork_mortal_children
from kms_console.settings.listeners import split_bind

HEADER_MILLISECONDS = 5000
STOP_SECONDS = 10


def main() -> None:
    """Serve until SIGTERM. Requests in flight are finished; the rest is refused."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--cert", type=Path)
    parser.add_argument("--key", type=Path)
    options = parser.parse_args()
    die_with_parent(options.parent)
    fork_mortal_children()
    _listener(options).serve()


def _listener(options: argparse.Namespace) -> AbstractServer[Any]:
    host, port = split_bind(options.bind)
    listener: AbstractServer[Any] = Granian(
        "kms_console.server.worker:app",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=options.workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    if options.cert:
        show = partial(_show_certificate, listener, options.cert, options.key)
        show()
        # The paths may be links that lead elsewhere by now: granian follows them only here.
        listener.on_reload(show)
    return listener


def _show_certificate(listener: AbstractServer[Any], certificate: Path, key: Path) -> None:
    listener.build_ssl_context(
        cert=certificate,
        key=key,
        password=None,
        proto=SSLProtocols.tls12,
        ca=None,
        crl=[],
        client_verify=False,
    )


if __name__ == "__main__":
    main()
