"""The workers of a running server, and kept connections to each of them."""

import time
from itertools import chain

import psutil

from tests.calling import Caller
from tests.serving import Server

_SECONDS = 30.0


def workers(server: Server) -> list[psutil.Process]:
    """The processes that answer, those of the web server's children."""
    assert server.process is not None
    tree = psutil.Process(server.process.pid).children(recursive=True)
    return [p for p in tree if "kms_console.server" in " ".join(p.parents()[0].cmdline())]


def connect_to_all(server: Server, caller: Caller, each: int) -> list[Caller]:
    """Another `each` connections of the caller to every worker, the workers taking turns.

    Which worker accepts a connection is the kernel's choice: those that one has too many of are
    closed again.
    """
    found: dict[int, list[Caller]] = {worker.pid: [] for worker in workers(server)}
    deadline = time.monotonic() + _SECONDS
    while min(len(callers) for callers in found.values()) < each:
        assert time.monotonic() < deadline, "one worker accepts nothing"
        another = caller.another()
        accepted = found[_acceptor(list(found), another.connect())]
        if len(accepted) < each:
            accepted.append(another)
    return list(chain.from_iterable(zip(*found.values(), strict=True)))


def _acceptor(pids: list[int], port: int) -> int:
    """The process that accepted the connection from this port, as soon as one did."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        for pid in pids:
            # A listening socket has no peer: an empty tuple.
            peers = [found.raddr[1:] for found in psutil.Process(pid).net_connections("tcp")]
            if (port,) in peers:
                return pid
    raise AssertionError("nobody accepts")
