#!/usr/bin/env python
"""Django's command line: `manage.py up`, `manage.py verify`, … each with `--help`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kms_console.settings.base")
    execute_from_command_line(sys.argv)
