"""Processes that do not outlive their parent, and leave nothing of their memory behind."""

import ctypes
import os
import resource
import signal
from functools import partial

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(expected_parent: int | None = None) -> None:
    """Ask the kernel for SIGTERM when the parent goes, even by kill -9.

    An orphaned worker would go on answering on the shared port. `expected_parent` catches the
    parent that died before this call: the process then already belongs to somebody else.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if expected_parent is not None and os.getppid() != expected_parent:
        os.kill(os.getpid(), signal.SIGTERM)


def give_way(steps: int) -> None:
    """Let everybody else on the host have the processor first, by so many steps of `nice`.

    For this process and the children that it starts from now on.
    """
    os.nice(steps)


def leave_no_core_dumps() -> None:
    """Neither this process nor its children write their memory, keys included, to a disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def fork_mortal_children() -> None:
    """Let every child forked from here on die by SIGTERM and SIGINT, and with this process.

    A child inherits its parent's handlers. Until it has some of its own, seconds later on a busy
    machine, they would swallow the signal: the child would have to be killed in the end, or go on
    answering as an orphan.
    """
    os.register_at_fork(after_in_child=partial(_begin_child, os.getpid()))


def _begin_child(parent: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(parent)
