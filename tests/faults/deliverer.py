"""`python -m tests.faults.deliverer file COUNT` and `… run MINUTES`: an installation's messages.

`file` makes keys that are to be deleted, and tells each of them in a message of its own. `run`
delivers, as if it were so many minutes later, until nothing is left to do.
"""

import sys
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402

from keys.domain.deletion import PendingWindow  # noqa: E402
from keys.domain.refs import KeyRef  # noqa: E402
from keys.selectors.due import Due  # noqa: E402
from keys.selectors.untold import LOOKS  # noqa: E402
from keys.services.deletion import deletion_schedule  # noqa: E402
from keys.services.lifecycle import NewKey, key_create  # noqa: E402
from keys.services.notices import untold_file  # noqa: E402
from kms_console.core.clock import utc_now  # noqa: E402
from kms_console.notices.delivery import deliver  # noqa: E402
from kms_console.notices.kinds import Kind  # noqa: E402
from tests.management.backups.population import owner_actor  # noqa: E402


def file(count: int) -> None:
    owner = owner_actor()
    look = next(look for look in LOOKS if look.kind is Kind.DELETION_UPCOMING)
    for _ in range(count):
        key = key_create(actor=owner, new=NewKey())
        deletion_schedule(actor=owner, ref=KeyRef.of(key.id), window=PendingWindow(30))
        key.refresh_from_db()
        assert key.delete_at is not None
        row = Due(key.id, key.account_id, key.region, key.delete_at)
        assert untold_file(look, [row], owner.now) == 1


def run(minutes: int) -> None:
    while deliver(utc_now() + timedelta(minutes=minutes), settings.KMS.notices).done:
        pass


if __name__ == "__main__":
    {"file": file, "run": run}[sys.argv[1]](int(sys.argv[2]))
