"""How long a host may go on without saying a word, and who judges that it did not."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kms_console.core.generation import boot_clock

LEASE = 2 * 10**9
"""Nanoseconds after its last look at the database for which a host believes what it knows."""

MARGIN = LEASE // 8
"""Nanoseconds more for which others wait: no two clocks run equally fast."""


@dataclass(slots=True)
class Silences:
    """Hosts whose beat does not change, by a watcher's own boot clock: no two clocks are compared.

    A host's lease counts from before the beat that the watcher read, so it ends before the
    watcher's patience does.
    """

    _since: dict[int, tuple[int, int]] = field(default_factory=dict)

    def overdue(self, hosts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Those of `hosts` (number and beat, just read) whose leases have run out."""
        now = boot_clock()
        known, self._since = self._since, {}
        for host, beat in hosts:
            before = known.get(host)
            is_same = before is not None and before[0] == beat
            self._since[host] = before if before is not None and is_same else (beat, now)
        return [
            (host, beat)
            for host, (beat, since) in self._since.items()
            if now - since > LEASE + MARGIN
        ]
