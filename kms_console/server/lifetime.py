"""Processes that do not outlive their parent."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(expected_parent: int | None = None) -> None:
    """Ask the kernel for SIGTERM when the parent goes, even by kill -9.

    An orphaned worker would go on answering on the shared port. `expected_parent` catches the
    parent that died before this call: the process then already belongs to somebody else.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if expected_parent is not None and os.getppid() != expected_parent:
        os.kill(os.getpid(), signal.SIGTERM)
