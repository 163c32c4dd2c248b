"""`python -m kms_console.server.probe WHAT`: is a part of the product well? For health checks.

WHAT is a URL that must answer 200, or a file of a sign of life that must be fresh. Exit status 0 or
1. Nothing but the standard library is loaded: it runs every few seconds.
"""

import http.client
import sys
from pathlib import Path
from urllib.parse import urlsplit

from kms_console.server import heartbeat

_SECONDS = 3.0


def is_well(what: str) -> bool:
    """Ask the URL, or look at the file."""
    if what.startswith("http://"):
        return _answers(what)
    return heartbeat.is_fresh(Path(what))


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
