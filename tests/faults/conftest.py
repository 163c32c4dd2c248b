"""How hard the faults are: a few of each in the suite, the full count with `make faults`."""

import os

FULL = os.environ.get("KMS_TEST_FAULTS") == "full"
