"""A process that journals from two threads and tells what it could have answered, until killed.

Each answered entry is told by one line on standard output: its request id.
"""

import os
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Thread

from kms_console.audit.journal import Journal
from tests.audit.samples import RECORD


def answer(journal: Journal, name: str) -> None:
    for number in count():
        request_id = f"{name}-{number}"
        journal.append(replace(RECORD, request_id=request_id))
        os.write(1, f"{request_id}\n".encode())


if __name__ == "__main__":
    shared = Journal(Path(sys.argv[1]), fsync=False)
    for thread in ("a", "b"):
        Thread(target=answer, args=(shared, f"{os.getpid()}{thread}")).start()
