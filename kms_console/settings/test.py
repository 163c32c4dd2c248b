"""Settings of the test suite: a data folder of its own, and quick password hashes."""

import os
import tempfile
from pathlib import Path

# Set before the base settings read the environment; removed by the suite's last fixture.
if "KMS_TEST_DATA_DIR" not in os.environ:
    os.environ["KMS_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="kms-test-")
os.environ["KMS_DATA_DIR"] = tempfile.mkdtemp(dir=os.environ["KMS_TEST_DATA_DIR"])

from kms_console.settings.base import *  # noqa: F403
from kms_console.settings.base import DATABASES, KMS, STATIC_ROOT

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # what `up` fills before it serves

if KMS.uses_sqlite:
    # A real file, not memory: threads and other processes must see what is committed.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(KMS.data_dir) / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
