"""Looks after the https listener's certificate while the server runs."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from hsm.x509 import CertificateUnusable
from kms_console.core.clock import utc_now
from kms_console.management.certificates.pair import Pair

log = structlog.get_logger("kms.tls")

_CHECK_SECONDS = 10.0
_REMINDER_SECONDS = 24 * 60 * 60.0


class CertificateSource(Protocol):
    """Where the https listener's certificate comes from."""

    pair: Pair

    def refresh(self, now: datetime) -> bool:
        """Bring the files up to date; tell whether they changed since the last call.

        Raises CertificateUnusable when there is nothing that could be shown.
        """
        ...

    def warning(self, now: datetime) -> str | None:
        """What the operator must do soon. Raises CertificateUnusable."""
        ...

    def greeting(self) -> list[str]:
        """What to say at start, once `refresh` has succeeded."""
        ...


class Watch:
    """One chore of the supervisor: after each change of the files it calls `reload`."""

    def __init__(
        self,
        source: CertificateSource,
        reload: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._reload = reload
        self._monotonic = monotonic
        self._due = monotonic() + _CHECK_SECONDS
        self._reminded = 0.0
        self._complaint = ""

    def __call__(self) -> None:
        """Look every few seconds. What is wrong is logged once; the old certificate stays."""
        if self._monotonic() < self._due:
            return
        self._due = self._monotonic() + _CHECK_SECONDS
        try:
            self._look()
        except (CertificateUnusable, OSError) as refused:
            if str(refused) != self._complaint:
                log.error("certificate unusable", reason=str(refused))  # noqa: TRY400
            self._complaint = str(refused)
        else:
            self._complaint = ""

    def _look(self) -> None:
        now = utc_now()
        if self._source.refresh(now):
            log.info("certificate changed", file=str(self._source.pair.certificate))
            self._reload()
        if self._monotonic() >= self._reminded:
            self._reminded = self._monotonic() + _REMINDER_SECONDS
            if warning := self._source.warning(now):
                log.warning("certificate ends", reason=warning)
