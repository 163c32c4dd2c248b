"""For every Python below libfaketime 0.9.10: `time.sleep` by a call that it does not break.

With the monotonic clock left alone it hands a negative time to clock_nanosleep (its issue 426).
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: SupportsIndex | float) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
