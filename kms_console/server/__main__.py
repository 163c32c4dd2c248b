"""`python -m kms_console.server --bind HOST:PORT --workers N`: the web server, one listener."""

import argparse

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from kms_console.server.lifetime import die_with_parent, fork_mortal_children
from kms_console.settings.env import split_bind

HEADER_MILLISECONDS = 5000
STOP_SECONDS = 10


def main() -> None:
    """Serve until SIGTERM. Requests in flight are finished; the rest is refused."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--parent", type=int)
    options = parser.parse_args()
    die_with_parent(options.parent)
    fork_mortal_children()
    host, port = split_bind(options.bind)
    Granian(
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
    ).serve()


if __name__ == "__main__":
    main()
