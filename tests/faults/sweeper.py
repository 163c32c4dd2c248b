"""`python -m tests.faults.sweeper`: sweeps for ever, as if it were always knocked for."""

import sys

import django

django.setup()

from keys import tasks  # noqa: E402
from keys.selectors import due  # noqa: E402
from kms_console.core.clock import utc_now  # noqa: E402
from kms_console.iam.models import Account  # noqa: E402


def main() -> None:
    """Prints a line whenever nothing is due."""
    accounts = Account.objects.filter(is_training=False)
    while True:
        tasks.rotate_due_keys(utc_now(), accounts)
        tasks.destroy_due_keys(utc_now(), accounts)
        if not any(count for count, _ in due.late(utc_now(), accounts).values()):
            sys.stdout.write("idle\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
