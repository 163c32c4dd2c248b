#!/usr/bin/env python
"""Django's command line: `manage.py up`, `manage.py verify`, … each with `--help`."""

import os
import sys

from django.core.management import execute_from_command_line

from kms_console.settings.listeners import EnvironmentInvalid

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kms_console.settings.base")
    try:
        execute_from_command_line(sys.argv)
    except EnvironmentInvalid as refused:
        sys.exit(f"Cannot start: {refused}")
