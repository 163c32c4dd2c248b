"""The target that granian imports in each worker process; importing it starts the worker's life."""

import os

from kms_console.server.lifetime import die_with_parent

die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kms_console.settings.base")

import django  # noqa: E402  # the kernel's promise comes before anything slow

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402

from hsm import vault  # noqa: E402
from kms_console.server import logs  # noqa: E402
from kms_console.server.app import Application  # noqa: E402

logs.configure()
vault.unserved()  # the known-answer tests: before the first request, not during it
app = Application(settings.KMS.data_dir)
